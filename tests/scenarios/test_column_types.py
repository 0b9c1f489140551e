"""Types of columns: proved on the data, and readable whatever was decided."""

from enum import Enum, IntEnum
from typing import Annotated

import pytest
from pydantic import create_model
from scenarios.house import DP, FM, declared

from moose_dagster import OlapConfig, OlapTable, Options, reconcile


def test_20_a_wider_integer_is_applied_in_a_protected_table(house):
    house.live("orders (id Int64, n Int32) ENGINE = MergeTree ORDER BY id", "VALUES (1, -5), (2, 2147483647)")
    table = declared("orders", "id Int64; n Int64", DP)

    assert house.plan(table) == {"type n": "APPLY"}
    house.reconcile(table)

    assert house.rows("SELECT n, toTypeName(n) FROM shop.orders ORDER BY id") == [
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
def test_24_rows_written_before_a_column_read_the_same_after_its_type_changed(house, live, desired):
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    house.raw(f"ALTER TABLE shop.orders ADD COLUMN x {live}")
    before = house.value("SELECT toString(x) FROM shop.orders")
    table = declared("orders", f"id Int64; x {desired}", DP)

    house.reconcile(table)

    assert house.value("SELECT toString(x) FROM shop.orders") == before
    assert house.plan(table) == {}


def test_24_rows_written_before_a_column_read_the_same_after_it_became_text(house):
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    house.raw("ALTER TABLE shop.orders ADD COLUMN x Int32")

    assert house.plan(declared("orders", "id Int64; x String", DP)) == {"type x": "BLOCK"}
    house.reconcile(declared("orders", "id Int64; x String", FM))

    assert house.rows("SELECT x, toTypeName(x) FROM shop.orders") == [("0", "String")]


NARROWED = [
    # life cycle, stored values, verdict, what a reason says
    (DP, "(1, 5), (2, 6)", "APPLY", "every stored value was checked"),
    (DP, "(1, 5), (2, 300)", "BLOCK", "1 row would lose or change a value, such as 300"),
    (FM, "(1, 5), (2, 300)", "APPLY", "1 row would lose or change a value, such as 300"),
]


@pytest.mark.parametrize("row", NARROWED, ids=[f"{row[0].value} {row[2]}" for row in NARROWED])
def test_21_a_narrower_integer_is_proved_on_the_data(house, row):
    life_cycle, values, verdict, reason = row
    house.live("orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id", f"VALUES {values}")
    table = declared("orders", "id Int64; n Int8", life_cycle)

    survey = house.survey(table)
    house.reconcile(table)

    assert [step.verdict.value for step in survey.plan.steps] == [verdict]
    assert reason in survey.plan.steps[0].reason
    if life_cycle is FM:
        assert house.in_trash("orders", "max(n)") == 300


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_22_text_that_is_no_number_blocks_the_change_and_the_table_stays_readable(house, life_cycle):
    house.live("orders (id Int64, n String) ENGINE = MergeTree ORDER BY id", "VALUES (1, '5'), (2, 'five')")
    table = declared("orders", "id Int64; n Int64", life_cycle)

    assert house.plan(table) == {"type n": "BLOCK"}
    house.reconcile(table)

    assert house.rows("SELECT n FROM shop.orders ORDER BY id") == [("5",), ("five",)]


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize("live", ["Nullable(String)", "LowCardinality(Nullable(String))"])
def test_22_text_beside_nulls_that_is_no_number_blocks_the_change_as_well(house, live, life_cycle, server_version):
    house.live(f"orders (id Int64, n {live}) ENGINE = MergeTree ORDER BY id", "VALUES (1, NULL), (2, 'five')")
    table = declared("orders", "id Int64; n Int64", life_cycle)

    assert house.plan(table) == {"type n": "BLOCK"}
    house.reconcile(table)

    assert house.rows("SELECT n FROM shop.orders ORDER BY id") == [(None,), ("five",)]
    house.raw("ALTER TABLE shop.orders UPDATE n = '5' WHERE id = 2 SETTINGS mutations_sync = 1")
    fits = life_cycle is FM and server_version >= (26,)
    assert house.plan(table) == {"type n": "APPLY" if fits else "BLOCK"}


UNREADABLE = [
    # live type, stored values, declared type
    ("Enum8('a' = 1, 'b' = 2)", "(1, 'a'), (2, 'b')", "Enum8('b' = 2)"),
    ("Nullable(Enum8('a' = 1, 'b' = 2))", "(1, 'a'), (2, NULL)", "Enum8('b' = 2)"),
    ("Array(Enum8('a' = 1, 'b' = 2))", "(1, ['a']), (2, ['b'])", "Array(Enum8('b' = 2))"),
    ("Int8", "(1, 0), (2, 1)", "Enum8('a' = 1)"),
]


@pytest.mark.parametrize("row", UNREADABLE, ids=[f"{row[0]} -> {row[2]}" for row in UNREADABLE])
@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_26_a_type_that_stored_rows_can_not_be_read_under_is_blocked_in_every_mode(house, life_cycle, row):
    live, values, desired = row
    house.live(f"orders (id Int64, x {live}) ENGINE = MergeTree ORDER BY id", f"VALUES {values}")
    before = house.rows("SELECT id, toString(x) FROM shop.orders ORDER BY id")

    house.reconcile(declared("orders", f"id Int64; x {desired}", life_cycle))

    assert house.rows("SELECT id, toString(x) FROM shop.orders ORDER BY id") == before


def test_26_a_member_that_no_row_holds_is_removed(house):
    house.live("orders (id Int64, x Enum8('a' = 1, 'b' = 2)) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'b')")
    table = declared("orders", "id Int64; x Enum8('b' = 2)", DP)

    house.reconcile(table)

    assert house.plan(table) == {}


def test_23_not_null_is_applied_without_nulls_and_blocked_with_one(house):
    house.live("orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")
    table = declared("orders", "id Int64; n Int64", DP)

    assert house.plan(table) == {"nullability n": "APPLY"}
    house.raw("INSERT INTO shop.orders VALUES (2, NULL)")
    assert house.plan(table) == {"nullability n": "BLOCK"}
    house.raw("ALTER TABLE shop.orders DELETE WHERE id = 2 SETTINGS mutations_sync = 1")
    house.reconcile(table)

    assert house.rows("SELECT n, toTypeName(n) FROM shop.orders") == [(5, "Int64")]
    assert house.plan(table) == {}


def test_23_a_managed_null_becomes_the_empty_value_where_the_server_makes_one(house, server_version):
    house.live("orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5), (2, NULL)")
    table, makes_one = declared("orders", "id Int64; n Int64"), server_version >= (26,)

    (reason,) = [step.reason for step in house.survey(table).plan.steps]
    house.reconcile(table)

    assert house.rows("SELECT n FROM shop.orders ORDER BY id") == [(5,), (0 if makes_one else None,)]
    assert house.plan(table) == ({} if makes_one else {"nullability n": "BLOCK"})
    assert ("1 row holds NULL, which no ClickHouse before 26 converts" in reason) is not makes_one
    assert house.kept() == (["orders"] if makes_one else [])


def test_23_what_was_blocked_and_became_possible_meanwhile_was_not_sent_in_vain(house):
    house.live("orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5), (2, NULL)")
    project = house.project(declared("orders", "id Int64; n Int64; new String", DP))

    def meanwhile(_action):
        house.raw("ALTER TABLE shop.orders DELETE WHERE id = 2 SETTINGS mutations_sync = 1")

    outcome = reconcile(project, house.clickhouse, Options(**house.options), progress=meanwhile)

    assert outcome.unfinished == ()
    assert [step.verdict.value for step in outcome.after.plan.steps] == ["APPLY"]


@pytest.mark.parametrize("kind", ["DEFAULT", "MATERIALIZED"])
@pytest.mark.parametrize("live", ["x Nullable(Int64) DEFAULT id + 1", "x Nullable(Int64)"])
def test_23_not_null_comes_with_a_default_that_uses_other_columns(house, live, kind):
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    house.raw(f"ALTER TABLE shop.orders ADD COLUMN {live}")
    house.raw("ALTER TABLE shop.orders UPDATE x = 5 WHERE id = 1 AND isNull(x) SETTINGS mutations_sync = 1")
    before = house.rows("SELECT id, x FROM shop.orders")
    table = house.declared_column("orders", f"x Int64 {kind} id + 2")

    house.reconcile(table)

    assert house.rows("SELECT id, x FROM shop.orders") == before
    assert house.plan(table) == {}


def test_24_nullable_is_applied_in_a_protected_table(house):
    house.live("orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")

    house.reconcile(declared("orders", "id Int64; n Nullable(Int64)", DP))

    assert house.rows("SELECT n, toTypeName(n) FROM shop.orders") == [(5, "Nullable(Int64)")]


def coloured(*labels, life_cycle=DP):
    kind = Enum("Colour", {label: label for label in labels})
    model = create_model("Row", id=(Annotated[int, "int64"], ...), colour=(kind, ...), many=(list[kind], ...))
    return OlapTable[model]("orders", OlapConfig(life_cycle=life_cycle, order_by_fields=["id"]))


def test_25_a_member_added_in_the_middle_leaves_the_numbers_of_the_others(house):
    house.reconcile(coloured("red", "blue"))
    house.raw("INSERT INTO shop.orders VALUES (1, 'blue', ['red', 'blue'])")
    table = coloured("red", "green", "blue")

    house.reconcile(table)

    assert house.plan(table) == {}
    assert house.rows("SELECT colour, many, toInt8(colour) FROM shop.orders") == [("blue", ["red", "blue"], 2)]


def test_26_a_member_removed_is_proved_unused(house):
    house.reconcile(coloured("red", "green", "blue"))
    house.raw("INSERT INTO shop.orders VALUES (1, 'blue', [])")

    assert house.plan(coloured("red", "blue"))["type colour"] == "APPLY"
    assert house.plan(coloured("red", "green"))["type colour"] == "BLOCK"


def test_numbers_that_the_code_gives_are_compared(house):
    level = IntEnum("Level", {"low": 1, "high": 2})
    swapped = IntEnum("Level", {"low": 2, "high": 1})

    def table(kind):
        model = create_model("Row", id=(Annotated[int, "int64"], ...), level=(kind, ...))
        return OlapTable[model]("orders", OlapConfig(order_by_fields=["id"]))

    house.reconcile(table(level))

    assert house.plan(table(swapped)) == {"type level": "BLOCK"}
