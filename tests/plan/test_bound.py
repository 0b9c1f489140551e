"""A plan that is bound to what was live."""

from dataclasses import replace

from moose_dagster.plan.bound import bind_plan
from moose_dagster.testing import a_table, plan_of

LIVE = a_table("id Int64", "gone String")
PLAN = plan_of(LIVE, a_table("id Int64"))
BOUND = bind_plan(PLAN, {LIVE.id: LIVE})


def test_the_same_plan_and_live_state_have_no_difference():
    assert BOUND.changed_in(bind_plan(PLAN, {LIVE.id: LIVE})) == ()


def test_another_live_state_is_named():
    other = bind_plan(PLAN, {LIVE.id: (LIVE, "another uuid")})

    assert BOUND.changed_in(other) == ("shop.orders: what is live is not the same.",)


def test_steps_that_came_and_went_are_named():
    other = bind_plan(plan_of(LIVE, a_table("id Int64", "gone String", "n Int8")), {LIVE.id: LIVE})

    gone, came = BOUND.changed_in(other)

    assert gone.startswith("no longer planned: shop.orders: drop column gone String")
    assert came.startswith("planned now: shop.orders: add column n Int8")


def test_a_plan_is_never_equal_to_one_of_another_fingerprint():
    other = replace(BOUND, fingerprint="0" * 16)

    assert BOUND.changed_in(other) == (f"the plan is {'0' * 16}, and was {BOUND.fingerprint}.",)
