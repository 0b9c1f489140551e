"""The expressions of a table, where each stands, and the query that tells whether they fit."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.expressions import Expression, expressions_of, places_in, query_of
from moose_dagster.state.tables import Constraint, Default, Engine, Index
from moose_dagster.testing import a_column, a_table

TOTAL = a_column("total Int64", default=Default("DEFAULT", "id + 1"))


def test_each_expression_is_checked_where_it_is():
    table = a_table(
        "id Int64",
        TOTAL,
        "ts DateTime",
        partition_by="toYYYYMM(ts)",
        ttl="ts + toIntervalDay(1)",
        constraints=(Constraint("positive", "CHECK", "id > 0"),),
        indexes=(Index("i", "total", "minmax", 1),),
    )

    assert [*expressions_of(table)] == [
        Expression("default of total", "CAST(id + 1, 'Int64')"),
        Expression("index i", "tuple(total)"),
        Expression("constraint positive", "if(id > 0, 1, 0)"),
        Expression("ORDER BY", "tuple(id)"),
        Expression("PARTITION BY", "(toYYYYMM(ts))"),
        Expression("TTL", "toDateTime(ts + toIntervalDay(1))"),
    ]


def test_an_engine_without_keys_has_none_to_check():
    table = a_table("id Int64", engine=Engine("Memory"), order_by=())

    assert [*expressions_of(table)] == []


def test_the_query_reads_no_rows():
    query = query_of(a_table("id Int64", "it's String"), ["tuple(id)"])

    assert query == r"SELECT tuple(id) FROM null('`id` Int64, `it\'s` String') LIMIT 0"


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (lambda table: changes.AddColumn(table, TOTAL, None), ("default of total",)),
        (lambda table: changes.AddColumn(table, a_column("n Int8"), None), ()),
        (lambda table: changes.ChangeOrderBy(table, ("id",), ("n",), None), ("ORDER BY",)),
        (lambda table: changes.ChangeTableTtl(table, "", "ts"), ("TTL",)),
    ],
)
def test_a_change_brings_the_expressions_of_its_place(change, places):
    table = a_table("id Int64").id

    assert places_in(change(table)) == (table, places)


def test_what_goes_brings_no_expression():
    assert places_in(changes.DropColumn(a_table("id Int64").id, TOTAL)) == (None, ())
