"""Types of columns: proved on the data, and readable whatever was decided."""

from enum import Enum, IntEnum
from typing import Annotated

import pytest
from pydantic import create_model
from scenarios.database import DP, FM, declared

from moose_dagster import OlapConfig, OlapTable, Options, RunCallbacks, reconcile


def test_20_a_wider_integer_is_applied_in_a_protected_table(db):
    db.live(
        "orders (id Int64, n Int32) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, -5), (2, 2147483647)",
    )
    table = declared("orders", "id Int64; n Int64", DP)

    assert db.plan(table) == {"type n": "APPLY"}
    db.reconcile(table)

    assert db.rows("SELECT n, toTypeName(n) FROM shop.orders ORDER BY id") == [
        (-5, "Int64"),
        (2147483647, "Int64"),
    ]


@pytest.mark.parametrize(
    ("live", "desired"),
    [
        ("Int32", "Nullable(Int64)"),
        ("String", "LowCardinality(Nullable(String))"),
        ("Enum8('b' = 2)", "Enum8('a' = 1, 'b' = 2)"),
        ("Tuple(a Int8, `b c` String)", "Tuple(a Nullable(Int8), `b c` String)"),
    ],
)
def test_24_rows_written_before_a_column_read_the_same_after_its_type_changed(db, live, desired):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw(f"ALTER TABLE shop.orders ADD COLUMN x {live}")
    before = db.value("SELECT toString(x) FROM shop.orders")
    table = declared("orders", f"id Int64; x {desired}", DP)

    db.reconcile(table)

    assert db.value("SELECT toString(x) FROM shop.orders") == before
    assert db.plan(table) == {}


