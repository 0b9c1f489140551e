"""The half of the house where topics live."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.diff.topic_changes import TopicChange
from moose_dagster.diff.topics import diff_topics
from moose_dagster.errors import ServerError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.ledger import Entries
from moose_dagster.live.retention import prove_retention
from moose_dagster.live.topics import read_topics
from moose_dagster.plan.adoption import strangers, waiting_for_adoption
from moose_dagster.plan.removal import left_code
from moose_dagster.plan.topics import KnownTopics, build_topic_plan
from moose_dagster.reconcile.approval import approved
from moose_dagster.reconcile.records import new_records
from moose_dagster.reconcile.removal import held_of, leaving_of
from moose_dagster.reconcile.survey import Options, Survey
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import State
from moose_dagster.state.topics import Topic, TopicId


def survey_topics(  # noqa: PLR0913 - what a survey of any kind takes, and whether it has a ledger
    project: Project, wanted: State, kafka: Kafka, entries: Entries, options: Options, *, has_ledger: bool
) -> Survey:
    """Compare the *wanted* topics, and those that left the code, with the cluster.

    Without a ledger nobody knows whether a topic was met before, and every run goes as far as the life cycles allow.
    """
    declared, ledger = project.desired.state.topics, entries.topics
    going = leaving_of(project, TopicId, entries, options)
    read = read_topics(kafka, {*wanted.topics, *going.names})
    # Nothing is known of these: they are neither missing nor different, and the ledger keeps what it says of them.
    readable = {topic: value for topic, value in wanted.topics.items() if topic not in read.refused}
    wanted, going = replace(wanted, topics=readable), going.without(read.refused)
    left = left_code(going, dict.fromkeys(read.topics.keys() - entries.claimed, ""), read.topics)
    live = {topic: value for topic, value in read.topics.items() if topic in declared or topic in left.promises}
    met = options.adopt or not has_ledger
    known = KnownTopics(
        life_cycles=project.desired.life_cycles,
        removed={**left.promises},
        said={**left.said},
        held_removals=held_of(project, entries, options),
        messages={topic: facts.messages for topic, facts in read.facts.items()},
        recreate=options.recreate_topics,
        proofs=prove_retention(kafka, _changes(project, wanted, live), live),
        overrides={topic: facts.overrides for topic, facts in read.facts.items()},
        unadopted=frozenset(() if met else strangers(dict.fromkeys(live, ""), ledger)),
    )
    bound: dict[ResourceId, object] = {topic: (live[topic], bool(read.facts[topic].messages)) for topic in live}
    agreed = approved(partial(build_topic_plan, live, wanted.topics), known, bound, project, options)
    waiting = waiting_for_adoption(agreed.plan.steps, agreed.known.unadopted)
    return Survey(
        plan=replace(agreed.plan, notes=(*agreed.plan.notes, *left.notes)),
        live=State(topics=live),
        desired=State(topics=wanted.topics),
        topic_facts=read.facts,
        promises=agreed.promises,
        approvals=agreed.needed,
        records=(*new_records(project, wanted.topics, dict.fromkeys(live, ""), ledger, waiting), *left.records),
        problems=tuple(ServerError(f"{topic}: {error}", error.code) for topic, error in sorted(read.refused.items())),
    )


def _changes(project: Project, wanted: State, live: Mapping[TopicId, Topic]) -> tuple[TopicChange, ...]:
    """Return how the live topics that this project may change differ from the *wanted* ones."""
    life_cycles = project.desired.life_cycles
    managed = {
        topic: value
        for topic, value in wanted.topics.items()
        if life_cycles[topic] is not LifeCycle.EXTERNALLY_MANAGED and topic in live
    }
    return diff_topics({topic: live[topic] for topic in managed}, managed)
