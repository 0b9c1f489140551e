"""Which views read what a plan changes, and in which order they are looked at."""

from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation.readers import (
    PlannedView,
    changed_schema,
    planned_schema,
    sources_first,
)
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Default
from moose_dagster.testing import a_column, a_table, a_view, plan_of

LIVE = a_table("id Int64", "n Int32")
RETYPED = a_table("id Int64", "n Int64")


def state(*tables):
    return State({table.id: table for table in tables})


def planned(name, query):
    view = a_view(query, f"shop.{name}")
    return PlannedView(view, view, is_carried=True)


def test_a_view_comes_after_those_that_it_reads():
    top = planned("top", "SELECT * FROM shop.middle")
    middle = planned("middle", "SELECT * FROM shop.low")
    low = planned("low", "SELECT * FROM shop.orders")

    assert sources_first([top, low, middle]) == (low, middle, top)


def test_views_that_seem_to_read_each_other_are_still_all_there():
    left, right = planned("a", "SELECT * FROM shop.b"), planned("b", "SELECT * FROM shop.a")

    assert set(sources_first([left, right])) == {left, right}


def test_only_tables_that_queries_see_otherwise_count():
    commented = a_table("id Int64", a_column("n Int32", comment="x"))
    aliased = a_table("id Int64", a_column("n Int32", default=Default("ALIAS", "1")))

    assert changed_schema(state(LIVE), state(commented), {}) == {}
    for table in (RETYPED, aliased):
        assert changed_schema(state(LIVE), state(table), {}) == {LIVE.id: table.columns}
    assert changed_schema(state(), state(LIVE), {}) == {LIVE.id: LIVE.columns}


def test_a_plan_says_how_its_tables_will_be():
    assert planned_schema(plan_of(LIVE, RETYPED), state(LIVE)) == {LIVE.id: RETYPED.columns}
    assert planned_schema(Plan(), state(LIVE)) == {}
