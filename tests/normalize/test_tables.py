"""Tables of both sides under the same names, as far as the project may change them."""

from scenarios.database import EM, declared

from moose_dagster import Project
from moose_dagster.diff.table_changes import AddColumn, RenameTable
from moose_dagster.diff.tables import Renames
from moose_dagster.normalize.tables import (
    is_managed,
    managed_changes,
    renames_of,
    under_declared_names,
)
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.testing import a_table

ORDERS, OLD = TableId("shop", "orders"), TableId("shop", "old")
PROJECT = Project(
    "shop",
    [
        declared("orders", "id Int64; n Int8", renamed_from="old"),
        declared("theirs", "id Int64", EM),
    ],
    database="shop",
)


def state(*tables):
    return State({table.id: table for table in tables})


def test_an_external_table_is_never_changed():
    assert is_managed(PROJECT, ORDERS)
    assert not is_managed(PROJECT, TableId("shop", "theirs"))


def test_a_renamed_table_has_its_declared_name_and_nothing_else_changes():
    live = state(a_table("id Int64", name="shop.old"), a_table("id Int64", name="shop.other"))

    found = under_declared_names(live, {ORDERS: OLD}, renames_of(PROJECT))

    assert found == state(
        a_table("id Int64", name="shop.orders"), a_table("id Int64", name="shop.other")
    )


def test_a_renamed_column_is_renamed_wherever_the_table_names_it():
    live = state(a_table("a Int64", "n Int8", order_by=("a",), ttl="toDateTime(a)"))

    found = under_declared_names(live, {}, Renames(columns={ORDERS: {"id": "a"}}))

    assert found == state(a_table("id Int64", "n Int8", order_by=("id",), ttl="toDateTime(id)"))


def test_a_rename_that_was_made_already_or_of_nothing_changes_nothing():
    live = state(a_table("a Int64", "id Int64"))

    for columns in ({"id": "a"}, {"id": "gone"}):
        assert under_declared_names(live, {}, Renames(columns={ORDERS: columns})) == live


def test_only_live_tables_that_the_project_may_change_are_compared():
    live = state(a_table("id Int64", name="shop.old"), a_table("x Int8", name="shop.theirs"))

    changes = managed_changes(PROJECT, live, PROJECT.desired.state)

    assert [type(change) for change in changes] == [RenameTable, AddColumn]
    assert {change.table for change in changes} == {ORDERS}
