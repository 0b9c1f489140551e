"""What every handler gets: the state of the broker and the call to answer."""

import time
from dataclasses import dataclass

from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.groups import Groups
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.producer_ids import ProducerIds
from moose_dagster.embedded.kafka.shown_topics import ShownTopics
from moose_dagster.embedded.kafka.topics import Topics

NODE_ID = 1
LEADER_EPOCH = 0


@dataclass(slots=True)
class BrokerState:
    """The state of the broker.

    Attributes:
        cluster_id: The name of the cluster.
        topics: All topics.
        groups: All consumer groups.
        producer_ids: The ids for idempotent producers.
        host: Where clients find the broker.
        port: The port it listens on, 0 before it listens.
        effects: What a test switched on.
        shown: The topics as metadata and configs show them.
    """

    cluster_id: str
    topics: Topics
    groups: Groups
    producer_ids: ProducerIds
    host: str
    port: int
    effects: ClusterEffects
    shown: ShownTopics

    def led_partition(self, name: str, number: int) -> Partition:
        """Return a partition that has a leader, or refuse."""
        partition = self.topics.partition(name, number)
        age = time.monotonic() - partition.created_at
        if age < self.effects.leader_delay_ms / 1000:
            raise RefusedError(
                Code.NOT_LEADER_OR_FOLLOWER,
                "For requests intended only for the leader, this error indicates that the broker "
                "is not the current leader.",
            )
        return partition

    def check_right(self, call: "Call", operation: str, topic: str) -> None:
        """Refuse a principal that lacks the right to do *operation* on *topic*."""
        if self.effects.is_denied(call.client.principal, operation, topic):
            raise RefusedError(Code.TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed.")


@dataclass(slots=True)
class Client:
    """The client of one connection.

    Attributes:
        principal: Who it is, such as `User:reader`; "" before it has logged in.
    """

    principal: str


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is answered.

    Attributes:
        version: The version of the API.
        client_id: The name that the client gives itself.
        client_host: The address of the client.
        client: Who is connected.
    """

    version: int
    client_id: str
    client_host: str
    client: Client
