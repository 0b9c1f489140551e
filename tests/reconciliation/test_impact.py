"""What a plan touches, for each resource with steps."""

from moose_dagster.live.tables import Facts
from moose_dagster.live.topics import TopicFacts
from moose_dagster.plan.impact import Impact
from moose_dagster.reconciliation.impact import impact_of
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.state.resources import State
from moose_dagster.testing import a_table, a_topic, plan_of, topic_plan_of

LIVE = a_table("id Int64", "n Int64")
TOPIC = a_topic(partitions=3, replication_factor=1)


def test_a_plan_without_steps_touches_nothing():
    assert (
        impact_of(PlanResult(plan=plan_of(LIVE, LIVE), facts={LIVE.id: Facts("", 7, 70)}), None)
        == ()
    )


def test_a_table_is_told_with_its_rows_and_what_it_loses():
    plan = plan_of(LIVE, a_table("id Int64"))

    (impact,) = impact_of(PlanResult(plan=plan, facts={LIVE.id: Facts("", 7, 70)}), None)

    assert (impact.resource, impact.rows, impact.bytes, impact.views) == (LIVE.id, 7, 70, ())
    assert impact.lost == {"n": 7}


def test_a_table_that_is_not_live_yet_holds_nothing():
    assert impact_of(PlanResult(plan=plan_of(None, LIVE)), None) == (Impact(LIVE.id, views=()),)


def test_a_topic_is_told_with_its_messages_and_partitions():
    plan = topic_plan_of(TOPIC, a_topic(partitions=5), messages=9)
    found = PlanResult(
        plan=plan, live=State(topics={TOPIC.id: TOPIC}), topic_facts={TOPIC.id: TopicFacts(9, {})}
    )

    assert impact_of(found, None) == (Impact(TOPIC.id, messages=9, partitions=3),)