def test_24_rows_written_before_a_column_read_the_same_after_it_became_text(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw("ALTER TABLE shop.orders ADD COLUMN x Int32")

    assert db.plan(declared("orders", "id Int64; x String", DP)) == {"type x": "BLOCK"}
    db.reconcile(declared("orders", "id Int64; x String", FM))

    assert db.rows("SELECT x, toTypeName(x) FROM shop.orders") == [("0", "String")]


NARROWED = [
    # life cycle, stored values, verdict, what a reason says
    (DP, "(1, 5), (2, 6)", "APPLY", "every stored value was checked"),
    (DP, "(1, 5), (2, 300)", "BLOCK", "1 row would lose or change a value, such as 300"),
    (FM, "(1, 5), (2, 300)", "APPLY", "1 row would lose or change a value, such as 300"),
]


@pytest.mark.parametrize("row", NARROWED, ids=[f"{row[0].value} {row[2]}" for row in NARROWED])
def test_21_a_narrower_integer_is_proved_on_the_data(db, row):
    life_cycle, values, verdict, reason = row
    db.live("orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id", f"VALUES {values}")
    table = declared("orders", "id Int64; n Int8", life_cycle)

    plan_result = db.plan_result(table)
    db.reconcile(table)

    assert [step.verdict.value for step in plan_result.plan.steps] == [verdict]
    assert reason in plan_result.plan.steps[0].reason
    if life_cycle is FM:
        assert db.in_trash("orders", "max(n)") == 300


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_22_text_that_is_not_a_number_blocks_the_change_and_the_table_stays_readable(
    db, life_cycle
):
    db.live(
        "orders (id Int64, n String) ENGINE = MergeTree ORDER BY id", "VALUES (1, '5'), (2, 'five')"
    )
    table = declared("orders", "id Int64; n Int64", life_cycle)

    assert db.plan(table) == {"type n": "BLOCK"}
    db.reconcile(table)

    assert db.rows("SELECT n FROM shop.orders ORDER BY id") == [("5",), ("five",)]


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize("live", ["Nullable(String)", "LowCardinality(Nullable(String))"])
def test_22_text_beside_nulls_that_is_not_a_number_blocks_the_change_as_well(
    db, live, life_cycle, server_version
):
    db.live(
        f"orders (id Int64, n {live}) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, NULL), (2, 'five')",
    )
    table = declared("orders", "id Int64; n Int64", life_cycle)

    assert db.plan(table) == {"type n": "BLOCK"}
    db.reconcile(table)

    assert db.rows("SELECT n FROM shop.orders ORDER BY id") == [(None,), ("five",)]
    db.raw("ALTER TABLE shop.orders UPDATE n = '5' WHERE id = 2 SETTINGS mutations_sync = 1")
    fits = life_cycle is FM and server_version >= (26,)
    assert db.plan(table) == {"type n": "APPLY" if fits else "BLOCK"}


UNREADABLE = [
    # live type, stored values, declared type
    ("Enum8('a' = 1, 'b' = 2)", "(1, 'a'), (2, 'b')", "Enum8('b' = 2)"),
    ("Nullable(Enum8('a' = 1, 'b' = 2))", "(1, 'a'), (2, NULL)", "Enum8('b' = 2)"),
    ("Array(Enum8('a' = 1, 'b' = 2))", "(1, ['a']), (2, ['b'])", "Array(Enum8('b' = 2))"),
    ("Int8", "(1, 0), (2, 1)", "Enum8('a' = 1)"),
]


@pytest.mark.parametrize("row", UNREADABLE, ids=[f"{row[0]} -> {row[2]}" for row in UNREADABLE])
@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_26_a_type_that_stored_rows_can_not_be_read_under_is_blocked_in_every_mode(
    db, life_cycle, row
):
    live, values, desired = row
    db.live(f"orders (id Int64, x {live}) ENGINE = MergeTree ORDER BY id", f"VALUES {values}")
    before = db.rows("SELECT id, toString(x) FROM shop.orders ORDER BY id")

    db.reconcile(declared("orders", f"id Int64; x {desired}", life_cycle))

    assert db.rows("SELECT id, toString(x) FROM shop.orders ORDER BY id") == before


def test_26_a_member_that_no_row_holds_is_removed(db):
    db.live(
        "orders (id Int64, x Enum8('a' = 1, 'b' = 2)) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 'b')",
    )
    table = declared("orders", "id Int64; x Enum8('b' = 2)", DP)

    db.reconcile(table)

    assert db.plan(table) == {}


def test_23_not_null_is_applied_without_nulls_and_blocked_with_one(db):
    db.live("orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")
    table = declared("orders", "id Int64; n Int64", DP)

    assert db.plan(table) == {"nullability n": "APPLY"}
    db.raw("INSERT INTO shop.orders VALUES (2, NULL)")
    assert db.plan(table) == {"nullability n": "BLOCK"}
    db.raw("ALTER TABLE shop.orders DELETE WHERE id = 2 SETTINGS mutations_sync = 1")
    db.reconcile(table)

    assert db.rows("SELECT n, toTypeName(n) FROM shop.orders") == [(5, "Int64")]
    assert db.plan(table) == {}


def test_23_a_managed_null_becomes_the_empty_value_where_the_server_makes_one(db, server_version):
    db.live(
        "orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 5), (2, NULL)",
    )
    table = declared("orders", "id Int64; n Int64")
    makes_one = server_version >= (26,)

    (reason,) = [step.reason for step in db.plan_result(table).plan.steps]
    db.reconcile(table)

    assert db.rows("SELECT n FROM shop.orders ORDER BY id") == [(5,), (0 if makes_one else None,)]
    assert db.plan(table) == ({} if makes_one else {"nullability n": "BLOCK"})
    assert ("1 row holds NULL, which no ClickHouse before 26 converts" in reason) is not makes_one
    assert db.trashed() == (["orders"] if makes_one else [])


def test_23_what_was_blocked_and_became_possible_meanwhile_was_not_sent_in_vain(db):
    db.live(
        "orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 5), (2, NULL)",
    )
    project = db.project(declared("orders", "id Int64; n Int64; new String", DP))

    def meanwhile(_action):
        db.raw("ALTER TABLE shop.orders DELETE WHERE id = 2 SETTINGS mutations_sync = 1")

    outcome = reconcile(
        project, db.clickhouse, Options(**db.options), callbacks=RunCallbacks(started=meanwhile)
    )

    assert outcome.unfinished == ()
    assert [step.verdict.value for step in outcome.after.plan.steps] == ["APPLY"]


@pytest.mark.parametrize("kind", ["DEFAULT", "MATERIALIZED"])
@pytest.mark.parametrize("live", ["x Nullable(Int64) DEFAULT id + 1", "x Nullable(Int64)"])
def test_23_not_null_comes_with_a_default_that_uses_other_columns(db, live, kind):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw(f"ALTER TABLE shop.orders ADD COLUMN {live}")
    db.raw(
        "ALTER TABLE shop.orders UPDATE x = 5 WHERE id = 1 AND isNull(x) SETTINGS "
        "mutations_sync = 1"
    )
    before = db.rows("SELECT id, x FROM shop.orders")
    table = db.declared_column("orders", f"x Int64 {kind} id + 2")

    db.reconcile(table)

    assert db.rows("SELECT id, x FROM shop.orders") == before
    assert db.plan(table) == {}


def test_24_nullable_is_applied_in_a_protected_table(db):
    db.live("orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")

    db.reconcile(declared("orders", "id Int64; n Nullable(Int64)", DP))

    assert db.rows("SELECT n, toTypeName(n) FROM shop.orders") == [(5, "Nullable(Int64)")]


def colored(*labels, life_cycle=DP):
    kind = Enum("Color", {label: label for label in labels})
    model = create_model(
        "Row", id=(Annotated[int, "int64"], ...), color=(kind, ...), many=(list[kind], ...)
    )
    return OlapTable[model]("orders", OlapConfig(life_cycle=life_cycle, order_by_fields=["id"]))


def test_25_a_member_added_in_the_middle_leaves_the_numbers_of_the_others(db):
    db.reconcile(colored("red", "blue"))
    db.raw("INSERT INTO shop.orders VALUES (1, 'blue', ['red', 'blue'])")
    table = colored("red", "green", "blue")

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.rows("SELECT color, many, toInt8(color) FROM shop.orders") == [
        ("blue", ["red", "blue"], 2)
    ]


def test_26_a_member_removed_is_proved_unused(db):
    db.reconcile(colored("red", "green", "blue"))
    db.raw("INSERT INTO shop.orders VALUES (1, 'blue', [])")

    assert db.plan(colored("red", "blue"))["type color"] == "APPLY"
    assert db.plan(colored("red", "green"))["type color"] == "BLOCK"


def test_numbers_that_the_code_gives_are_compared(db):
    level = IntEnum("Level", {"low": 1, "high": 2})
    swapped = IntEnum("Level", {"low": 2, "high": 1})

    def table(kind):
        model = create_model("Row", id=(Annotated[int, "int64"], ...), level=(kind, ...))
        return OlapTable[model]("orders", OlapConfig(order_by_fields=["id"]))

    db.reconcile(table(level))

    assert db.plan(table(swapped)) == {"type level": "BLOCK"}
