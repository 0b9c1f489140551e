"""Columns: added, removed, altered, and what rows read before and after."""

from enum import Enum, IntEnum
from typing import Annotated, Any

import pytest
from pydantic import Field, create_model
from scenarios.house import DP, EM, FM, declared, declared_as

from moose_dagster import ClickHouseType, OlapConfig, OlapTable, Options, clickhouse_default, reconcile

LIVE = "orders (id Int64, a String, z String) ENGINE = MergeTree ORDER BY id"
ROWS = "VALUES (1, 'x', 'y'), (2, 'xx', 'yy')"


def test_09_a_new_column_is_added_where_it_is_declared(house):
    house.live(LIVE, ROWS)
    columns = "id Int64; a String; b Int64; z String"

    assert house.plan(declared("orders", columns, EM)) == {"column b": "DRIFT"}
    assert house.plan(declared("orders", columns, DP)) == {"column b": "APPLY"}
    house.reconcile(declared("orders", columns, DP))

    assert [name for name, *_ in house.rows("DESCRIBE TABLE shop.orders")] == ["id", "a", "b", "z"]
    assert house.rows("SELECT id, a, b, z FROM shop.orders ORDER BY id") == [
        (1, "x", 0, "y"),
        (2, "xx", 0, "yy"),
    ]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK"), (EM, "DRIFT")])
def test_10_a_removed_column_is_dropped_only_where_everything_is_managed(house, life_cycle, verdict):
    house.live(LIVE, ROWS)
    table = declared("orders", "id Int64; z String", life_cycle)

    survey = house.survey(table)
    house.reconcile(table)

    assert [step.verdict.value for step in survey.plan.steps] == [verdict]
    assert "orders: drop column a" in survey.plan.steps[0].reason or verdict == "DRIFT"
    assert house.value(f"SELECT count() FROM system.columns WHERE database = '{house.database}' AND name = 'a'") == (
        0 if verdict == "APPLY" else 1
    )


def test_10_a_dropped_column_is_in_the_snapshot_with_its_rows(house):
    house.live(LIVE, ROWS)

    house.reconcile(declared("orders", "id Int64; z String"))

    assert house.in_trash("orders", "groupArray(a)") == ["x", "xx"]
    assert house.rows("SELECT * FROM shop.orders ORDER BY id") == [(1, "y"), (2, "yy")]


def test_11_a_protected_table_gains_one_column_and_keeps_the_other(house):
    house.live(LIVE, ROWS)
    table = declared("orders", "id Int64; new Int64; z String", DP)

    house.reconcile(table)

    assert house.rows("SELECT id, a, new FROM shop.orders ORDER BY id") == [(1, "x", 0), (2, "xx", 0)]
    assert house.plan(table) == {"column a": "BLOCK"}


def test_16_reordered_columns_are_no_change(house):
    house.live(LIVE, ROWS)

    assert house.plan(declared("orders", "id Int64; z String; a String")) == {}


ALTERED = [
    # what changed, live column, declared column, step
    ("default added", "x Int64", "x Int64 DEFAULT 5", "default x"),
    ("default changed", "x Int64 DEFAULT 4", "x Int64 DEFAULT 5", "default x"),
    ("default removed", "x Int64 DEFAULT 4", "x Int64", "default x"),
    ("codec added", "x Int64", "x Int64 CODEC(ZSTD(3))", "codec x"),
    ("codec changed", "x Int64 CODEC(LZ4)", "x Int64 CODEC(Delta, ZSTD(3))", "codec x"),
    ("codec removed", "x Int64 CODEC(LZ4)", "x Int64", "codec x"),
    ("comment added", "x Int64", "x Int64 COMMENT 'it''s new'", "comment x"),
    ("comment changed", "x Int64 COMMENT 'a'", "x Int64 COMMENT 'b'", "comment x"),
    ("comment removed", "x Int64 COMMENT 'a'", "x Int64", "comment x"),
    ("materialized changed", "x Int64 MATERIALIZED id", "x Int64 MATERIALIZED id + 1", "default x"),
    ("materialized to default", "x Int64 MATERIALIZED id", "x Int64 DEFAULT id", "default x"),
    ("alias changed", "x Int64 ALIAS id", "x Int64 ALIAS id + 1", "default x"),
]


