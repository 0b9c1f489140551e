"""Turn two states of topics and the life cycles into a plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from moose_dagster.diff import topic_changes as changes
from moose_dagster.diff.topic_changes import TopicChange, topic_of
from moose_dagster.diff.topics import diff_topics
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import step_for
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, Route, Step, TopicAction, steps_blocked, steps_to_apply
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.topics import TopicContext, topic_risk_of
from moose_dagster.state.names import ResourceId
from moose_dagster.state.topics import Topic, TopicId

_Steps: TypeAlias = tuple[Step[TopicChange], ...]


@dataclass(frozen=True, slots=True)
class TopicPlanInputs:
    """What a plan of topics rests on besides the two states.

    Attributes:
        life_cycles: The life cycle of each declared resource.
        removed: The life cycle that counts for each topic that left the code.
        removal_block: Why no topic that left the code may be deleted now, or "".
        messages: How many each live topic holds.
        recreate: Whether a topic that holds messages may be deleted and created again.
        proofs: What probes found, by topic and config name.
        overrides: The configs that each topic sets itself.
        unadopted: The resources that this run may only change without loss.
        owners: The other project that manages each resource, where there is one.
        unapproved: The approval that each resource waits for.
        removal_remarks: What to say besides of resources that left the code, "" for nothing.
    """

    life_cycles: Mapping[ResourceId, LifeCycle]
    removed: Mapping[ResourceId, LifeCycle] = field(default_factory=dict[ResourceId, LifeCycle])
    removal_block: str = ""
    messages: Mapping[TopicId, int] = field(default_factory=dict[TopicId, int])
    recreate: bool = False
    proofs: Mapping[TopicId, Mapping[str, Proof]] = field(
        default_factory=dict[TopicId, Mapping[str, Proof]]
    )
    overrides: Mapping[TopicId, frozenset[str]] = field(
        default_factory=dict[TopicId, frozenset[str]]
    )
    unadopted: frozenset[ResourceId] = frozenset()
    owners: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    unapproved: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    removal_remarks: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])


def build_topic_plan(
    live: Mapping[TopicId, Topic], desired: Mapping[TopicId, Topic], inputs: TopicPlanInputs
) -> Plan:
    """Return the plan that brings *live* as near to *desired* as the life cycles allow."""
    grouped = defaultdict[TopicId, list[TopicChange]](list)
    for change in diff_topics(live, desired):
        grouped[topic_of(change)].append(change)
    steps = list[Step[TopicChange]]()
    actions = list[TopicAction]()
    blocked_actions = list[TopicAction]()
    for topic, of_topic in grouped.items():
        context = TopicContext(
            live=live.get(topic),
            changes=tuple(of_topic),
            messages=inputs.messages.get(topic, 0),
            recreate=inputs.recreate,
            proofs=inputs.proofs.get(topic, {}),
            overrides=inputs.overrides.get(topic, frozenset()),
        )
        decided = [step_for(change, topic_risk_of(change, context), inputs) for change in of_topic]
        steps.extend(decided)
        action = _action_for(topic, steps_to_apply(decided), context)
        if action:
            actions.append(action)
            context = replace(context, live=action.target)
        blocked = _action_for(topic, steps_blocked(decided), context)
        if blocked:
            blocked_actions.append(blocked)
    ordered = tuple(sorted(actions, key=_order))
    return Plan(
        tuple(steps),
        topic_actions=ordered,
        blocked_actions=tuple(blocked_actions),
        notes=tuple(_warnings(steps)),
    )


def _action_for(topic: TopicId, steps: _Steps, context: TopicContext) -> TopicAction | None:
    if not steps:
        return None
    first = steps[0].change
    if isinstance(first, changes.CreateTopic):
        return TopicAction(topic, Route.CREATE, steps, context, first.topic)
    if isinstance(first, changes.DropTopic) or context.live is None:
        return TopicAction(topic, Route.DROP, steps, context, None)
    target = context.live
    for step in steps:
        target = _evolve(target, step.change)
    if _shrinks(steps):
        return TopicAction(topic, Route.REBUILD, steps, context, _recreated(target, steps, context))
    return TopicAction(topic, Route.ALTER, steps, context, target)


def _recreated(target: Topic, steps: Iterable[Step[TopicChange]], context: TopicContext) -> Topic:
    """Return *target* with the configs that it sets itself; the broker decides all others."""
    changed = {
        step.change.name for step in steps if isinstance(step.change, changes.ChangeTopicConfig)
    }
    own = {
        name: value for name, value in target.configs.items() if name in context.overrides | changed
    }
    return replace(target, configs=own)


def _evolve(topic: Topic, change: TopicChange) -> Topic:
    match change:
        case changes.ChangePartitions():
            return replace(topic, partitions=change.desired)
        case changes.ChangeTopicConfig():
            return replace(topic, configs={**topic.configs, change.name: change.desired})
        case changes.ChangeReplicationFactor():
            return replace(topic, replication_factor=change.desired)
        case changes.CreateTopic() | changes.DropTopic():
            raise ValueError(f"{topic_of(change)}: the topic itself is created or deleted")


def _shrinks(steps: Iterable[Step[TopicChange]]) -> bool:
    planned = [step.change for step in steps]
    return any(
        isinstance(change, changes.ChangePartitions) and change.desired < change.live
        for change in planned
    )


def _warnings(steps: Iterable[Step[TopicChange]]) -> Iterator[str]:
    for step in steps:
        change = step.change
        if (
            isinstance(change, changes.ChangePartitions)
            and change.desired > change.live
            and step.verdict is Verdict.APPLY
        ):
            yield (
                f"{change.topic}: with more partitions, later messages of a key may go to another "
                "partition than earlier ones."
            )


def _order(action: TopicAction) -> tuple[int, TopicId]:
    return (1 if action.target is None else 0, action.topic)
