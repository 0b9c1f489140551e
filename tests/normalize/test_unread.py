"""What could not be read of a live table does not differ."""

from dataclasses import replace

import pytest

from moose_dagster.normalize.unread import without_unread
from moose_dagster.state.tables import Default, Unread
from moose_dagster.testing import a_column, a_table

LIVE = a_table("id Int64", a_column("n Int8", default=Default("DEFAULT", "1")), ttl="toDate(id)")
DESIRED = a_table("id Int64", a_column("n Int64", default=Default("DEFAULT", "2")), comment="x")


def test_a_table_that_was_read_is_compared_as_a_whole():
    assert without_unread(DESIRED, LIVE) == DESIRED


def test_without_its_columns_nothing_is_compared():
    live = replace(LIVE, unread=Unread(columns="a name is not valid UTF-8"))

    assert without_unread(DESIRED, live) == live


@pytest.mark.parametrize("facet", ["ttl", "order_by", "settings", "engine", "indexes"])
def test_without_its_definition_what_only_that_tells_is_taken_over(facet):
    live = replace(LIVE, unread=Unread(definition="it can't be printed"))

    compared = without_unread(DESIRED, live)

    assert getattr(compared, facet) == getattr(live, facet)
    assert compared.column("n").default == live.column("n").default
    assert (compared.column("n").type, compared.comment) == ("Int64", "x")