@pytest.mark.parametrize("row", ALTERED, ids=[row[0] for row in ALTERED])
def test_17_a_property_of_a_column_is_seen_and_altered_in_place(house, row):
    what, live, desired, step = row
    house.live(f"orders (id Int64, {live}) ENGINE = MergeTree ORDER BY id")
    house.raw("INSERT INTO shop.orders (id) VALUES (1), (2)")
    before = house.rows("SELECT id, x FROM shop.orders ORDER BY id")
    table = house.declared_column("orders", desired, DP)

    assert house.plan(table) == {step: "APPLY"}
    house.reconcile(table)

    assert house.plan(table) == {}
    if what != "alias changed":
        assert house.rows("SELECT id, x FROM shop.orders ORDER BY id") == before


@pytest.mark.parametrize("old_default", ["", " DEFAULT 1"])
def test_18_old_rows_read_the_same_after_the_default_changed(house, old_default):
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    house.raw(f"ALTER TABLE shop.orders ADD COLUMN x Int64{old_default}")
    before = house.rows("SELECT id, x FROM shop.orders")

    house.reconcile(house.declared_column("orders", "x Int64 DEFAULT 2", DP))

    assert house.rows("SELECT id, x FROM shop.orders") == before
    house.raw("INSERT INTO shop.orders (id) VALUES (2)")
    assert house.value("SELECT x FROM shop.orders WHERE id = 2") == 2


@pytest.mark.parametrize("desired", ["x UInt32 MATERIALIZED id + 1", "x UInt32", "x UInt32 DEFAULT 3"])
def test_18_values_that_were_computed_once_are_not_computed_again(house, desired):
    house.live("orders (id Int64, x UInt32 MATERIALIZED rand()) ENGINE = MergeTree ORDER BY id")
    house.raw("INSERT INTO shop.orders (id) VALUES (1), (2)")
    before = house.rows("SELECT id, x FROM shop.orders ORDER BY id")
    table = house.declared_column("orders", desired, DP)

    house.reconcile(table)

    assert house.rows("SELECT id, x FROM shop.orders ORDER BY id") == before
    assert house.plan(table) == {}


def test_18_rows_written_before_a_materialized_column_read_the_same_after_it_changed(house):
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    house.raw("ALTER TABLE shop.orders ADD COLUMN x Int64 MATERIALIZED id + 1")

    house.reconcile(house.declared_column("orders", "x Int64 MATERIALIZED id + 2", DP))

    assert house.rows("SELECT id, x FROM shop.orders") == [(1, 2)]


def test_18_the_default_of_a_key_column_changes(house):
    house.live("orders (id Int64, x Int64 DEFAULT 1) ENGINE = MergeTree ORDER BY (id, x)")
    house.raw("INSERT INTO shop.orders (id) VALUES (1)")
    table = declared("orders", "id Int64; x Int64", DP, order_by_fields=["id", "x"])

    house.reconcile(table)

    assert house.rows("SELECT id, x FROM shop.orders") == [(1, 1)]
    assert house.plan(table) == {}


@pytest.mark.parametrize("name", ["back\\slash", "per%cent", "q'q", 'q"q', "a b", "1st", "Ünï", "(p)", "a,b", "--"])
def test_18_a_key_column_may_have_any_name(house, name):
    def table(default):
        field = (Annotated[Any, ClickHouseType("Int64"), clickhouse_default(default)], Field(alias=name))
        model = create_model("Row", id=(Annotated[Any, ClickHouseType("Int64")], ...), x=field)
        return OlapTable[model]("orders", OlapConfig(order_by_fields=["id", name]))

    house.reconcile(table("1"))
    house.reconcile(table("2"))

    assert house.plan(table("2")) == {}


def test_19_a_stored_column_does_not_become_an_alias_in_a_protected_table(house):
    house.live("orders (id Int64, x Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")

    assert house.plan(house.declared_column("orders", "x Int64 ALIAS id", DP)) == {"default x": "BLOCK"}


COMPUTED = [
    # live column, declared column
    ("x Int64 CODEC(Delta, LZ4)", "x String ALIAS 'a'"),
    ("x String DEFAULT 'b'", "x Int64 ALIAS id"),
    ("x Nullable(Int64)", "x Int64 ALIAS id"),
    ("x Enum8('a' = 1)", "x Array(Int64) ALIAS [id] COMMENT 'new'"),
    ("x String", "x Int64 EPHEMERAL 1"),
]


