"""What reads what, made of the live and the desired resources of a plan."""

from typing import Any

import pytest
from scenarios.database import TestDatabase, declared

from moose_dagster import Options, View, plan_for
from moose_dagster.diff import table_changes as changes
from moose_dagster.reconciliation.graph import touched_places
from moose_dagster.reconciliation.views import ViewsInForce
from moose_dagster.state.names import TableId
from moose_dagster.testing import a_column

ORDERS, SALES = TableId("shop", "orders"), TableId("shop", "sales")
COLUMN = a_column("n Int64")


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (changes.AddColumn(ORDERS, COLUMN, None), []),
        (changes.DropColumn(ORDERS, COLUMN), [ORDERS]),
        (changes.RenameColumn(ORDERS, COLUMN, "m"), [ORDERS]),
        (changes.DropTable(ORDERS), [ORDERS]),
        (changes.RenameTable(ORDERS, SALES), [ORDERS, SALES]),
    ],
    ids=["added", "dropped", "renamed", "table dropped", "table renamed"],
)
def test_only_what_may_break_a_reader_is_asked_for(change: Any, places: list[TableId]):
    assert sorted(touched_places([change], ViewsInForce())) == sorted(places)


def test_nothing_is_asked_for_where_nothing_changes():
    assert [*touched_places([], ViewsInForce())] == []


def test_a_new_view_comes_after_the_new_table_and_view_that_it_reads(db: TestDatabase):
    low = View("low", "SELECT id FROM orders")
    top = View("a_top", "SELECT id FROM low")
    project = db.project(declared("orders", "id Int64"), top, low)

    plan = plan_for(project, db.clickhouse, Options(**db.options)).plan

    assert [action.resource.name for action in plan.every_action] == ["orders", "low", "a_top"]


def test_a_view_goes_before_the_view_that_it_reads(db: TestDatabase):
    db.live("orders (id Int64) ORDER BY id")
    low = View("low", "SELECT id FROM orders")
    top = View("a_top", "SELECT id FROM low")
    db.reconcile(declared("orders", "id Int64"), low, top, adopt=True)

    outcome = db.reconcile(declared("orders", "id Int64"), prune=True, allow_mass_removal=True)

    dropped = [result.action.resource.name for result in outcome.results]
    assert dropped == ["a_top", "low"]
