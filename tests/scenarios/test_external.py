"""External tables: every difference is named, nothing is ever written."""

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import (
    Options,
    ReplacingMergeTreeEngine,
    ServerUnreachable,
    TableIndex,
    TableProjection,
    plan_for,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.report.rows import rows_of

LIVE = "orders (id UInt64, ts DateTime, n Int64) ENGINE = MergeTree ORDER BY id"
COLUMNS = "id UInt64; ts DateTime; n Int64"

DIFFERENT = [
    # what, declared columns, config, facet, column, declared, live
    ("extra column", "id UInt64; ts DateTime", {}, "column", "n", "(absent)", "Int64"),
    ("missing column", f"{COLUMNS}; x String", {}, "column", "x", "String", "(absent)"),
    ("type", "id UInt64; ts DateTime; n Int32", {}, "type", "n", "Int32", "Int64"),
    (
        "nullability",
        "id UInt64; ts DateTime; n Nullable(Int64)",
        {},
        "nullability",
        "n",
        "Nullable(Int64)",
        "Int64",
    ),
    (
        "TTL",
        COLUMNS,
        {"ttl": "ts + toIntervalDay(1)"},
        "TTL",
        "",
        "ts + toIntervalDay(1)",
        "(none)",
    ),
    ("ORDER BY", COLUMNS, {"order_by_fields": ["ts"]}, "ORDER BY", "", "(ts)", "(id)"),
    ("PARTITION BY", COLUMNS, {"partition_by": "ts"}, "PARTITION BY", "", "ts", "(none)"),
    (
        *("engine", COLUMNS, {"engine": ReplacingMergeTreeEngine(ver="n")}),
        *("engine", "", "ReplacingMergeTree(n)", "MergeTree"),
    ),
    (
        *("setting", COLUMNS, {"settings": {"merge_with_ttl_timeout": 9}}),
        *("setting merge_with_ttl_timeout", "", "9", "(none)"),
    ),
    ("comment", COLUMNS, {"comment": "hi"}, "comment", "", "hi", "(none)"),
]


@pytest.mark.parametrize("row", DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_41_a_difference_of_an_external_table_is_named_with_both_sides(db, row):
    _, columns, config, *expected = row
    db.live(LIVE)

    found = rows_of(db.plan_result(declared("orders", columns, EM, **config)).plan)

    assert [[row.facet, row.column, row.declared, row.live] for row in found] == [expected]
    assert found[0].decision == "drift, nothing written"


COLUMN_FACETS = [
    # live column, declared column, facet, declared, live
    ("x Int64 DEFAULT 1", "x Int64 DEFAULT 2", "default", "DEFAULT 2", "DEFAULT 1"),
    ("x Int64", "x Int64 MATERIALIZED 2", "default", "MATERIALIZED 2", "(none)"),
    ("x Int64 CODEC(LZ4)", "x Int64", "codec", "(none)", "LZ4"),
    ("x Int64 COMMENT 'a'", "x Int64 COMMENT 'b'", "comment", "b", "a"),
    ("x Date", "x Date TTL x + toIntervalDay(1)", "TTL", "x + toIntervalDay(1)", "(none)"),
]


@pytest.mark.parametrize(
    "row", COLUMN_FACETS, ids=[f"{row[0]} / {row[1]}" for row in COLUMN_FACETS]
)
def test_41_a_different_property_of_a_column_is_named_with_both_sides(db, row):
    live, desired, facet, declared_text, live_text = row
    db.live(f"orders (id Int64, {live}) ENGINE = MergeTree ORDER BY id")

    found = rows_of(db.plan_result(db.declared_column("orders", desired, EM)).plan)

    assert [(row.facet, row.column, row.declared, row.live) for row in found] == [
        (facet, "x", declared_text, live_text)
    ]


def test_41_a_missing_external_table_is_named(db):
    found = rows_of(db.plan_result(declared("orders", COLUMNS, EM)).plan)

    assert [(row.facet, row.live) for row in found] == [("table", "(absent)")]


def test_not_one_statement_is_written_for_external_tables(db):
    db.live(LIVE, "VALUES (1, 0, 0)")
    tables = [
        declared("orders", "id UInt64; other String", EM, order_by_fields=["other"], ttl="now()"),
        declared("missing", COLUMNS, EM),
    ]

    outcome = db.reconcile(*tables, prune=True)

    assert outcome.results == ()
    assert db.writes() == []
    assert len(outcome.before.plan.steps) == 6


def test_statements_for_a_managed_table_never_name_an_external_one(db):
    db.live(LIVE)
    external, managed = declared("orders", "id UInt64", EM), declared("mine", COLUMNS, FM)

    db.reconcile(managed, external)

    assert not any("`orders`" in statement for statement in db.writes())


@pytest.mark.requires("26.9", "no type QBit")
def test_42_a_column_of_a_type_nobody_knows_does_not_hide_the_rest(db):
    db.live("orders (id UInt64, q QBit(Float32, 8), n Int64) ENGINE = MergeTree ORDER BY id")

    plan = db.plan(declared("orders", "id UInt64; q QBit(Float32, 8); n Int32", EM))

    assert plan == {"type n": "DRIFT"}


def test_41_an_index_and_a_constraint_the_code_does_not_have_are_named(db):
    db.live(
        "orders (id UInt64, n Int64, INDEX i n TYPE minmax, CONSTRAINT c CHECK n > "
        "0) ENGINE = MergeTree ORDER BY id"
    )

    found = rows_of(db.plan_result(declared("orders", "id UInt64; n Int64", EM)).plan)

    assert [(row.facet, row.column, row.declared, row.live) for row in found] == [
        ("constraint", "c", "(absent)", "CHECK n > 0"),
        ("index", "i", "(absent)", "n TYPE minmax GRANULARITY 1"),
    ]


def test_41_a_projection_and_an_index_of_one_side_are_named(db):
    db.live(
        "orders (id UInt64, n Int64, PROJECTION p (SELECT n, count() GROUP BY n), "
        "INDEX i n TYPE minmax) "
        "ENGINE = MergeTree ORDER BY id"
    )
    parts = {
        "indexes": [TableIndex("j", "n", "set", ["9"])],
        "projections": [TableProjection("q", "SELECT n ORDER BY n")],
    }

    found = rows_of(db.plan_result(declared("orders", "id UInt64; n Int64", EM, **parts)).plan)

    assert [(row.facet, row.column, row.declared, row.live) for row in found] == [
        ("index", "i", "(absent)", "n TYPE minmax GRANULARITY 1"),
        ("index", "j", "n TYPE set(9) GRANULARITY 1", "(absent)"),
        ("projection", "p", "(absent)", "(SELECT n, count() GROUP BY n)"),
        ("projection", "q", "(SELECT n ORDER BY n)", "(absent)"),
    ]


def test_43_a_user_who_may_only_read_gets_the_comparison(db, clickhouse_url):
    db.live(LIVE)
    project = db.project(declared("orders", "id UInt64; ts DateTime; n Int64 ; x String", EM))

    with connect(ClickHouseAddress.from_url(f"{clickhouse_url}?readonly=1")) as reader:
        plan_result = plan_for(project, reader, Options(**db.options))

    assert [step.verdict.value for step in plan_result.plan.steps] == ["DRIFT"]


def test_44_a_server_that_is_down_is_an_error(db):
    project = db.project(declared("orders", COLUMNS, EM))

    with (
        pytest.raises(ServerUnreachable, match="did not answer"),
        connect(ClickHouseAddress("127.0.0.1", 9)) as nobody,
    ):
        plan_for(project, nobody)


def test_the_number_of_queries_does_not_depend_on_the_number_of_tables(db):
    counts = []
    for tables in (2, 60):
        columns, key = "id UInt64; x INT UNSIGNED", "id, x+1"
        declarations = [
            declared(f"t{number}", columns, order_by_expression=key) for number in range(tables)
        ]
        db.reconcile(*declarations)
        db.clickhouse.queries = 0
        db.plan_result(*declarations)
        counts.append(db.clickhouse.queries)

    assert counts[0] == counts[1] <= 11


def test_a_view_under_the_name_of_a_table_is_left_alone(db):
    db.live("base (id UInt64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw("CREATE VIEW shop.orders AS SELECT id FROM shop.base")
    table = declared("orders", "id UInt64")

    plan_result = db.plan_result(table)
    db.reconcile(table)

    assert {step.verdict.value for step in plan_result.plan.steps} == {"BLOCK"}
    assert "is a View" in plan_result.plan.steps[0].reason
    assert db.rows("SELECT id FROM shop.orders") == [(1,)]


def test_a_view_that_was_never_ours_is_not_dropped_when_its_name_leaves_the_code(db):
    db.live("base (id UInt64) ENGINE = MergeTree ORDER BY id")
    db.raw("CREATE VIEW shop.orders AS SELECT id FROM shop.base")
    db.reconcile(declared("orders", "id UInt64"), declared("other", "id UInt64"))

    db.reconcile(declared("other", "id UInt64"), prune=True)

    assert db.value("EXISTS VIEW shop.orders") == 1


def test_67_one_table_that_fails_stops_no_other_and_says_the_servers_code(db):
    good = declared("good", COLUMNS)
    bad = db.declared_column(
        "bad", "x String DEFAULT dictGetString('no_such_dictionary', 'a', toUInt64(1))"
    )

    outcome = reconcile(db.project(bad, good), db.clickhouse, Options(**db.options))

    assert [str(result.action.table.name) for result in outcome.failures] == ["bad"]
    assert outcome.failures[0].code == 36
    assert "no_such_dictionary" in outcome.failures[0].error
    assert db.value("EXISTS TABLE shop.good") == 1


def test_67_a_table_on_a_cluster_that_the_server_does_not_know_stops_no_other(db):
    good, far = declared("good", COLUMNS), declared("far", COLUMNS, cluster="nowhere")

    outcome = reconcile(db.project(far, good), db.clickhouse, Options(**db.options))

    assert outcome.failures == ()
    assert db.value("EXISTS TABLE shop.good") == 1
    assert not any("nowhere" in sent for sent in db.writes())
    (step,) = outcome.after.plan.steps
    assert "the server knows no cluster nowhere; it knows none" in step.reason


def test_69_a_dry_run_writes_nothing(db):
    db.live(LIVE, "VALUES (1, 0, 0)")

    for life_cycle in (FM, DP, EM):
        db.plan_result(
            declared("orders", "id Int64; x String", life_cycle, order_by_fields=["x"]), prune=True
        )

    assert [sent for sent in db.writes() if not sent.startswith("CREATE TEMPORARY TABLE")] == []
