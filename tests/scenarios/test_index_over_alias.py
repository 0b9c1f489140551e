"""What indexes an ALIAS follows the ALIAS: an index hides no row from a query."""

import pytest
from scenarios.database import DP, FM, declared_as

from moose_dagster import (
    OlapConfig,
    Options,
    TableConstraint,
    TableIndex,
    TableProjection,
    plan_for,
)
from moose_dagster.plan.describe import describe

COLUMNS = ["k UInt64", "c UInt64"]
A_SET = TableIndex("ix", "a", "set", ["100"], 1)
B_SET = TableIndex("ix", "b", "set", ["100"], 1)
CHANGES = [
    # index, live columns, declared ones, the rows to find
    (A_SET, ["a String ALIAS toString(c)"], ["a String ALIAS concat('x', toString(c))"],
     "a = 'x111'"),
    (
        TableIndex("ix", "a", "minmax", [], 1),
        ["a UInt64 ALIAS c"], ["a UInt64 ALIAS c + 1000"], "a = 1111",
    ),
    (
        TableIndex("ix", "lower(a)", "bloom_filter", [], 1),
        ["a String ALIAS toString(c)"], ["a String ALIAS concat('X', toString(c))"],
        "lower(a) = 'x111'",
    ),
    (
        B_SET,
        ["a String ALIAS toString(c)", "b String ALIAS a"],
        ["a String ALIAS concat('x', toString(c))", "b String ALIAS a"],
        "b = 'x111'",
    ),
    (
        B_SET,
        ["a UInt64 ALIAS c", "b String ALIAS toString(a)"],
        ["a String ALIAS concat('x', toString(c))", "b String ALIAS toString(a)"],
        "b = 'x111'",
    ),
]  # fmt: skip
IDS = ["set", "minmax", "function", "alias of an alias", "another type"]


def hits(columns, life_cycle=DP, **config):
    config = {"settings": {"index_granularity": 4}, "order_by_fields": ["k"], **config}
    return declared_as("hits", [*COLUMNS, *columns], OlapConfig(life_cycle=life_cycle, **config))


@pytest.mark.parametrize(("index", "live", "desired", "where"), CHANGES, ids=IDS)
def test_an_index_follows_the_alias_that_it_reads(db, index, live, desired, where):
    db.reconcile(hits(live, indexes=[index]))
    db.raw("INSERT INTO shop.hits (k, c) SELECT number, number * 3 FROM numbers(64)")
    table = hits(desired, indexes=[index])

    db.reconcile(table)

    count = f"SELECT count() FROM shop.hits WHERE {where} SETTINGS use_skip_indexes = "
    assert (db.value(f"{count}1"), db.value(f"{count}0")) == (1, 1)
    assert db.plan(table) == {}


def test_an_index_follows_a_stored_column_that_becomes_an_alias(db):
    db.reconcile(hits(["a String DEFAULT toString(c)"], FM, indexes=[A_SET]))
    db.raw("INSERT INTO shop.hits (k, c) SELECT number, number * 3 FROM numbers(64)")
    table = hits(["a String ALIAS concat('x', toString(c))"], FM, indexes=[A_SET])

    db.reconcile(table)

    count = "SELECT count() FROM shop.hits WHERE a = 'x111' SETTINGS use_skip_indexes = "
    assert (db.value(f"{count}1"), db.value(f"{count}0")) == (1, 1)
    assert db.plan(table) == {}


# ClickHouse 26.9 takes no ALIAS in a TTL, a constraint or a key (47), and would refuse the ALTER.
USED = {
    "TTL": {"ttl": "toDateTime(a) + INTERVAL 100 YEAR"},
    "constraint": {"constraints": [TableConstraint("positive", "a > 0")]},
    "ORDER BY": {"order_by_fields": ["k", "a"]},
}


@pytest.mark.parametrize("use", USED)
def test_a_column_that_is_used_by_a_ttl_a_constraint_or_a_key_becomes_no_alias(db, use):
    db.reconcile(hits(["a UInt64"], FM, **USED[use]))
    rest = USED[use] if use == "constraint" else {}
    project = db.project(hits(["a UInt64 ALIAS c"], FM, **rest))

    plan = plan_for(project, db.clickhouse, Options(**db.options)).plan

    (verdict,) = {step.verdict.value for step in plan.steps if describe(step.change).column == "a"}
    assert verdict == "BLOCK"


def test_a_projection_follows_the_alias_that_it_reads(db):
    projections = {"projections": [TableProjection("per_a", "SELECT a, count() GROUP BY a")]}
    db.reconcile(hits(["a UInt64 ALIAS c"], **projections))
    db.raw("INSERT INTO shop.hits (k, c) SELECT number, number * 3 FROM numbers(64)")
    table = hits(["a UInt64 ALIAS c + 1000"], **projections)

    db.reconcile(table)

    groups = "(SELECT a, count() FROM shop.hits GROUP BY a)"
    largest = f"SELECT max(a) FROM {groups} SETTINGS optimize_use_projections = "
    assert db.value(f"{largest}1") == db.value(f"{largest}0") == 1189
    assert db.plan(table) == {}
