"""A clone of an environment: what is inside points inside, and the original is untouched."""

from datetime import timedelta
from typing import Any

import pytest
from scenarios.database import EM, TestDatabase, declared

from moose_dagster import (
    Dictionary,
    Environment,
    KafkaEngine,
    MaterializedView,
    MaterializedViewOptions,
    Options,
    Project,
    View,
    plan_for,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.errors import LockHeld, ReconcileError
from moose_dagster.ledger.history import Filter, read_history
from moose_dagster.reconciliation.clone import clone, drop_clone, expired_environments, read_clones
from moose_dagster.reconciliation.project_writer import ProjectWriter

ENVIRONMENTS = [Environment("prod"), Environment("pr-*", database_suffix="_{name}")]
ORDERS = declared("orders", "id UInt64; note String")
TOTALS = declared("totals", "id UInt64")
_SOURCE = "(id UInt64, note String) PRIMARY KEY id SOURCE(CLICKHOUSE(DB '{}' TABLE 'orders'))"


def project(db: TestDatabase, *more: Any, orders: Any = ORDERS) -> Project:
    crm = declared("crm", "id UInt64", EM)
    filled = MaterializedView(
        MaterializedViewOptions(
            select_statement="SELECT id FROM orders",
            materialized_view_name="filled",
            target_table=TOTALS,
        )
    )
    seen = View("seen", "SELECT orders.id AS id FROM orders JOIN crm USING (id)")
    notes = Dictionary("notes", _SOURCE.format(db.database) + " LAYOUT(FLAT()) LIFETIME(0)")
    resources = [orders, TOTALS, crm, filled, seen, notes, *more]
    return Project("web", resources, database=db.database, environments=ENVIRONMENTS)


def prepared(db: TestDatabase) -> Project:
    """Return the project, whose environment `prod` is live with rows."""
    db.live("crm (id UInt64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    prod = project(db).in_environment("prod")
    outcome = reconcile(prod, db.clickhouse, Options(**db.options))
    assert not outcome.failures
    db.raw("INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b')")
    return prod


def test_a_clone_has_the_rows_and_writes_nothing_of_the_original(db: TestDatabase):
    prod = prepared(db)
    branch = prod.in_environment("pr-123")
    new = f"{db.database}_pr_123"

    made = clone(prod, branch, db.clickhouse, Options(**db.options), rows=True)
    db.raw(f"INSERT INTO {new}.orders VALUES (3, 'c')")

    assert not made.result.failures
    assert {table.name for table in made.cloned} == {"orders", "totals"}
    assert db.rows(f"SELECT id FROM {new}.orders ORDER BY id") == [(1,), (2,), (3,)]
    assert db.rows(f"SELECT id FROM {new}.totals ORDER BY id") == [(1,), (2,), (3,)]
    assert db.rows("SELECT id FROM shop.totals ORDER BY id") == [(1,), (2,)]
    assert db.rows("SELECT id FROM shop.orders ORDER BY id") == [(1,), (2,)]
    assert db.rows(f"SELECT id FROM {new}.seen") == [(1,)]
    assert db.value(f"SELECT dictGet('{new}.notes', 'note', toUInt64(3))") == "c"
    names = db.rows(f"SELECT name FROM system.tables WHERE database = '{new}'")
    assert ("crm",) not in names
    assert plan_for(branch, db.clickhouse, Options(**db.options)).plan.steps == ()


def test_without_rows_the_tables_are_empty_and_have_the_schema_of_the_code(db: TestDatabase):
    prod = prepared(db)
    changed = project(db, orders=declared("orders", "id UInt64; note String; more Int64"))

    clone(prod, changed.in_environment("pr-1"), db.clickhouse, Options(**db.options), rows=False)

    new = f"{db.database}_pr_1"
    assert db.value(f"SELECT count() FROM {new}.orders") == 0
    columns = f"SELECT name FROM system.columns WHERE database = '{new}' AND table = 'orders'"
    assert [name for (name,) in db.rows(columns)] == ["id", "note", "more"]


def test_dropping_a_clone_removes_its_databases_and_nothing_else(db: TestDatabase):
    prod = prepared(db)
    one, two = prod.in_environment("pr-1"), prod.in_environment("pr-2")
    for branch in (one, two):
        clone(prod, branch, db.clickhouse, Options(**db.options), rows=True)

    dropped = drop_clone(one, db.clickhouse, Options(**db.options))
    again = drop_clone(one, db.clickhouse, Options(**db.options))
    original = drop_clone(prod, db.clickhouse, Options(**db.options))

    assert (list(dropped), list(again), list(original)) == ([f"{db.database}_pr_1"], [], [])
    assert db.value("SELECT count() FROM shop.orders") == 2
    assert db.value(f"SELECT count() FROM {db.database}_pr_2.orders") == 2
    assert plan_for(prod, db.clickhouse, Options(**db.options)).plan.steps == ()


def test_what_a_clone_sends_is_in_the_history_of_its_environment(db: TestDatabase):
    prod = prepared(db)
    branch = prod.in_environment("pr-5")
    new = f"{db.database}_pr_5"

    clone(prod, branch, db.clickhouse, Options(**db.options), rows=True)
    drop_clone(branch, db.clickhouse, Options(**db.options))

    ledger = Options(**db.options).ledger_database
    history = read_history(db.clickhouse, ledger, branch.owner.key, Filter(limit=1000))
    sent = [(statement.resource, statement.statement) for statement in history]
    assert (f"{new}.orders", f"CREATE TABLE `{new}`.`orders` AS `{db.database}`.`orders`") in sent
    assert any(f"ALTER TABLE `{new}`.`orders` ATTACH" in statement for _, statement in sent)
    assert (f"{new}.*", f"DROP DATABASE IF EXISTS `{new}` SYNC") in sent


def test_a_clone_waits_for_another_run_of_its_environment(db: TestDatabase):
    prod = prepared(db)
    branch = prod.in_environment("pr-6")
    options = Options(**{**db.options, "wait_for_lock": 0})
    other = ProjectWriter(branch.owner, db.clickhouse, options)

    with other.locked(), pytest.raises(LockHeld):
        clone(prod, branch, db.clickhouse, options, rows=True)

    assert read_clones(db.clickhouse).keys().isdisjoint({f"{db.database}_pr_6"})


def test_a_table_that_a_clone_has_already_is_named(db: TestDatabase):
    prod = prepared(db)
    branch = prod.in_environment("pr-7")
    clone(prod, branch, db.clickhouse, Options(**db.options), rows=False)

    again = clone(prod, branch, db.clickhouse, Options(**db.options), rows=True)

    assert again.cloned == ()
    assert {table.name: why for table, why in again.without_rows.items()} == {
        "orders": "it exists already, and keeps what it has.",
        "totals": "it exists already, and keeps what it has.",
    }


def test_a_clone_is_dropped_though_its_tables_are_large(db: TestDatabase, clickhouse_url):
    prod = prepared(db)
    branch = prod.in_environment("pr-8")
    clone(prod, branch, db.clickhouse, Options(**db.options), rows=True)
    address = ClickHouseAddress.from_url(f"{clickhouse_url}?max_table_size_to_drop=1")

    with connect(address) as clickhouse:
        dropped = drop_clone(branch, clickhouse, Options(**db.options))

    assert list(dropped) == [f"{db.database}_pr_8"]


def test_a_clone_knows_how_old_it_is(db: TestDatabase):
    prod = prepared(db)
    clone(prod, prod.in_environment("pr-9"), db.clickhouse, Options(**db.options))

    assert read_clones(db.clickhouse)[f"{db.database}_pr_9"].source == "prod"
    assert "pr-9" in expired_environments(prod, db.clickhouse, timedelta(seconds=-5))
    assert expired_environments(prod, db.clickhouse, timedelta(days=1)) == ()


def test_a_database_that_no_clone_made_is_never_used(db: TestDatabase):
    prod = prepared(db)
    db.raw(f"CREATE DATABASE {db.database}_pr_1")

    with pytest.raises(ReconcileError, match="was not made by a clone"):
        clone(prod, prod.in_environment("pr-1"), db.clickhouse, Options(**db.options))

    assert db.rows(f"SELECT 1 FROM system.tables WHERE database = '{db.database}_pr_1'") == []


def test_the_same_names_are_refused(db: TestDatabase):
    prod = prepared(db)

    with pytest.raises(ReconcileError, match="has the same name in both environments"):
        clone(prod, prod, db.clickhouse, Options(**db.options))


def test_what_would_take_messages_from_the_original_is_left_out(db: TestDatabase):
    prepared(db)
    engine = KafkaEngine("nowhere.invalid:9092", "clicks", "readers", "JSONEachRow")
    queue = declared("queue", "id UInt64", engine=engine, order_by_fields=[])
    with_queue = project(db, queue, View("queued", "SELECT id FROM queue"))

    made = clone(
        with_queue.in_environment("prod"),
        with_queue.in_environment("pr-1"),
        db.clickhouse,
        Options(**db.options),
    )

    assert {resource.name for resource in made.left_out} == {"queue", "queued"}
    assert not db.rows(
        f"SELECT 1 FROM system.tables WHERE database = '{db.database}_pr_1' AND name = 'queue'"
    )
