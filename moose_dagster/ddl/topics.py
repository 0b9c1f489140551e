"""Turn the action of a topic into the requests that make it, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from moose_dagster.diff.topic_changes import ChangePartitions, ChangeTopicConfig
from moose_dagster.plan.steps import Route, TopicAction
from moose_dagster.state.topics import Topic


@dataclass(frozen=True, slots=True)
class Create:
    """CreateTopics; no replication factor asks for the broker's own."""

    topic: str
    partitions: int
    replication_factor: int | None
    configs: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        layout = f"partitions={self.partitions} replication_factor={self.replication_factor or 'default'}"
        return " ".join([f"CreateTopics {self.topic} {layout}", *_pairs(self.configs)])


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """CreatePartitions up to a total."""

    topic: str
    total: int

    def __str__(self) -> str:
        return f"CreatePartitions {self.topic} total={self.total}"


@dataclass(frozen=True, slots=True)
class SetConfigs:
    """IncrementalAlterConfigs; every other config of the topic stays as it is."""

    topic: str
    configs: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join([f"IncrementalAlterConfigs {self.topic}", *_pairs(self.configs)])


@dataclass(frozen=True, slots=True)
class Delete:
    """DeleteTopics."""

    topic: str

    def __str__(self) -> str:
        return f"DeleteTopics {self.topic}"


Request: TypeAlias = Create | AddPartitions | SetConfigs | Delete


def requests_of(action: TopicAction) -> tuple[Request, ...]:
    """Return the requests of *action*, in the order they are sent."""
    name, target = action.topic.name, action.target
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
