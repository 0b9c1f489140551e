"""Rows of system tables that hold what nobody expected: one table is named, the others are read."""

import pytest

from moose_dagster.live.tables import read_tables
from moose_dagster.sql.quoting import UnreadableTextError, text_in
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Unread

FINE = (
    "CREATE TABLE shop.other (`id` Int64, INDEX i id TYPE minmax GRANULARITY 2) ENGINE = "
    "MergeTree ORDER BY id"
)
ODD = "CREATE TABLE shop.odd (`id` Int64 COMMENT x) ENGINE = MergeTree ORDER BY id"


class Rows:
    """A server that answers each query with rows made by hand."""

    def query(self, sql, parameters=None):
        if "system.columns" in sql:
            return [("shop", table, "id", "Int64", "", "", "", "") for table in ("odd", "other")]
        return [
            ("shop", name, "", "MergeTree", "MergeTree ORDER BY id", "", text, 0, 0)
            for name, text in (("odd", ODD), ("other", FINE))
        ]

    def query_once(self, sql):
        return []


def test_a_definition_that_can_not_be_read_is_one_tables_matter():
    odd, other = TableId("shop", "odd"), TableId("shop", "other")

    found = read_tables(Rows(), [odd, other])

    assert found.state.tables[odd].unread == Unread(definition=True)
    assert found.facts[odd].not_understood == (
        "everything but its columns, as x is not a text in quotes",
    )
    assert found.state.tables[other].indexes[0].granularity == 2
    assert found.facts[other].not_understood == ()


@pytest.mark.parametrize("text", ["", "x", "x'", "'x", "`x'", "'"])
def test_what_has_no_quotes_is_not_a_text(text):
    with pytest.raises(UnreadableTextError):
        text_in(text)
