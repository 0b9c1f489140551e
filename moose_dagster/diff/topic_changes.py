"""One frozen class per change of a topic; a closed union, consumed with `match`."""

from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.topics import Topic, TopicId


@dataclass(frozen=True, slots=True)
class CreateTopic:
    """A declared topic that is not live."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class DropTopic:
    """A live topic that the code no longer declares."""

    topic: TopicId


@dataclass(frozen=True, slots=True)
class ChangePartitions:
    """A topic whose number of partitions differs."""

    topic: TopicId
    live: int
    desired: int


@dataclass(frozen=True, slots=True)
class ChangeReplicationFactor:
    """A topic whose copies per partition differ in number."""

    topic: TopicId
    live: int
    desired: int


@dataclass(frozen=True, slots=True)
class ChangeTopicConfig:
    """A declared topic config whose effective value differs; None where the broker does not know it."""

    topic: TopicId
    name: str
    live: str | None
    desired: str


TopicChange: TypeAlias = (
    CreateTopic | DropTopic | ChangePartitions | ChangeReplicationFactor | ChangeTopicConfig
)


def topic_of(change: TopicChange) -> TopicId:
    """Return the topic that *change* is about."""
    return change.topic.id if isinstance(change, CreateTopic) else change.topic
