"""Turn two states of topics and the life cycles into a plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from moose_dagster.diff.topic_changes import (
    ChangePartitions,
    ChangeReplicationFactor,
    ChangeTopicConfig,
    CreateTopic,
    DropTopic,
    TopicChange,
    topic_of,
)
from moose_dagster.diff.topics import diff_topics
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import step_for
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.proof import Proof
from moose_dagster.plan.steps import Plan, Route, Step, TopicAction
from moose_dagster.plan.topic_risk import TopicSurroundings, topic_risk_of
from moose_dagster.plan.withheld import allowed, withheld
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.topics import Topic, TopicId

_Steps: TypeAlias = tuple[Step[TopicChange], ...]


@dataclass(frozen=True, slots=True)
class KnownTopics:
    """What a plan of topics may rest on besides the two states.

    `removed`, `held_removals`, `said`, `unadopted` and `unapproved` are as for tables; `messages` is how many each
    live topic holds, `recreate` whether topics that hold some may be deleted and made anew, `overrides` the configs
    each topic sets.
    """

    life_cycles: Mapping[ResourceId, LifeCycle]
    removed: Mapping[ResourceId, LifeCycle] = field(default_factory=dict[ResourceId, LifeCycle])
    held_removals: str = ""
    messages: Mapping[TopicId, int] = field(default_factory=dict[TopicId, int])
    recreate: bool = False
    proofs: Mapping[TopicId, Mapping[str, Proof]] = field(default_factory=dict[TopicId, Mapping[str, Proof]])
    overrides: Mapping[TopicId, frozenset[str]] = field(default_factory=dict[TopicId, frozenset[str]])
    unadopted: frozenset[ResourceId] = frozenset()
    unapproved: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    said: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])


def build_topic_plan(live: Mapping[TopicId, Topic], desired: Mapping[TopicId, Topic], known: KnownTopics) -> Plan:
    """Return the plan that brings *live* as near to *desired* as the life cycles allow."""
    grouped = defaultdict[TopicId, list[TopicChange]](list)
    for change in diff_topics(live, desired):
        grouped[topic_of(change)].append(change)
    steps, actions, later = list[Step[TopicChange]](), list[TopicAction](), list[TopicAction]()
    for topic, changes in grouped.items():
        around = TopicSurroundings(
            live=live.get(topic),
            changes=tuple(changes),
            messages=known.messages.get(topic, 0),
            recreate=known.recreate,
            proofs=known.proofs.get(topic, {}),
            overrides=known.overrides.get(topic, frozenset()),
        )
        decided = [step_for(change, topic_risk_of(change, around), known) for change in changes]
        steps.extend(decided)
        action = _action_for(topic, allowed(decided), around)
        if action:
            actions.append(action)
            around = replace(around, live=action.target)
        held = _action_for(topic, withheld(decided), around)
        if held:
            later.append(held)
    ordered = tuple(sorted(actions, key=_order))
    return Plan(tuple(steps), topic_actions=ordered, withheld=tuple(later), notes=tuple(_warnings(steps)))


def _action_for(topic: TopicId, steps: _Steps, around: TopicSurroundings) -> TopicAction | None:
    if not steps:
        return None
    first = steps[0].change
    if isinstance(first, CreateTopic):
        return TopicAction(topic, Route.CREATE, steps, around, first.topic)
    if isinstance(first, DropTopic) or around.live is None:
        return TopicAction(topic, Route.DROP, steps, around, None)
    target = around.live
    for step in steps:
        target = _evolve(target, step.change)
    if _shrinks(steps):
        return TopicAction(topic, Route.REBUILD, steps, around, _made_anew(target, steps, around))
    return TopicAction(topic, Route.ALTER, steps, around, target)


def _made_anew(target: Topic, steps: Iterable[Step[TopicChange]], around: TopicSurroundings) -> Topic:
    """Return *target* with the configs that are its own; all others stay the broker's to decide."""
    changed = {step.change.name for step in steps if isinstance(step.change, ChangeTopicConfig)}
    own = {name: value for name, value in target.configs.items() if name in around.overrides | changed}
    return replace(target, configs=own)


def _evolve(topic: Topic, change: TopicChange) -> Topic:
    match change:
        case ChangePartitions():
            return replace(topic, partitions=change.desired)
        case ChangeTopicConfig():
            return replace(topic, configs={**topic.configs, change.name: change.desired})
        case ChangeReplicationFactor():
            return replace(topic, replication_factor=change.desired)
        case CreateTopic() | DropTopic():
            raise ValueError(f"{topic_of(change)}: the topic itself comes or goes")


def _shrinks(steps: Iterable[Step[TopicChange]]) -> bool:
    changes = [step.change for step in steps]
    return any(isinstance(change, ChangePartitions) and change.desired < change.live for change in changes)


def _warnings(steps: Iterable[Step[TopicChange]]) -> Iterator[str]:
    for step in steps:
        change = step.change
        if isinstance(change, ChangePartitions) and change.desired > change.live and step.verdict is Verdict.APPLY:
            yield f"{change.topic}: with more partitions, later messages of a key may go to another one than before."


def _order(action: TopicAction) -> tuple[int, TopicId]:
    return (1 if action.target is None else 0, action.topic)
