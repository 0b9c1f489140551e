"""Columns: added, removed, reordered, and several changes at once."""

import pytest
from scenarios.database import DP, EM, FM, declared

LIVE = "orders (id Int64, a String, z String) ENGINE = MergeTree ORDER BY id"
ROWS = "VALUES (1, 'x', 'y'), (2, 'xx', 'yy')"


def test_09_a_new_column_is_added_where_it_is_declared(db):
    db.live(LIVE, ROWS)
    columns = "id Int64; a String; b Int64; z String"

    assert db.plan(declared("orders", columns, EM)) == {"column b": "DRIFT"}
    assert db.plan(declared("orders", columns, DP)) == {"column b": "APPLY"}
    db.reconcile(declared("orders", columns, DP))

    assert [name for name, *_ in db.rows("DESCRIBE TABLE shop.orders")] == ["id", "a", "b", "z"]
    assert db.rows("SELECT id, a, b, z FROM shop.orders ORDER BY id") == [
        (1, "x", 0, "y"),
        (2, "xx", 0, "yy"),
    ]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK"), (EM, "DRIFT")])
def test_10_a_removed_column_is_dropped_only_where_everything_is_managed(db, life_cycle, verdict):
    db.live(LIVE, ROWS)
    table = declared("orders", "id Int64; z String", life_cycle)

    plan_result = db.plan_result(table)
    db.reconcile(table)

    assert [step.verdict.value for step in plan_result.plan.steps] == [verdict]
    assert "orders: drop column a" in plan_result.plan.steps[0].reason or verdict == "DRIFT"
    assert db.value(
        f"SELECT count() FROM system.columns WHERE database = '{db.database}' AND name = 'a'"
    ) == (0 if verdict == "APPLY" else 1)


def test_10_a_dropped_column_is_in_the_snapshot_with_its_rows(db):
    db.live(LIVE, ROWS)

    db.reconcile(declared("orders", "id Int64; z String"))

    assert db.in_trash("orders", "groupArray(a)") == ["x", "xx"]
    assert db.rows("SELECT * FROM shop.orders ORDER BY id") == [(1, "y"), (2, "yy")]


def test_11_a_protected_table_gains_one_column_and_keeps_the_other(db):
    db.live(LIVE, ROWS)
    table = declared("orders", "id Int64; new Int64; z String", DP)

    db.reconcile(table)

    assert db.rows("SELECT id, a, new FROM shop.orders ORDER BY id") == [(1, "x", 0), (2, "xx", 0)]
    assert db.plan(table) == {"column a": "BLOCK"}


def test_16_reordered_columns_are_not_a_change(db):
    db.live(LIVE, ROWS)

    assert db.plan(declared("orders", "id Int64; z String; a String")) == {}


def test_14_add_remove_and_retype_are_one_alter(db):
    db.live(
        "orders (id Int64, n Int32, gone String) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 5, 'a')",
    )
    table = declared("orders", "id Int64; n Int64; new String")

    assert db.plan(table) == {"column new": "APPLY", "column gone": "APPLY", "type n": "APPLY"}
    db.writes()
    db.reconcile(table)

    clone = f"ALTER TABLE `{db.options['trash_database']}`.`rebuild__"
    altered = [sent for sent in db.writes() if sent.startswith(clone)]
    assert len([sent for sent in altered if " COLUMN " in sent]) == 1
    assert db.rows("SELECT id, n, new FROM shop.orders") == [(1, 5, "")]
    assert db.plan(table) == {}


TOGETHER = [
    # live column, a stored value, declared column, steps
    (
        "x String ALIAS 'a'",
        "",
        "x UUID DEFAULT generateUUIDv4()",
        {"type x": "BLOCK", "default x": "BLOCK"},
    ),
    (
        "x String ALIAS 'a'",
        "",
        "x Int64 CODEC(ZSTD(1))",
        {"type x": "BLOCK", "default x": "BLOCK", "codec x": "BLOCK"},
    ),
    (
        "x Date",
        "'2020-01-01'",
        "x UUID DEFAULT generateUUIDv4()",
        {"type x": "BLOCK", "default x": "BLOCK"},
    ),
    (
        "x Int64 CODEC(Delta, LZ4)",
        "300",
        "x Int8 CODEC(Delta, LZ4)",
        {"type x": "BLOCK", "codec x": "BLOCK"},
    ),
    (
        "x Int64 CODEC(Delta, LZ4)",
        "300",
        "x Int8 CODEC(ZSTD(3))",
        {"type x": "BLOCK", "codec x": "APPLY"},
    ),
    ("x String DEFAULT 'a'", "'b'", "x Int64", {"type x": "BLOCK", "default x": "APPLY"}),
]


@pytest.mark.parametrize("row", TOGETHER, ids=[f"{row[0]} -> {row[2]}" for row in TOGETHER])
def test_14_what_was_declared_for_a_blocked_change_waits_with_it_and_all_else_goes_on(db, row):
    live, value, desired, steps = row
    db.live(f"orders (id Int64, {live}, gone String) ENGINE = MergeTree ORDER BY id")
    db.raw(f"INSERT INTO shop.orders VALUES (1, {value + ', ' if value else ''}'')")
    table = db.declared_column("orders", desired, DP)

    assert db.plan(table) == {**steps, "column gone": "BLOCK"}
    db.reconcile(table)

    blocked = {step: verdict for step, verdict in steps.items() if verdict == "BLOCK"}
    assert db.plan(table) == {**blocked, "column gone": "BLOCK"}
