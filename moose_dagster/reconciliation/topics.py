"""Plan the topics of a project."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.diff.topic_changes import TopicChange
from moose_dagster.diff.topics import diff_topics
from moose_dagster.errors import ServerError, ServerFailure, ServerUnreachable
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.retention import prove_retention
from moose_dagster.live.topics import LiveTopics, read_topics
from moose_dagster.plan.adoption import unmanaged, waiting_for_adoption
from moose_dagster.plan.removal import decide_removals
from moose_dagster.plan.topics import TopicPlanInputs, build_topic_plan
from moose_dagster.reconciliation.approval import plan_with_approvals
from moose_dagster.reconciliation.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.state.names import ResourceId
from moose_dagster.state.resources import State
from moose_dagster.state.topics import Topic, TopicId


def plan_topics(  # noqa: PLR0913 - what every plan takes, and whether there is a ledger
    project: Project,
    selected: State,
    kafka: Kafka,
    entries: Entries,
    options: Options,
    *,
    has_ledger: bool,
) -> PlanResult:
    """Compare the *selected* topics, and those that left the code, with the cluster.

    Without a ledger no topic waits for its adoption, and every run goes as far as the life cycles
    allow.
    """
    declared = project.desired.state.topics
    ledger = entries.topics
    undeclared = undeclared_of(project, TopicId, entries, options)
    read = read_topics(kafka, {*selected.topics, *undeclared.names})
    selected = _without_refused(selected, read.refused)
    undeclared = undeclared.without(read.refused)
    removals = decide_removals(
        undeclared, dict.fromkeys(read.topics.keys() - entries.owners.keys(), ""), read.topics
    )
    live = {
        topic: value
        for topic, value in read.topics.items()
        if topic in declared or topic in removals.life_cycles
    }
    adopts = options.adopt or not has_ledger
    messages = {topic: facts.messages for topic, facts in read.facts.items()}
    overrides = {topic: facts.overrides for topic, facts in read.facts.items()}
    inputs = TopicPlanInputs(
        life_cycles=project.desired.life_cycles,
        removed={**removals.life_cycles},
        removal_remarks={**removals.remarks},
        removal_block=removal_block_of(project, entries, options),
        messages=messages,
        recreate=options.recreate_topics,
        proofs=prove_retention(kafka, _changes(project, selected, live), live),
        overrides=overrides,
        unadopted=frozenset(() if adopts else unmanaged(dict.fromkeys(live, ""), ledger)),
        owners=entries.owners,
    )
    binding = _approval_binding(live, read)
    build = partial(build_topic_plan, live, selected.topics)
    agreed = plan_with_approvals(build, inputs, binding, project, options)
    waiting = waiting_for_adoption(agreed.plan.steps, agreed.inputs.unadopted)
    left_out = {*waiting, *entries.owners}
    records = new_records(project, selected.topics, dict.fromkeys(live, ""), ledger, left_out)
    return PlanResult(
        plan=replace(agreed.plan, notes=(*agreed.plan.notes, *removals.notes)),
        live=State(topics=live),
        desired=State(topics=selected.topics),
        topic_facts=read.facts,
        life_cycles=agreed.life_cycles,
        approvals=agreed.needed,
        records=(*records, *removals.records),
        problems=tuple(_problem(topic, error) for topic, error in sorted(read.refused.items())),
    )


def _approval_binding(live: Mapping[TopicId, Topic], read: LiveTopics) -> dict[ResourceId, object]:
    """Return what an approval of each topic is bound to: another one needs another approval."""
    return {topic: (value, bool(read.facts[topic].messages)) for topic, value in live.items()}


def _without_refused(selected: State, refused: Collection[TopicId]) -> State:
    """Return *selected* without refused topics, which are neither missing nor different."""
    topics = {topic: value for topic, value in selected.topics.items() if topic not in refused}
    return replace(selected, topics=topics)


def _problem(topic: TopicId, error: ServerFailure) -> ServerFailure:
    """Return *error* with the name of its topic."""
    text = f"{topic}: {error}"
    if isinstance(error, ServerError):
        return ServerError(text, error.code)
    return ServerUnreachable(text)


def _changes(
    project: Project, selected: State, live: Mapping[TopicId, Topic]
) -> tuple[TopicChange, ...]:
    """Return how the live topics that this project may change differ from the *selected* ones."""
    life_cycles = project.desired.life_cycles
    managed = {
        topic: value
        for topic, value in selected.topics.items()
        if life_cycles[topic] is not LifeCycle.EXTERNALLY_MANAGED and topic in live
    }
    return diff_topics({topic: live[topic] for topic in managed}, managed)
