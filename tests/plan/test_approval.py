"""An approval stands for exactly the steps that lose something and for what is live."""

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.approval import approvals_of, approved_now, stale_approvals
from moose_dagster.testing import a_table, plan_of

LIVE = a_table("id Int64", "a String", "b String")
LOSING = plan_of(LIVE, a_table("id Int64", "a String"))


def test_only_what_loses_something_needs_an_approval():
    adding = plan_of(LIVE, a_table("id Int64", "a String", "b String", "c String"))
    blocked = plan_of(LIVE, a_table("id Int64"), LifeCycle.DELETION_PROTECTED)

    assert set(approvals_of(LOSING, {})) == {LIVE.id}
    assert approvals_of(adding, {}) == approvals_of(blocked, {}) == {}


def test_other_steps_or_another_live_table_need_another_approval():
    more = plan_of(LIVE, a_table("id Int64"))

    approvals = [
        approvals_of(LOSING, {LIVE.id: "empty"}),
        approvals_of(LOSING, {LIVE.id: "holds rows"}),
        approvals_of(more, {LIVE.id: "empty"}),
    ]

    assert len({approval[LIVE.id] for approval in approvals}) == 3
    assert approvals_of(LOSING, {LIVE.id: "empty"}) == approvals[0]


def test_an_approval_that_no_step_waits_for_is_stale():
    needed = approvals_of(LOSING, {})
    given = [needed[LIVE.id], "other"]

    assert stale_approvals(given, needed) == ("other",)
    assert list(approved_now(given, needed)) == [(LIVE.id, needed[LIVE.id])]
