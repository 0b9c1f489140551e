"""One frozen class per change of a topic; a closed union, consumed with `match`."""

from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.topics import Topic, TopicId


@dataclass(frozen=True, slots=True)
class CreateTopic:
    """A declared topic that is not live.

    Attributes:
        topic: The declared topic.
    """

    topic: Topic


@dataclass(frozen=True, slots=True)
class DropTopic:
    """A live topic that the code no longer declares.

    Attributes:
        topic: The topic, by name.
    """

    topic: TopicId


@dataclass(frozen=True, slots=True)
class ChangePartitions:
    """A topic whose number of partitions differs.

    Attributes:
        topic: The topic, by name.
        live: The live number.
        desired: The declared number.
    """

    topic: TopicId
    live: int
    desired: int


@dataclass(frozen=True, slots=True)
class ChangeReplicationFactor:
    """A topic whose copies per partition differ in number.

    Attributes:
        topic: The topic, by name.
        live: The live number.
        desired: The declared number.
    """

    topic: TopicId
    live: int
    desired: int


@dataclass(frozen=True, slots=True)
class ChangeTopicConfig:
    """A declared topic config whose effective value differs.

    Attributes:
        topic: The topic, by name.
        name: The name of the config.
        live: The effective value; None for a config that the broker does not know.
        desired: The declared value.
    """

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
