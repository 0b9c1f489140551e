"""What waits for something that this plan does not create."""

from moose_dagster import LifeCycle
from moose_dagster.plan.order import in_order
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.waiting import block, block_without_sources, of_tables
from moose_dagster.sql.reads import readers_in
from moose_dagster.state.graph import Graph, side_of
from moose_dagster.state.resources import State
from moose_dagster.testing import a_table, plan_of

ORDERS = a_table("id Int64")
PLAN = plan_of(None, ORDERS, LifeCycle.FULLY_MANAGED)


def test_what_waits_is_blocked_and_says_for_what():
    plan = block(PLAN, {ORDERS.id: "shop.customers exists"})

    (step,) = plan.steps
    assert step.verdict is Verdict.BLOCK
    assert step.reason == (
        "shop.orders: create table: waits until shop.customers exists (FULLY_MANAGED)."
    )
    assert plan.actions == ()
    assert [action.table for action in plan.blocked_actions] == [ORDERS.id]


def test_a_plan_in_which_nothing_waits_stays_as_it_is():
    graph = Graph(desired=side_of(readers_in(State({ORDERS.id: ORDERS}))))
    plan = in_order(PLAN, graph, ())

    assert block(PLAN, {}) == PLAN
    assert block_without_sources(plan, graph) == plan


def test_the_part_about_tables_has_the_steps_of_tables():
    assert of_tables(PLAN).steps == PLAN.steps
    assert of_tables(PLAN).view_actions == ()
