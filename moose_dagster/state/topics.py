"""Kafka topics as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class TopicId:
    """The name of a topic."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; None and absent keys are what the code leaves to the broker.

    `configs` holds topic configs as Kafka's texts, such as `{"retention.ms": "604800000"}`.
    """

    id: TopicId
    partitions: int | None = None
    replication_factor: int | None = None
    configs: Mapping[str, str] = field(default_factory=dict[str, str])
