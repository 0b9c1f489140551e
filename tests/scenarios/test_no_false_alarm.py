"""Whatever spelling the code chose, a second plan is empty."""

from datetime import datetime

import pytest
from lacking import takes
from pydantic import Field, create_model
from scenarios.database import DP, EM, FM, declared
from scenarios.every_type import EveryType

from moose_dagster import OlapConfig, OlapTable, TableIndex, View, ViewConfig

SPELLINGS = [
    # column as written, other declared columns may be used
    "x Float64 DEFAULT 100.0",
    "x Float64 DEFAULT 1+1",
    "x Float64 DEFAULT 1e3",
    "x String DEFAULT id::String",
    "x String DEFAULT 'it''s'",
    "x String DEFAULT CAST(id AS String)",
    "x String DEFAULT LOWER('A')||'x'",
    "x DateTime DEFAULT now() - INTERVAL 1 DAY",
    "x DateTime DEFAULT NOW()",
    "x DateTime DEFAULT date_trunc('day', now())",
    "x DateTime DEFAULT CURRENT_TIMESTAMP",
    "x UInt8 DEFAULT id BETWEEN 1 AND 2",
    "x Int64 DEFAULT CASE WHEN id=1 THEN 2 ELSE 3 END",
    "x Int64 MATERIALIZED id*2",
    "x Int64 ALIAS id+1",
    "x Array(Int64) DEFAULT [1,2]",
    "x Map(String,Int64) DEFAULT map('a',1)",
    "x Nullable(Int64) DEFAULT NULL",
    "x Int64 CODEC(Delta, LZ4)",
    "x Int16 CODEC(Delta, LZ4)",
    "x Array(Int32) CODEC(Delta, LZ4)",
    "x String CODEC(LZ4HC)",
    "x String CODEC(ZSTD)",
    "x Float32 CODEC(Gorilla, ZSTD)",
    "x Float64 CODEC(FPC)",
    "x DateTime64(3) CODEC(DoubleDelta, LZ4)",
    "x Int64 COMMENT 'TTL of the ENGINE, ORDER BY id'",
    "x Decimal32(4)",
    "x Decimal(10)",
    "x varchar",
    "x BOOLEAN",
    "x DateTime64",
    "x Enum('b'=2,'a'=1)",
    "x Enum('p', 'q')",
    "x Map(varchar, Enum8('b'=2,'a'=1))",
    "x Tuple(e Enum8('b'=2,'a'=1), `f g` Decimal32(4))",
    "x Tuple(a Int8, `b c` String)",
    "x JSON(b Int64, a String, SKIP c)",
    "x LowCardinality(Nullable(String))",
    "x Array(Nullable(Int64))",
    "x Map(String, Nullable(Int64))",
    "x Tuple(a Nullable(Int8), b Array(Nullable(String)))",
    "x SimpleAggregateFunction(max, Int64)",
    "x SimpleAggregateFunction(maxMap, Map(String,UInt64))",
    "x AggregateFunction(sum,int)",
    "x AggregateFunction(argMax, Tuple(a Enum('p','q'), b varchar), DateTime64(3,'UTC'))",
    "x AggregateFunction(COUNT)",
    "x JSON(`a b`.c int, d Nullable(DOUBLE PRECISION))",
    "x Dynamic( max_types = 32 )",
    "x INT UNSIGNED",
    "x double precision",
]


def different(db, tables):
    """Return which of *tables*, by their spelling, the next plan changes."""
    spelling_of = {table.name: spelling for spelling, table in tables.items()}
    return [
        (spelling_of[step.resource.name], step.reason)
        for step in db.plan_result(*tables.values()).plan.steps
    ]


def test_34_a_column_in_any_spelling_is_equal_to_what_it_became(db, server_version):
    taken = [column for column in SPELLINGS if takes(server_version, column)]
    tables = {
        column: db.declared_column(f"t{number}", column) for number, column in enumerate(taken)
    }

    db.reconcile(*tables.values())

    assert different(db, tables) == []


STORED = [
    {"order_by_expression": "(id,ts)"},
    {"order_by_expression": "( `id` , ts )"},
    {"order_by_expression": "(id)"},
    {"order_by_expression": "id, date_trunc('day',ts)"},
    {"order_by_expression": "tuple()"},
    {"order_by_fields": ["id", "ts"], "primary_key_expression": "(id)"},
    {"order_by_fields": ["id", "ts"], "primary_key_expression": "id,ts"},
    {"partition_by": "(toYYYYMM(ts),id%3)"},
    {"partition_by": "(id)"},
    {"partition_by": "tuple(toYYYYMM(ts))"},
    {"ttl": "ts + INTERVAL 30 DAY"},
    {"ttl": "ts + INTERVAL '30' DAY DELETE WHERE id=3"},
    {"ttl": "ts+INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(17)), ts+INTERVAL 2 DAY"},
    {"settings": {"min_bytes_for_wide_part": "10M"}},
    {"settings": {"min_bytes_for_wide_part": "11M", "merge_with_ttl_timeout": 7200}},
    {"settings": {"merge_with_ttl_timeout": 7200, "min_bytes_for_wide_part": 11534336}},
    {"settings": {"enable_mixed_granularity_parts": True}},
    {"settings": {"index_granularity": 8192}},
    {
        "settings": {
            "min_rows_for_wide_part": 1e3,
            "ratio_of_defaults_for_sparse_serialization": 0.50,
        }
    },
    {"ttl": "now() + INTERVAL 1 MONTH", "settings": {"allow_suspicious_ttl_expressions": 1}},
    {"comment": "not the TTL, nor the ENGINE = or ORDER BY it's"},
]


