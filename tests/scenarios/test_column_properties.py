"""Defaults, codecs and comments of columns, and what rows read before and after."""

import pytest
from scenarios.database import DP, declared, declared_as

from moose_dagster import OlapConfig

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


def test_17_a_property_of_a_column_is_seen_and_altered_in_place(db):
    tables = []
    names = {}
    for what, live, desired, step in ALTERED:
        name = what.replace(" ", "_")
        db.live(f"{name} (id Int64, {live}) ENGINE = MergeTree ORDER BY id")
        db.raw(f"INSERT INTO shop.{name} (id) VALUES (1), (2)")
        tables.append(db.declared_column(name, desired, DP))
        names[name] = f"{name}.{step}"
    before = {name: db.rows(f"SELECT id, x FROM shop.{name} ORDER BY id") for name in names}

    assert db.plan(*tables) == dict.fromkeys(names.values(), "APPLY")
    db.reconcile(*tables)

    assert db.plan(*tables) == {}
    after = {name: db.rows(f"SELECT id, x FROM shop.{name} ORDER BY id") for name in names}
    # An alias stores nothing.
    assert after == {**before, "alias_changed": [(1, 2), (2, 3)]}


def test_17_an_added_column_has_its_settings_under_every_clickhouse(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    table = db.declared_column(
        "orders", "x Int64 COMMENT 'new' SETTINGS (min_compress_block_size = 4096)", DP
    )

    db.reconcile(table)

    ddl = db.value("SHOW CREATE TABLE shop.orders")
    assert "`x` Int64 COMMENT 'new' SETTINGS (min_compress_block_size = 4096)" in ddl
    assert db.plan(table) == {}


@pytest.mark.parametrize("old_default", ["", " DEFAULT 1"])
def test_18_old_rows_read_the_same_after_the_default_changed(db, old_default):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw(f"ALTER TABLE shop.orders ADD COLUMN x Int64{old_default}")
    before = db.rows("SELECT id, x FROM shop.orders")

    db.reconcile(db.declared_column("orders", "x Int64 DEFAULT 2", DP))

    assert db.rows("SELECT id, x FROM shop.orders") == before
    db.raw("INSERT INTO shop.orders (id) VALUES (2)")
    assert db.value("SELECT x FROM shop.orders WHERE id = 2") == 2


@pytest.mark.parametrize(
    "desired", ["x UInt32 MATERIALIZED id + 1", "x UInt32", "x UInt32 DEFAULT 3"]
)
def test_18_values_that_were_computed_once_are_not_computed_again(db, desired):
    db.live("orders (id Int64, x UInt32 MATERIALIZED rand()) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders (id) VALUES (1), (2)")
    before = db.rows("SELECT id, x FROM shop.orders ORDER BY id")
    table = db.declared_column("orders", desired, DP)

    db.reconcile(table)

    assert db.rows("SELECT id, x FROM shop.orders ORDER BY id") == before
    assert db.plan(table) == {}


def test_18_rows_written_before_a_materialized_column_read_the_same_after_it_changed(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw("ALTER TABLE shop.orders ADD COLUMN x Int64 MATERIALIZED id + 1")

    db.reconcile(db.declared_column("orders", "x Int64 MATERIALIZED id + 2", DP))

    assert db.rows("SELECT id, x FROM shop.orders") == [(1, 2)]


def test_18_the_default_of_a_key_column_changes(db):
    db.live("orders (id Int64, x Int64 DEFAULT 1) ENGINE = MergeTree ORDER BY (id, x)")
    db.raw("INSERT INTO shop.orders (id) VALUES (1)")
    table = declared("orders", "id Int64; x Int64", DP, order_by_fields=["id", "x"])

    db.reconcile(table)

    assert db.rows("SELECT id, x FROM shop.orders") == [(1, 1)]
    assert db.plan(table) == {}


def test_19_a_stored_column_does_not_become_an_alias_in_a_protected_table(db):
    db.live("orders (id Int64, x Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")

    assert db.plan(db.declared_column("orders", "x Int64 ALIAS id", DP)) == {"default x": "BLOCK"}


COMPUTED = [
    # live column, declared column
    ("x Int64 CODEC(Delta, LZ4)", "x String ALIAS 'a'"),
    ("x String DEFAULT 'b'", "x Int64 ALIAS id"),
    ("x Nullable(Int64)", "x Int64 ALIAS id"),
    ("x Enum8('a' = 1)", "x Array(Int64) ALIAS [id] COMMENT 'new'"),
    ("x String", "x Int64 EPHEMERAL 1"),
]


@pytest.mark.parametrize("row", COMPUTED, ids=[f"{row[0]} -> {row[1]}" for row in COMPUTED])
def test_19_a_stored_column_becomes_computed_with_another_type_in_one_run(db, row):
    live, desired = row
    value = "'a'" if "Enum8" in live else "'5'"
    db.live(f"orders (id Int64, {live}) ENGINE = MergeTree ORDER BY id", f"VALUES (1, {value})")
    table = db.declared_column("orders", desired)

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.trashed() == ["orders"]


def test_19_a_stored_column_becomes_an_alias_of_a_type_without_conversion_in_a_rebuild(db):
    db.live("orders (id Int64, x Int256) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")
    config = OlapConfig(order_by_fields=[], order_by_expression="(-id, id)")
    table = declared_as("orders", ["id Int64", "x Decimal(18, 4) ALIAS id"], config)

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.in_trash("orders", "x") == 5


@pytest.mark.parametrize(
    "desired", ["x Int64 ALIAS a", "x String ALIAS 'a'", "x Int64 EPHEMERAL 1"]
)
@pytest.mark.parametrize("index", ["", ", INDEX i x TYPE minmax"])
def test_19_rows_can_still_be_rewritten_after_a_stored_column_became_computed(db, desired, index):
    db.live(
        f"orders (id Int64, a Int64, x Int64{index}) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 1, 5)",
    )
    columns = ["id Int64", "a Int64", desired]
    table = declared_as("orders", columns, OlapConfig(order_by_fields=["id"]))

    db.reconcile(table)
    db.raw("ALTER TABLE shop.orders UPDATE a = 2 WHERE 1 SETTINGS mutations_sync = 1")

    assert db.rows("SELECT id, a FROM shop.orders") == [(1, 2)]
    assert db.plan(table) == {}
    assert db.in_trash("orders", "x") == 5
