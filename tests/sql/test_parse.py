"""What the server prints of a table is parsed; columns may be named like clauses."""

import pytest

from moose_dagster.sql.parse import parse_columns, parse_storage
from moose_dagster.sql.ttl import ttl_elements
from moose_dagster.state.tables import Column, Default, Index

COLUMNS = [
    (
        "`a` Int64 DEFAULT id + COMMENT COMMENT 'x'",
        Column("a", "Int64", Default("DEFAULT", "id + COMMENT"), "", "x"),
    ),
    (
        (
            "`a` Int64 MATERIALIZED TTL * TTL TTL SETTINGS + toIntervalDay(1) SETTINGS "
            "(max_compress_block_size = 9)"
        ),
        Column(
            *("a", "Int64", Default("MATERIALIZED", "TTL * TTL")),
            ttl="SETTINGS + toIntervalDay(1)",
            settings={"max_compress_block_size": "9"},
        ),
    ),
    ("`a` Int64 TTL ts + TTL", Column("a", "Int64", ttl="ts + TTL")),
    (
        "`a` Int64 DEFAULT id - STATISTICS STATISTICS(tdigest)",
        Column("a", "Int64", Default("DEFAULT", "id - STATISTICS"), statistics="tdigest"),
    ),
    (
        "`a` Int64 DEFAULT -CODEC CODEC(ZSTD(3))",
        Column("a", "Int64", Default("DEFAULT", "-CODEC"), codec="ZSTD(3)"),
    ),
]
INDEXES = [
    ("INDEX i id + TYPE TYPE minmax GRANULARITY 1", Index("i", "id + TYPE", "minmax")),
    ("INDEX i TYPE TYPE set(2) GRANULARITY 3", Index("i", "TYPE", "set(2)", 3)),
    (
        "INDEX i id * GRANULARITY TYPE minmax GRANULARITY 2",
        Index("i", "id * GRANULARITY", "minmax", 2),
    ),
    ("INDEX TYPE (TYPE, GRANULARITY) TYPE minmax", Index("TYPE", "(TYPE, GRANULARITY)", "minmax")),
]


@pytest.mark.parametrize(("text", "column"), COLUMNS)
def test_a_column_is_read(text, column):
    assert parse_columns(text).columns == {"a": column}


@pytest.mark.parametrize(("text", "index"), INDEXES)
def test_an_index_is_read(text, index):
    found = parse_columns(text)

    assert (found.elements, found.others) == ((index,), ())


def test_the_clauses_of_a_storage_are_read():
    found = parse_storage(
        "MergeTree PARTITION BY id % SETTINGS PRIMARY KEY PRIMARY ORDER BY (PRIMARY, "
        "KEY, ORDER) SAMPLE BY SAMPLE "
        "TTL ts + TTL DELETE WHERE SETTINGS = 1 SETTINGS index_granularity = 1"
    )

    assert found.partition_by == "id % SETTINGS"
    assert found.primary_key == "PRIMARY"
    assert found.order_by == "(PRIMARY, KEY, ORDER)"
    assert found.sample_by == "SAMPLE"
    assert found.ttl == "ts + TTL DELETE WHERE SETTINGS = 1"
    assert found.settings == {"index_granularity": "1"}


def test_the_elements_of_a_ttl_are_read():
    found = ttl_elements(
        "DELETE + toIntervalDay(1), ts DELETE WHERE WHERE AND DELETE, "
        "ts GROUP BY id, SET SET DELETE = max(DELETE), WHERE = max(WHERE)"
    )

    assert [(element.expires, element.where, element.rolls_up) for element in found] == [
        ("DELETE + toIntervalDay(1)", "", False),
        ("ts", "WHERE AND DELETE", False),
        ("ts", "", True),
    ]
