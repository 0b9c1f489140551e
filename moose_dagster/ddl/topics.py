"""The requests of a topic's action, in the order they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from moose_dagster.diff.topic_changes import ChangePartitions, ChangeTopicConfig
from moose_dagster.plan.steps import Route, TopicAction
from moose_dagster.state.topics import Topic


@dataclass(frozen=True, slots=True)
class Create:
    """CreateTopics.

    Attributes:
        topic: The name.
        partitions: How many.
        replication_factor: None for the broker's default.
        configs: Topic configs as Kafka's texts, by name.
    """

    topic: str
    partitions: int
    replication_factor: int | None
    configs: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        factor = self.replication_factor or "default"
        layout = f"partitions={self.partitions} replication_factor={factor}"
        return " ".join([f"CreateTopics {self.topic} {layout}", *_pairs(self.configs)])


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """CreatePartitions.

    Attributes:
        topic: The name.
        total: How many partitions the topic has afterwards.
    """

    topic: str
    total: int

    def __str__(self) -> str:
        return f"CreatePartitions {self.topic} total={self.total}"


@dataclass(frozen=True, slots=True)
class SetConfigs:
    """IncrementalAlterConfigs, which leaves every other config of the topic as it is.

    Attributes:
        topic: The name.
        configs: The configs to set, by name.
    """

    topic: str
    configs: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join([f"IncrementalAlterConfigs {self.topic}", *_pairs(self.configs)])


@dataclass(frozen=True, slots=True)
class Delete:
    """DeleteTopics.

    Attributes:
        topic: The name.
    """

    topic: str

    def __str__(self) -> str:
        return f"DeleteTopics {self.topic}"


Request: TypeAlias = Create | AddPartitions | SetConfigs | Delete


def requests_of(action: TopicAction) -> tuple[Request, ...]:
    """Return the requests of *action*, in the order they are sent."""
    name = action.topic.name
    target = action.target
    match action.route:
        case Route.DROP:
            return (Delete(name),)
        case Route.CREATE if target is not None:
            return (_create(target),)
        case Route.REBUILD if target is not None:
            return (Delete(name), _create(target))
        case Route.ALTER:
            return _alter(action)
        case _:
            raise ValueError(f"{name}: {action.route.value} without the topic it needs")


def _create(topic: Topic) -> Create:
    return Create(topic.id.name, topic.partitions or 1, topic.replication_factor, topic.configs)


def _alter(action: TopicAction) -> tuple[Request, ...]:
    requests = list[Request]()
    configs = {
        step.change.name: step.change.desired
        for step in action.steps
        if isinstance(step.change, ChangeTopicConfig)
    }
    if configs:
        requests.append(SetConfigs(action.topic.name, configs))
    for step in action.steps:
        if isinstance(step.change, ChangePartitions):
            requests.append(AddPartitions(action.topic.name, step.change.desired))
    return tuple(requests)


def _pairs(configs: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(configs.items())]
