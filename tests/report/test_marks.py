"""What happens to each step, as one mark."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.marks import Mark, mark_of, rebuilt_by
from moose_dagster.report.totals import totals_of
from moose_dagster.testing import a_table, plan_of

FM, DP, EM = (
    LifeCycle.FULLY_MANAGED,
    LifeCycle.DELETION_PROTECTED,
    LifeCycle.EXTERNALLY_MANAGED,
)
LIVE = a_table("id Int64", "gone String")


@pytest.mark.parametrize(
    ("life_cycle", "desired", "marks", "totals"),
    [
        (FM, a_table("id Int64", "gone String", "n Int8"), [Mark.CREATED], "1 to create"),
        (FM, a_table("id Int64"), [Mark.DROPPED], "1 to drop"),
        (FM, a_table("id Int64", "gone LowCardinality(String)"), [Mark.CHANGED], "1 to change"),
        (
            FM,
            a_table("id Int64", "gone String", order_by=("gone",)),
            [Mark.REBUILT],
            "1 to rebuild",
        ),
        (
            FM,
            a_table("id Int64", "n Int8"),
            [Mark.CREATED, Mark.DROPPED],
            "1 to create, 1 to drop",
        ),
        (DP, a_table("id Int64"), [Mark.BLOCKED], ""),
        (EM, a_table("id Int64"), [Mark.DRIFTED], ""),
    ],
)
def test_each_step_has_one_mark_and_what_is_applied_is_counted(life_cycle, desired, marks, totals):
    plan = plan_of(LIVE, desired, life_cycle)

    found = sorted(mark_of(step, rebuilt_by(plan)) for step in plan.steps)

    assert found == sorted(marks)
    assert totals_of(plan) == totals


def test_a_plan_of_nothing_has_no_totals():
    assert totals_of(Plan()) == ""
    assert rebuilt_by(Plan()) == {}


def test_the_word_of_a_mark_has_no_sign():
    assert [mark.word for mark in Mark] == [
        "blocked",
        "drift",
        "create",
        "change",
        "rebuild",
        "drop",
    ]


def test_a_rebuild_is_marked_at_the_steps_that_need_it():
    live = a_table("id Int64", "gone String", "n Int32")
    desired = a_table("id Int64", "n Int64", order_by=("n",))

    plan = plan_of(live, desired, FM)

    found = {step.change.__class__.__name__: mark_of(step, rebuilt_by(plan)) for step in plan.steps}
    assert found == {
        "ChangeOrderBy": Mark.REBUILT,
        "DropColumn": Mark.DROPPED,
        "ChangeType": Mark.CHANGED,
    }
    assert totals_of(plan, [Impact(live.id, rows=7)]) == (
        "1 to change, 1 to rebuild, 1 to drop: 7 rows go to the trash"
    )
