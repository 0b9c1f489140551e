"""A plan is a value that keeps every step, whatever its verdict."""

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, fingerprint_of, steps_blocked, steps_to_apply
from moose_dagster.testing import a_table, plan_of

LIVE = a_table("id Int64", "gone String")
PLAN = plan_of(LIVE, a_table("id Int64", "n Int8"), LifeCycle.DELETION_PROTECTED)


def test_a_blocked_step_stays_in_the_plan():
    assert [step.verdict for step in PLAN.steps] == [Verdict.APPLY, Verdict.BLOCK]
    assert steps_to_apply(PLAN.steps) == PLAN.with_verdict(Verdict.APPLY)
    assert steps_blocked(PLAN.steps) == PLAN.with_verdict(Verdict.BLOCK)
    assert PLAN.of(LIVE.id) == PLAN.steps


def test_equal_plans_have_one_fingerprint():
    again = plan_of(LIVE, a_table("id Int64", "n Int8"), LifeCycle.DELETION_PROTECTED)

    assert again.fingerprint == PLAN.fingerprint
    assert Plan().fingerprint != PLAN.fingerprint
    assert fingerprint_of(["a", "b"]) != fingerprint_of(["b", "a"])
