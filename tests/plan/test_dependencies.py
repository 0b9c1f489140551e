"""A step waits for a blocked one that it depends on, and for no other."""

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.tables import Engine, Index, Projection
from moose_dagster.testing import a_table, plan_of, verdicts

DP = LifeCycle.DELETION_PROTECTED


def test_what_uses_the_new_name_waits_for_the_rename():
    live = a_table("id Int64", "note String")
    desired = a_table(
        "key Int64", "note String", order_by=("key",), indexes=(Index("i", "key", "minmax"),)
    )

    plan = plan_of(live, desired, DP, renamed={"key": "id"})

    assert verdicts(plan)["index i"] == "BLOCK"
    (waiting,) = [step for step in plan.steps if "index i" in step.reason]
    assert "waits until" in waiting.reason


def test_a_projection_waits_for_an_engine_that_stops_to_merge_rows():
    columns = ("id Int64", "n Int8")
    live = a_table(*columns, engine=Engine("ReplacingMergeTree"))
    desired = a_table(*columns, projections=(Projection("p", "(SELECT n ORDER BY n)"),))

    assert verdicts(plan_of(live, desired, DP)) == {"engine": "BLOCK", "projection p": "BLOCK"}


def test_what_depends_on_nothing_blocked_is_applied():
    live = a_table("id Int64", "gone String")
    desired = a_table("id Int64", "n Int8", indexes=(Index("i", "n", "minmax"),))

    assert verdicts(plan_of(live, desired, DP)) == {
        "column n": "APPLY",
        "column gone": "BLOCK",
        "index i": "APPLY",
    }
