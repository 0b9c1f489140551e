"""What a whole plan does, in one line."""

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.totals import totals_of
from moose_dagster.testing import a_table, a_topic, plan_of, topic_plan_of

FM = LifeCycle.FULLY_MANAGED


def test_rows_that_a_drop_takes_go_to_the_trash():
    live = a_table("id Int64")
    plan = plan_of(live, None, FM)

    assert totals_of(plan) == "1 to drop"
    assert totals_of(plan, [Impact(live.id, rows=1)]) == "1 to drop: 1 row goes to the trash"
    assert totals_of(plan, [Impact(live.id, rows=1_025)]) == (
        "1 to drop: 1,025 rows go to the trash"
    )


def test_a_plan_of_nothing_has_no_totals():
    assert totals_of(Plan()) == ""


def test_what_no_trash_keeps_is_said():
    topic = a_topic("clicks", partitions=1)
    plan = topic_plan_of(topic, None, FM, messages=3)

    assert totals_of(plan, [Impact(topic.id, messages=3, partitions=1, lost={"all": 3})]) == (
        "1 to drop: 3 messages can't be restored"
    )
