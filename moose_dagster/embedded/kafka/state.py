"""What every handler gets: the state of the broker and the call to answer."""

from dataclasses import dataclass

from moose_dagster.embedded.kafka.groups import Groups
from moose_dagster.embedded.kafka.producer_ids import ProducerIds
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
    """

    cluster_id: str
    topics: Topics
    groups: Groups
    producer_ids: ProducerIds
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is answered.

    Attributes:
        version: The version of the API.
        client_id: The name that the client gives itself.
        client_host: The address of the client.
    """

    version: int
    client_id: str
    client_host: str
