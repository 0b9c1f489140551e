"""A table that is written to while it is rebuilt has every acknowledged row exactly once."""

import os
from itertools import cycle, product

import pytest
from connections import Writer
from scenarios.database import declared

from moose_dagster import (
    AggregatingMergeTreeEngine,
    CollapsingMergeTreeEngine,
    MergeTreeEngine,
    ReplacingMergeTreeEngine,
    SummingMergeTreeEngine,
)

COLUMNS = "id Int64; day Date; v Int64; sign Int8"
ENGINES = {
    "MergeTree": MergeTreeEngine(),
    "Replacing": ReplacingMergeTreeEngine(),
    "Summing": SummingMergeTreeEngine(columns=["v"]),
    "Aggregating": AggregatingMergeTreeEngine(),
    "Collapsing": CollapsingMergeTreeEngine(sign="sign"),
}
SOURCE = (
    "SELECT number AS id, toDate('2026-01-01') + number % 5 AS day, number + 1 AS v, 1 "
    "AS sign FROM numbers(2000)"
)


def orders(**config):
    return declared("orders", COLUMNS, **config)


CHANGES = {
    "another key": ({"order_by_fields": ["id"]}, {"order_by_fields": ["id", "day"]}),
    "other partitions": (
        {"order_by_fields": ["id"], "partition_by": "day"},
        {"order_by_fields": ["id"], "partition_by": "id % 3"},
    ),
}
# Every engine with every change in `make test-long`; here they take turns.
IS_LONG = "MOOSE_BREAK_STEP" in os.environ
CASES = [*product(ENGINES, CHANGES)] if IS_LONG else [*zip(ENGINES, cycle(CHANGES), strict=False)]


@pytest.mark.parametrize(("engine", "change"), CASES)
def test_every_acknowledged_row_is_there_once(db, engine, change):
    """66: rows inserted during a rebuild: all there, once."""
    engine = ENGINES[engine]
    before, after = CHANGES[change]
    db.reconcile(orders(engine=engine, **before))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    insert = f"INSERT INTO {db.database}.orders VALUES ({{0}}, '2026-01-02', {{0}}, 1)"
    writer = Writer(db.clickhouse.connected, insert)

    with writer.writing():
        db.reconcile(orders(engine=engine, **after))

    assert len(writer.acknowledged) > 3
    ids = [row[0] for row in db.rows("SELECT id FROM shop.orders ORDER BY id")]
    assert ids == [*range(2000), *writer.acknowledged]
    assert db.value("SELECT sum(v) FROM shop.orders") == sum(ids) + 2000
    assert db.plan(orders(engine=engine, **after)) == {}


def test_rows_that_the_engine_merges_are_neither_lost_nor_counted_twice(db):
    engine = SummingMergeTreeEngine(columns=["v"])
    db.reconcile(orders(engine=engine, order_by_fields=["id"]))
    db.raw("INSERT INTO shop.orders SELECT number % 10, '2026-01-01', 1, 1 FROM numbers(1000)")
    writer = Writer(
        db.clickhouse.connected, f"INSERT INTO {db.database}.orders VALUES (3, '2026-01-01', 1, 1)"
    )

    with writer.writing():
        db.reconcile(orders(engine=engine, order_by_fields=["id"], partition_by="day"))

    assert db.value("SELECT sum(v) FROM shop.orders") == 1000 + len(writer.acknowledged)


def test_nobody_finds_the_table_missing_or_half_full(db):
    db.reconcile(orders(order_by_fields=["id"]))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    reader = Writer(
        db.clickhouse.connected,
        f"SELECT throwIf(count() != 2000) FROM {db.database}.orders /* {{0}} */",
    )

    with reader.writing():
        db.reconcile(orders(order_by_fields=["day"]))

    assert len(reader.acknowledged) > 3


def test_nothing_of_a_rebuild_is_left_but_the_former_table(db):
    db.reconcile(orders(order_by_fields=["id"]))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")

    db.reconcile(orders(order_by_fields=["day"]))

    trash = db.options["trash_database"]
    assert [name.split("__")[1] for (name,) in db.rows(f"SHOW TABLES FROM {trash}")] == ["orders"]
    settings = db.rows(
        f"SELECT engine_full FROM system.tables WHERE database IN ('{trash}', '{db.database}')"
    )
    assert not any("block_number" in text for (text,) in settings)
    db.raw("OPTIMIZE TABLE shop.orders FINAL")
    assert (
        db.value(f"SELECT count() FROM system.parts WHERE active AND database = '{db.database}'")
        == 1
    )
