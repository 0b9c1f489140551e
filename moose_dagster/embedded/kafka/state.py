"""What every handler works on: the state of the broker and the call it answers."""

from dataclasses import dataclass

from moose_dagster.embedded.kafka.groups import Groups
from moose_dagster.embedded.kafka.producer_ids import ProducerIds
from moose_dagster.embedded.kafka.topics import Topics

NODE_ID = 1
LEADER_EPOCH = 0


@dataclass(slots=True)
class BrokerState:
    """The broker's topics, groups and name."""

    cluster_id: str
    topics: Topics
    groups: Groups
    producer_ids: ProducerIds
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and in which version of the protocol."""

    version: int
    client_id: str
    client_host: str
