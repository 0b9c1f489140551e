"""What a run does that lost its lock: it writes nothing, and what is late counts for nothing."""

import time
from dataclasses import replace

import pytest
from scenarios.database import DP, FM, Recording, declared

from moose_dagster import Options, reconcile
from moose_dagster.errors import LockLost
from moose_dagster.ledger.checkpoints import without_late_events
from moose_dagster.ledger.entries import read_ledger
from moose_dagster.ledger.guarded import GuardedClickHouse
from moose_dagster.ledger.lock import locked
from moose_dagster.ledger.writer import Ledger
from moose_dagster.plan.removal import Entry, Record
from moose_dagster.state.names import TableId
from moose_dagster.state.owner import Owner

ORDERS = TableId("shop", "orders")


class Slept(Recording):
    """A connection whose run loses its lock at the first statement that begins with ALTER TABLE."""

    def __init__(self, connected, lock):
        super().__init__(connected)
        self.lock = lock
        self.late = None

    def write(self, statement, send):
        super().write(statement, send)
        if self.late is None and statement.startswith("ALTER TABLE") and "COLUMN" in statement:
            self.connected.command(f"DROP TABLE {self.lock} SYNC")
            time.sleep(0.3)
            self.late = len(self.writes)


@pytest.fixture
def ledger(db):
    found = Ledger(db.clickhouse, db.options["ledger_database"], "tests", "run")
    found.prepare()
    return found


def test_a_run_that_lost_its_lock_writes_neither_tables_nor_the_ledger(db):
    db.reconcile(declared("orders", "id Int64; a Int64"), declared("visits", "id Int64; a Int64"))
    lock = f"{db.options['ledger_database']}.lock__tests"
    slept = Slept(db.clickhouse.connected, lock)
    tables = (declared("orders", "id Int64; b Int64", DP), declared("visits", "id Int64; b Int64"))

    outcome = reconcile(db.project(*tables), slept, Options(**db.options, adopt=True))

    assert slept.writes[slept.late :] == []
    warnings = [result.error for result in outcome.failures] + list(outcome.unfinished)
    assert any("the lock was lost" in text for text in warnings)
    entries = read_ledger(db.clickhouse, db.options["ledger_database"], Owner("tests")).tables
    assert {entry.life_cycle for entry in entries.values()} == {FM}


def test_a_lock_that_was_lost_stays_so(db):
    table = TableId(db.database, "lock__tests")
    with locked(db.clickhouse, table, "first") as lock:
        db.raw(f"RENAME TABLE {table} TO {table}_aside")
        time.sleep(0.3)
        with pytest.raises(LockLost):
            GuardedClickHouse(db.clickhouse, lock).command("SYSTEM FLUSH LOGS")
        db.raw(f"RENAME TABLE {table}_aside TO {table}")

        with pytest.raises(LockLost):
            GuardedClickHouse(db.clickhouse, lock).insert("shop.orders", ["id"], [[1]])


def test_a_later_holder_has_a_greater_number(db):
    table = TableId(db.database, "lock__tests")

    with locked(db.clickhouse, table, "first") as first:
        pass
    with locked(db.clickhouse, table, "second") as second:
        assert second.fencing_token > first.fencing_token > 0


def test_what_a_former_holder_records_late_does_not_count(db, ledger):
    earlier, later = (
        replace(ledger, fencing_token=1_000_000),
        replace(ledger, fencing_token=2_000_000),
    )

    later.record([Record(ORDERS, Entry(DP, "second", "uuid"))])
    earlier.record([Record(ORDERS, Entry(FM, "first", "uuid"))])
    earlier.record([Record(ORDERS, None)])

    entries = read_ledger(db.clickhouse, ledger.database, Owner("tests"))
    assert entries.tables[ORDERS].life_cycle is DP


def test_events_of_a_rebuild_that_come_late_do_not_count():
    events = [
        (1, 10, "started", "{}"),
        (2, 10, "moved", "late"),
        (2, 20, "staged", "[]"),
        (3, 10, "ended", "late"),
        (4, 20, "filled", "[]"),
    ]

    assert list(without_late_events(events)) == [
        ("started", "{}"),
        ("staged", "[]"),
        ("filled", "[]"),
    ]
