"""One scan a table, within a budget, with three samples or none; and what a TTL really deletes."""

import pytest
from scenarios.database import DP, FM, declared, declared_as

from moose_dagster import OlapConfig, TableConstraint

LIVE = (
    "orders (id Int64, n Int64, s String, o Nullable(Int64), ts DateTime) ENGINE = "
    "MergeTree ORDER BY id"
)
ROWS = "SELECT number, number, repeat('x', 10), number, '2020-01-01 00:00:00' FROM numbers(1000)"
COLUMNS = "id Int64; n Int8; s LowCardinality(String); o Int64; ts DateTime"
EVERYTHING = {
    "columns": COLUMNS,
    "ttl": "ts + INTERVAL 70 YEAR",
    "constraints": [TableConstraint("k", "n < 500")],
}


def reasons(plan_result):
    return " ".join(step.reason for step in plan_result.plan.steps)


def asked(db, table, **options):
    """Return the plan result of *table* and the queries that read its rows."""
    queries = []
    query = db.clickhouse.query
    db.clickhouse.query = lambda sql, parameters=None: (
        queries.append(sql),
        query(sql, parameters),
    )[1]
    plan_result = db.plan_result(table, **options)
    db.clickhouse.query = query
    reading = [sql for sql in queries if f"`{db.database}`.`orders`" in sql]
    others = ("SELECT count() ", "CHECK ")
    return plan_result, [sql for sql in reading if not sql.startswith(others)]


def test_everything_about_one_table_is_asked_in_one_scan(db):
    db.live(LIVE, ROWS)
    table = declared(
        "orders",
        EVERYTHING["columns"],
        DP,
        ttl=EVERYTHING["ttl"],
        constraints=EVERYTHING["constraints"],
    )

    plan_result, queries = asked(db, table)

    assert len(queries) == 1
    assert db.plan(table) == {
        "type n": "BLOCK",
        "type s": "APPLY",
        "nullability o": "APPLY",
        "TTL": "APPLY",
        "constraint k": "BLOCK",
    }
    assert "872 rows would lose or change a value, such as 128, 129, 130" in reasons(plan_result)
    assert (
        "500 stored rows break it, and such rows could not be inserted again, such as 500, 501, 502"
        in reasons(plan_result)
    )


@pytest.mark.parametrize("rows", ["VALUES (1, 5)", "VALUES (1, 500)"])
def test_a_whole_reconcile_costs_one_scan(db, rows):
    db.live("orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id", rows)
    queries = []
    query = db.clickhouse.query
    db.clickhouse.query = lambda sql, parameters=None: (
        queries.append(sql),
        query(sql, parameters),
    )[1]

    db.reconcile(declared("orders", "id Int64; n Int8", DP))

    assert len([sql for sql in queries if "countIf(moose_dagster_0)" in sql]) == 1


def test_rows_that_a_lightweight_delete_only_hides_are_proved_as_well(db):
    db.live("orders (id Int64, n Int64, s String) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders VALUES (1, 1, '1'), (2, 300, 'bad')")
    db.raw("DELETE FROM shop.orders WHERE id = 2")
    table = declared("orders", "id Int64; n Int8; s Int64", DP)

    plan_result, queries = asked(db, table)
    db.reconcile(table)

    assert db.plan(table) == {"type s": "BLOCK"}
    assert len(queries) == 4  # all, one by one, and the one that fails without the deleted rows
    assert "only rows that were deleted hold such values" in reasons(plan_result)
    db.raw("ALTER TABLE shop.orders APPLY DELETED MASK SETTINGS mutations_sync = 1")
    db.reconcile(table)
    assert db.rows("SELECT * FROM shop.orders") == [(1, 1, 1)]


def test_one_change_that_can_not_be_computed_leaves_the_others_their_answer(db):
    db.live(LIVE, ROWS)

    assert db.plan(declared("orders", "id Int64; n Int32; s Int64; o Int64; ts DateTime", DP)) == {
        "type n": "APPLY",
        "type s": "BLOCK",
        "nullability o": "APPLY",
    }


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        ("id Int64; n Int8; s String; o Nullable(Int64); ts DateTime", "999"),
        ("id Int64; n Int64; s Int64; o Nullable(Int64); ts DateTime", "xxx"),
    ],
)
def test_without_samples_a_plan_shows_no_stored_value(db, columns, value):
    db.live(LIVE, ROWS.replace("number, number,", "999, 999,", 1))
    table = declared("orders", columns, DP)

    # The name of the database may hold any digits.
    shown = reasons(db.plan_result(table)).replace(db.database, "")
    hidden = reasons(db.plan_result(table, samples=False)).replace(db.database, "")

    assert value in shown
    assert value not in hidden
    assert "1,000 rows" in hidden or "CANNOT_PARSE_TEXT" in hidden


def test_a_removed_member_is_named_only_with_samples(db):
    db.live(
        "orders (id Int64, e Enum8('a' = 1, 'b' = 2)) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 'a')",
    )
    table = declared("orders", "id Int64; e Enum8('b' = 2)", DP)

    assert "1 row holds a removed member, such as a" in reasons(db.plan_result(table))
    assert "1 row holds a removed member)" in reasons(db.plan_result(table, samples=False))


