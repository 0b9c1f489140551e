"""Kafka topics as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class TopicId:
    """The name of a topic.

    Attributes:
        name: As Kafka has it.
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Attributes:
        id: Its name.
        partitions: How many it has; None leaves that to the broker.
        replication_factor: Copies of each partition; None leaves that to the broker.
        configs: Topic configs as Kafka's texts, such as `{"retention.ms": "604800000"}`; absent
            ones are left to the broker.
    """

    id: TopicId
    partitions: int | None = None
    replication_factor: int | None = None
    configs: Mapping[str, str] = field(default_factory=dict[str, str])