@pytest.mark.parametrize("row", COMPUTED, ids=[f"{row[0]} -> {row[1]}" for row in COMPUTED])
def test_19_a_stored_column_becomes_computed_with_another_type_in_one_run(house, row):
    live, desired = row
    value = "'a'" if "Enum8" in live else "'5'"
    house.live(f"orders (id Int64, {live}) ENGINE = MergeTree ORDER BY id", f"VALUES (1, {value})")
    table = house.declared_column("orders", desired)

    house.reconcile(table)

    assert house.plan(table) == {}
    assert house.kept() == ["orders"]


@pytest.mark.parametrize("desired", ["x Int64 ALIAS a", "x String ALIAS 'a'", "x Int64 EPHEMERAL 1"])
@pytest.mark.parametrize("index", ["", ", INDEX i x TYPE minmax"])
def test_19_rows_can_still_be_rewritten_after_a_stored_column_became_computed(house, desired, index):
    house.live(f"orders (id Int64, a Int64, x Int64{index}) ENGINE = MergeTree ORDER BY id", "VALUES (1, 1, 5)")
    columns = ["id Int64", "a Int64", desired]
    table = declared_as("orders", columns, OlapConfig(order_by_fields=["id"]))

    house.reconcile(table)
    house.raw("ALTER TABLE shop.orders UPDATE a = 2 WHERE 1 SETTINGS mutations_sync = 1")

    assert house.rows("SELECT id, a FROM shop.orders") == [(1, 2)]
    assert house.plan(table) == {}
    assert house.in_trash("orders", "x") == 5


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


def test_14_add_remove_and_retype_are_one_alter(house):
    house.live("orders (id Int64, n Int32, gone String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5, 'a')")
    table = declared("orders", "id Int64; n Int64; new String")

    assert house.plan(table) == {"column new": "APPLY", "column gone": "APPLY", "type n": "APPLY"}
    house.writes()
    house.reconcile(table)

    altered = [sent for sent in house.writes() if sent.startswith(f"ALTER TABLE `{house.database}`.`orders`")]
    assert len([sent for sent in altered if "COLUMN" in sent]) == 1
    assert house.rows("SELECT id, n, new FROM shop.orders") == [(1, 5, "")]
    assert house.plan(table) == {}


TOGETHER = [
    # live column, a stored value, declared column, steps
    ("x String ALIAS 'a'", "", "x UUID DEFAULT generateUUIDv4()", {"type x": "BLOCK", "default x": "BLOCK"}),
    ("x String ALIAS 'a'", "", "x Int64 CODEC(ZSTD(1))", {"type x": "BLOCK", "default x": "BLOCK", "codec x": "BLOCK"}),
    ("x Date", "'2020-01-01'", "x UUID DEFAULT generateUUIDv4()", {"type x": "BLOCK", "default x": "BLOCK"}),
    ("x Int64 CODEC(Delta, LZ4)", "300", "x Int8 CODEC(Delta, LZ4)", {"type x": "BLOCK", "codec x": "BLOCK"}),
    ("x Int64 CODEC(Delta, LZ4)", "300", "x Int8 CODEC(ZSTD(3))", {"type x": "BLOCK", "codec x": "APPLY"}),
    ("x String DEFAULT 'a'", "'b'", "x Int64", {"type x": "BLOCK", "default x": "APPLY"}),
]


@pytest.mark.parametrize("row", TOGETHER, ids=[f"{row[0]} -> {row[2]}" for row in TOGETHER])
def test_14_what_was_declared_for_a_blocked_change_waits_with_it_and_all_else_goes_on(house, row):
    live, value, desired, steps = row
    house.live(f"orders (id Int64, {live}, gone String) ENGINE = MergeTree ORDER BY id")
    house.raw(f"INSERT INTO shop.orders VALUES (1, {value + ', ' if value else ''}'')")
    table = house.declared_column("orders", desired, DP)

    assert house.plan(table) == {**steps, "column gone": "BLOCK"}
    house.reconcile(table)

    blocked = {step: verdict for step, verdict in steps.items() if verdict == "BLOCK"}
    assert house.plan(table) == {**blocked, "column gone": "BLOCK"}


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