def test_what_reads_more_than_the_budget_is_blocked_and_says_so(db):
    db.live(f"{LIVE} SETTINGS min_bytes_for_wide_part = 0", ROWS)
    columns = "id Int64; n Int32; s FixedString(10); o Nullable(Int64); ts DateTime"
    table = declared("orders", columns, FM, settings={"min_bytes_for_wide_part": 0})

    plan_result, queries = asked(db, table, proof_budget_bytes=8_000)

    assert db.plan(table, proof_budget_bytes=8_000) == {"type n": "APPLY", "type s": "BLOCK"}
    why = " bytes of the table, more than the 8,000 of proof_budget_bytes"
    assert why in reasons(plan_result)
    assert len(queries) == 1
    assert "`s`" not in queries[0]
    assert db.plan(table, proof_budget_bytes=0) == {"type n": "APPLY", "type s": "APPLY"}
    assert db.plan(table) == {"type n": "APPLY", "type s": "APPLY"}


def test_a_change_of_meaning_beyond_the_budget_is_blocked_in_every_mode(db):
    db.live(LIVE, ROWS)
    table = declared("orders", "id Int64; n Date32; s String; o Nullable(Int64); ts DateTime", FM)

    assert db.plan(table) == {"type n": "APPLY"}
    assert db.plan(table, proof_budget_bytes=1) == {"type n": "BLOCK"}


NULLS = [
    # what a row holds, constraint, rows that break it
    ("NULL", "o > 5", "1 stored row breaks it"),
    ("6", "o > 5", ""),
]


@pytest.mark.parametrize("row", NULLS, ids=[row[0] for row in NULLS])
def test_a_row_with_null_does_not_fulfil_a_constraint(db, row):
    value, constraint, reason = row
    db.live(LIVE, f"VALUES (1, 1, '', {value}, now())")
    columns = "id Int64; n Int64; s String; o Nullable(Int64); ts DateTime"
    table = declared("orders", columns, DP, constraints=[TableConstraint("k", constraint)])

    plan_result = db.plan_result(table)

    assert db.plan(table) == {"constraint k": "BLOCK" if reason else "APPLY"}
    assert reason in reasons(plan_result)


TTL_LIVE = "t (id UInt64, x UInt64, ts DateTime, never DateTime) ENGINE = MergeTree ORDER BY id"
DAY, YEARS = "ts + INTERVAL 1 DAY", "ts + INTERVAL 70 YEAR"
TTLS = [
    # live TTL, declared TTL, rows of 5 that it would delete
    ("", f"{DAY} DELETE", 5),
    ("", f"{DAY} DELETE WHERE x = 3", 1),
    ("", f"{YEARS}, {DAY} DELETE WHERE x < 2", 2),
    ("", f"{DAY} RECOMPRESS CODEC(ZSTD(3))", 0),
    ("", f"{DAY} TO DISK 'default'", 0),
    ("", f"{DAY} RECOMPRESS CODEC(ZSTD(3)), {YEARS} DELETE", 0),
    ("", f"{DAY} GROUP BY id SET x = max(x)", 5),
    ("", f"{YEARS} GROUP BY id SET x = max(x), ts = min(ts)", 0),
    ("", f"{DAY} RECOMPRESS CODEC(ZSTD(3)), {DAY} GROUP BY id SET x = max(x), ts = max(ts)", 5),
    ("", "never", 0),
    ("", "never + INTERVAL 1 DAY", 5),
    (DAY, "ts + INTERVAL 2 DAY", 0),
    (f"{DAY} DELETE WHERE x < 2", DAY, 3),
    (f"{DAY} DELETE WHERE x < 2", f"{DAY} DELETE WHERE x < 4", 2),
    (f"{DAY} GROUP BY id SET x = max(x)", f"{DAY} GROUP BY id SET x = max(x), {YEARS}", 0),
    (f"{DAY} GROUP BY id SET x = max(x)", DAY, 5),
]


@pytest.mark.parametrize("row", TTLS, ids=[f"{row[0]} -> {row[1]}" for row in TTLS])
def test_45_only_what_a_ttl_newly_deletes_is_counted(db, row):
    live, desired, rows = row
    db.live(TTL_LIVE)
    db.raw("SYSTEM STOP TTL MERGES")
    try:
        db.raw("INSERT INTO shop.t SELECT number, number, '2020-01-01 00:00:00', 0 FROM numbers(5)")
        if live:
            db.raw(
                f"ALTER TABLE shop.t MODIFY TTL {live} SETTINGS materialize_ttl_after_modify = 0"
            )
        table = declared("t", "id UInt64; x UInt64; ts DateTime; never DateTime", DP, ttl=desired)

        plan_result = db.plan_result(table)

        assert db.plan(table) == {"TTL": "BLOCK" if rows else "APPLY"}
        reason = "1 row has" if rows == 1 else f"{rows} rows have"
        assert not rows or f"{reason} expired under it" in reasons(plan_result)
    finally:
        db.raw("SYSTEM START TTL MERGES")


@pytest.mark.parametrize(("ttl", "verdict"), [(DAY, "BLOCK"), (YEARS, "APPLY")])
def test_45_a_ttl_of_a_column_is_proved_like_one_of_the_table(db, ttl, verdict):
    db.live(TTL_LIVE, "VALUES (1, 7, '2020-01-01 00:00:00', 0)")
    columns = ["id UInt64", f"x UInt64 TTL {ttl}", "ts DateTime", "never DateTime"]
    table = declared_as("t", columns, OlapConfig(life_cycle=DP, order_by_fields=["id"]))

    assert db.plan(table) == {"TTL x": verdict}
    db.reconcile(table)

    db.raw("OPTIMIZE TABLE shop.t FINAL")
    assert db.rows("SELECT id, x FROM shop.t") == [(1, 7)]
