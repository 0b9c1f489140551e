"""The differences of two tables are one change for each facet."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.tables import Renames, diff_tables, renamed_tables
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Default, Engine, Index
from moose_dagster.testing import a_column, a_table

ORDERS = a_table("id Int64", "note String")
RENAMED = TableId("shop", "purchases")


def diff(live, desired, **renames):
    return diff_tables(state(live), state(desired), Renames(**renames))


def state(table):
    return State({table.id: table} if table else {})


def test_equal_tables_have_no_difference():
    assert diff(ORDERS, a_table("id Int64", "note String")) == ()


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        (a_table("id Int64", "note String", "n Int8"), [changes.AddColumn]),
        (a_table("id Int64"), [changes.DropColumn]),
        (a_table("id Int64", "note Int8"), [changes.ChangeType]),
        (
            a_table("id Int64", a_column("note String", default=Default("DEFAULT", "'x'"))),
            [changes.ChangeDefault],
        ),
        (a_table("id Int64", a_column("note String", codec="ZSTD(3)")), [changes.ChangeCodec]),
        (a_table("id Int64", a_column("note String", comment="x")), [changes.ChangeColumnComment]),
        (a_table("id Int64", "note String", order_by=("note",)), [changes.ChangeOrderBy]),
        (a_table("id Int64", "note String", partition_by="id"), [changes.ChangePartitionBy]),
        (a_table("id Int64", "note String", comment="x"), [changes.ChangeTableComment]),
        (
            a_table("id Int64", "note String", engine=Engine("ReplacingMergeTree")),
            [changes.ChangeEngine],
        ),
        (
            a_table("id Int64", "note String", indexes=(Index("i", "id", "minmax"),)),
            [changes.AddElement],
        ),
        (None, [changes.DropTable]),
    ],
)
def test_each_facet_has_a_change_of_its_own(desired, expected):
    assert [type(change) for change in diff(ORDERS, desired)] == expected


def test_a_missing_table_is_created_as_a_whole():
    assert diff(None, ORDERS) == (changes.CreateTable(ORDERS),)


def test_a_declared_rename_keeps_the_column():
    desired = a_table("id Int64", "remark String")

    (change,) = diff(ORDERS, desired, columns={ORDERS.id: {"remark": "note"}})

    assert isinstance(change, changes.RenameColumn)
    assert (change.live.name, change.desired) == ("note", "remark")


def test_a_table_is_renamed_only_while_the_earlier_name_alone_is_live():
    desired = State({RENAMED: a_table("id Int64", "note String", name="shop.purchases")})
    renames = Renames(tables={RENAMED: ORDERS.id})

    assert renamed_tables(state(ORDERS), desired, renames) == {RENAMED: ORDERS.id}
    assert diff_tables(state(ORDERS), desired, renames) == (
        changes.RenameTable(RENAMED, ORDERS.id),
    )
    both = State({**desired.tables, ORDERS.id: ORDERS})
    assert renamed_tables(both, desired, renames) == {}