def test_34_35_storage_in_any_spelling_is_equal_to_what_it_became(db):
    columns = "id UInt64; ts DateTime"
    tables = {
        str(config): declared(f"t{n}", columns, DP, **config) for n, config in enumerate(STORED)
    }

    db.reconcile(*tables.values())

    assert different(db, tables) == []


COMMENTS = [
    "TTL ts + INTERVAL 1 DAY",
    "ENGINE = Memory",
    "ORDER BY id",
    "it's `x` COMMENT 'y' SETTINGS a = 1)",
    "\\n\n%s {x}",
]


@pytest.mark.parametrize("comment", COMMENTS)
def test_39_a_comment_may_hold_the_words_of_a_statement(db, comment):
    model = create_model(
        "Row", id=(int, Field(description=comment)), ts=(datetime, Field(description=comment))
    )
    table = OlapTable[model]("orders", OlapConfig(order_by_fields=["id"], comment=comment))
    view = View("recent", "SELECT id FROM orders", config=ViewConfig(comment=comment))
    db.reconcile(table, view)
    db.writes()

    assert db.plan(table, view) == {}
    assert db.rows(
        f"SELECT DISTINCT comment FROM system.tables WHERE database = '{db.database}'"
    ) == [(comment,)]


PARTS = [
    TableIndex("a", "id", "minmax"),
    TableIndex("b", "lower( hex(id) )", "bloom_filter"),
    TableIndex("c", "(id,ts)", "set", ["100"]),
    TableIndex("d", "ts", "MinMax"),
]


def test_35_the_order_of_indexes_and_of_the_members_of_an_enum_is_not_a_change(db):
    columns = "id UInt64; ts DateTime; e Enum8({})"
    db.reconcile(declared("orders", columns.format("'a'=1,'b'=2"), DP, indexes=PARTS))

    assert (
        db.plan(declared("orders", columns.format("'b' = 2, 'a' = 1"), DP, indexes=PARTS[::-1]))
        == {}
    )


@pytest.mark.requires("25.8", "JSON is experimental and off")
def test_35_the_order_of_paths_in_json_is_not_a_change(db):
    db.reconcile(declared("orders", "id UInt64; j JSON(b Int64, a String, SKIP c, SKIP d)"))

    assert db.plan(declared("orders", "id UInt64; j JSON(a String, SKIP d, b Int64, SKIP c)")) == {}


WIDTHS = [
    f"x {type_} CODEC({codec})"
    for type_ in ("Int8", "UInt16", "Date", "Int64")
    for codec in ("Delta, LZ4", "DoubleDelta")
]


NO_WIDTH = [
    *("x Float32 CODEC(Gorilla)", "x Int64 CODEC(T64, LZ4HC)", "x Int64 CODEC(T64('byte'), LZ4)"),
    *("x Float64 CODEC(FPC(12, 8))", "x SimpleAggregateFunction(sum, UInt64) CODEC(Delta, LZ4)"),
    *(
        "x Tuple(a Int64, b Array(Int64)) CODEC(Delta, LZ4)",
        "x Tuple(a Int64, b Int32) CODEC(Delta, LZ4)",
    ),
    "x FixedString(4) CODEC(Delta, LZ4)",
]


def test_36_a_codec_without_its_width_is_equal_to_what_it_became(db):
    theirs, ours = dict[str, OlapTable](), dict[str, OlapTable]()
    for number, column in enumerate([*WIDTHS, *NO_WIDTH]):
        theirs[column] = db.declared_column(f"t{number}", column, DP)
        ours[f"{column}, created"] = db.declared_column(f"u{number}", column, DP)
        db.live(f"t{number} (id Int64, {column}) ENGINE = MergeTree ORDER BY id")
    tables = theirs | ours

    db.reconcile(*ours.values())

    assert different(db, tables) == []


def test_37_life_cycle_and_metadata_are_not_a_change(db):
    db.reconcile(declared("orders", "id UInt64; ts DateTime"))

    assert (
        db.plan(declared("orders", "id UInt64; ts DateTime", DP, metadata={"owners": ["team:x"]}))
        == {}
    )


def test_38_the_default_database_may_be_named_or_not(db):
    db.reconcile(declared("orders", "id UInt64"))

    assert db.plan(declared("orders", "id UInt64", database=db.database)) == {}


def test_40_a_second_run_sends_no_statement(db):
    tables = [
        declared("a", "id UInt64; n Int64", FM),
        declared("b", "id UInt64", DP),
        declared("c", "id UInt64", EM),
    ]
    db.reconcile(*tables)
    db.writes()

    outcome = db.reconcile(*tables, prune=True)

    assert outcome.results == ()
    assert db.writes() == []


def test_names_that_need_quotes_are_created_altered_and_compared(db):
    for columns in ("from String", "from String; a-b Int64; select Int64; ключ String"):
        table = declared("odd table-name", columns)
        db.reconcile(table)
        assert db.plan(table) == {}


@pytest.mark.requires("25.8", "JSON is experimental and off")
def test_a_model_of_plain_python_types_is_equal_to_what_it_became(db):
    table = OlapTable[EveryType]("every_type", OlapConfig(order_by_fields=["id"]))

    db.reconcile(table)

    assert db.plan(table) == {}
