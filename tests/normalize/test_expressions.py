"""Expressions and types are compared in the spelling of the server."""

import pytest

from moose_dagster.normalize.expressions import formatted, normalized
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Default
from moose_dagster.testing import a_column, a_table


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("SELECT 1+1", "SELECT 1 + 1"),
        ("SELECT  lower( x )", "SELECT lower(x)"),
        ("SELECT date_trunc('day', ts)", "SELECT dateTrunc('day', ts)"),
    ],
)
@pytest.mark.requires("26.9", "DATE_TRUNC is stored as it is written")
def test_a_text_is_what_the_server_stores_for_it(connected, written, stored):
    assert formatted(connected, [written]) == {written: stored}


def test_a_text_that_is_not_sql_has_no_answer(connected):
    assert formatted(connected, ["SELECT ((", "SELECT 1"]) == {"SELECT 1": "SELECT 1"}


def test_another_spelling_of_the_live_default_does_not_differ(db):
    live = a_table("id Int64", a_column("n Int64", default=Default("DEFAULT", "1 + 1")))
    desired = a_table("id Int64", a_column("n Int64", default=Default("DEFAULT", "1+1")))

    found = normalized(db.clickhouse, State({live.id: live}), State({live.id: desired}))

    assert found.state == State({live.id: live})
    assert found.unknown == {}


def test_a_facet_that_the_server_can_not_read_is_named_and_not_compared(db):
    live = a_table("id Int64", a_column("n Int64", default=Default("DEFAULT", "1")))
    desired = a_table("id Int64", a_column("n Int64", default=Default("DEFAULT", "(1")))

    found = normalized(db.clickhouse, State({live.id: live}), State({live.id: desired}))

    assert found.state == State({live.id: live})
    assert found.unknown == {live.id: ("default of n",)}


def test_equal_states_ask_nothing(db):
    state = State({a_table("id Int64").id: a_table("id Int64")})
    before = db.clickhouse.queries

    assert normalized(db.clickhouse, state, state).state == state
    assert db.clickhouse.queries == before
