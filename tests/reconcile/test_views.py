"""The plan of views in the order that the changes of tables need."""

from moose_dagster.plan.steps import Plan
from moose_dagster.reconcile.results import PlanResult
from moose_dagster.reconcile.views import with_timing
from moose_dagster.state.resources import State
from moose_dagster.testing import a_table, a_view, plan_of, verdicts, view_plan_of

ORDERS = a_table("id Int64", "n Int64", name="shop.orders")
VIEW = a_view("SELECT id, n FROM shop.orders", target=a_table("id Int64", name="shop.totals").id)


def of_tables(live, desired, plan=None):
    plan = plan_of(live, desired) if plan is None else plan
    sides = (State({table.id: table} if table else {}) for table in (live, desired))
    return PlanResult(plan, *sides)


def of_views(live, desired):
    return PlanResult(view_plan_of(live, desired))


def test_a_view_is_created_with_the_table_that_it_reads():
    found = with_timing(of_views(None, VIEW), of_tables(None, ORDERS))

    assert verdicts(found.plan) == {"materialized view": "APPLY"}
    assert [action.early for action in found.plan.view_actions] == [False]


def test_a_view_waits_for_a_table_that_is_not_created():
    found = with_timing(of_views(None, VIEW), of_tables(None, ORDERS, Plan()))

    assert set(verdicts(found.plan).values()) == {"BLOCK"}
    assert found.plan.view_actions == ()


def test_a_view_stops_naming_a_column_before_the_column_goes():
    later = a_view("SELECT id FROM shop.orders", target=VIEW.target)
    tables = of_tables(ORDERS, a_table("id Int64", name="shop.orders"))

    found = with_timing(of_views(VIEW, later), tables)

    assert [action.early for action in found.plan.view_actions] == [True]
