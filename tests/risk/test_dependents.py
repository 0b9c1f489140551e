"""Which changes of a table break a materialized view that reads or fills it."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.dependents import Reader, broken_reader
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.testing import a_column

ORDERS, TOTALS = TableId("shop", "orders"), TableId("shop", "totals")
VIEW = ViewId("shop", "totals_mv")
QUERY = "SELECT id, n FROM shop.orders"
READING = Reader(VIEW, ORDERS, QUERY, target=TOTALS)
LETTING_GO = Reader(VIEW, ORDERS, QUERY, later="SELECT id FROM shop.orders", target=TOTALS)
FILLING = Reader(VIEW, TOTALS, QUERY, target=TOTALS)
N, OTHER = a_column("n Int64"), a_column("other Int64")


@pytest.mark.parametrize(
    ("change", "reader"),
    [
        (changes.DropColumn(ORDERS, N), READING),
        (changes.RenameColumn(ORDERS, N, "m"), READING),
        (changes.RenameTable(TableId("shop", "sales"), ORDERS), READING),
        (changes.RenameTable(TableId("shop", "sums"), TOTALS), FILLING),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_view_names_is_not_taken_from_it(change, reader):
    assessed = broken_reader(change, [reader])

    assert assessed is not None
    assert assessed.risk is Risk.IMPOSSIBLE
    assert "the materialized view shop.totals_mv" in assessed.why


@pytest.mark.parametrize(
    ("change", "reader"),
    [
        (changes.DropColumn(ORDERS, OTHER), READING),
        (changes.RenameColumn(ORDERS, OTHER, "others"), READING),
        (changes.AddColumn(ORDERS, OTHER, "n"), READING),
        (changes.ChangeTableComment(ORDERS, "", "x"), READING),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_view_does_not_name_may_change(change, reader):
    assert broken_reader(change, [reader]) is None


def test_a_view_lets_go_of_what_its_next_query_lacks():
    assert LETTING_GO.lets_go_of("n")
    assert not LETTING_GO.lets_go_of("id")
    assert not READING.lets_go_of("n")


def test_a_view_fills_the_columns_that_its_query_puts_out():
    assert FILLING.fills("n")
    assert not FILLING.fills("other")
    assert not READING.fills("n")
