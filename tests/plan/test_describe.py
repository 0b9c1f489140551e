"""Each change is named by its facet, its column and both sides."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.plan.describe import describe, difference_of, is_facet, subject_of
from moose_dagster.state.tables import Default, Index
from moose_dagster.testing import a_column, a_table

ORDERS = a_table("id Int64").id
N, WIDE = a_column("n Int8"), a_column("n Int64")
FIVE = a_column("n Int8", default=Default("DEFAULT", "5"))


@pytest.mark.parametrize(
    ("change", "facet", "column", "live", "declared"),
    [
        (changes.AddColumn(ORDERS, N, "id"), "column", "n", "(absent)", "Int8"),
        (changes.DropColumn(ORDERS, N), "column", "n", "Int8", "(absent)"),
        (changes.ChangeType(ORDERS, N, WIDE), "type", "n", "Int8", "Int64"),
        (changes.ChangeDefault(ORDERS, N, FIVE), "default", "n", "(none)", "DEFAULT 5"),
        (changes.ChangeTableComment(ORDERS, "", "x"), "comment", "", "(none)", "x"),
    ],
)
def test_a_change_is_a_facet_and_two_sides(change, facet, column, live, declared):
    text = describe(change)

    assert (text.facet, text.column, text.live, text.declared) == (facet, column, live, declared)
    assert is_facet(f"{facet} {column}".strip())


def test_the_subject_names_the_table_the_column_and_the_change():
    assert subject_of(changes.ChangeType(ORDERS, N, WIDE)) == "shop.orders.n: type Int8 -> Int64"


def test_a_difference_names_both_sides():
    text = difference_of(changes.AddElement(ORDERS, Index("i", "n", "minmax")))

    assert text.startswith("shop.orders")
    assert "i" in text
