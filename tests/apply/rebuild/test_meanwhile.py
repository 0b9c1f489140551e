"""What somebody else does to a table during its rebuild is noticed or reported."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from scenarios.database import Recording, TestDatabase, declared

from moose_dagster import Options, reconcile
from moose_dagster.ledger.checkpoints import Event
from moose_dagster.ledger.lock import locked
from moose_dagster.state.names import TableId

COLUMNS = "id Int64; day Date; v Int64"
ROWS = "SELECT number, toDate('2026-01-01') + number % 3, number + 1 FROM numbers(300)"
ANOTHER_KEY = {"partition_by": "day", "order_by_fields": ["day", "id"]}
AFTER_THE_COPY, BEFORE_THE_EXCHANGE = "ALTER TABLE `trash", "EXCHANGE"


@dataclass
class Meanwhile(Recording):
    """A connection that runs something else once, at the first statement with *word*."""

    word: str = ""
    happens: Callable[[], object] = lambda: None
    afterwards: bool = False

    def command(self, sql: str, settings: Any = None) -> None:
        now = sql.startswith(self.word)
        self.word = self.word if not sql.startswith(self.word) else "-"
        if now and not self.afterwards:
            self.happens()
        super().command(sql, settings)
        if now and self.afterwards:
            self.happens()


def reconciled(
    db: TestDatabase,
    word: str,
    happens: Callable[[], object],
    *,
    afterwards: bool = False,
    **config: Any,
):
    """Return how a reconcile of the orders ended while something else happened."""
    clickhouse = Meanwhile(
        db.clickhouse.connected, word=word, happens=happens, afterwards=afterwards
    )
    project = db.project(declared("orders", COLUMNS, **config))
    return reconcile(project, clickhouse, Options(**db.options, adopt=True))


@pytest.fixture
def orders(db):
    """A live table with 300 rows in three partitions."""
    db.reconcile(declared("orders", COLUMNS, partition_by="day"))
    db.raw(f"INSERT INTO shop.orders {ROWS}")


GONE = {
    "dropped": ("ALTER TABLE shop.orders DROP PARTITION '2026-01-02'", 200),
    "replaced": ("ALTER TABLE shop.orders REPLACE PARTITION '2026-01-02' FROM shop.fifty", 250),
    "truncated": ("TRUNCATE TABLE shop.orders", 0),
}


@pytest.mark.parametrize(("statement", "rows"), GONE.values(), ids=GONE)
def test_rows_that_went_with_their_partition_do_not_come_back(db, orders, statement, rows):
    db.raw("CREATE TABLE shop.fifty AS shop.orders")
    db.raw("INSERT INTO shop.fifty SELECT number, '2026-01-02', 0 FROM numbers(50)")

    outcome = reconciled(
        db, AFTER_THE_COPY, lambda: db.raw(statement), afterwards=True, **ANOTHER_KEY
    )

    (failure,) = outcome.failures
    assert "rows disappeared, as when a partition is dropped or replaced, while" in failure.error
    assert db.value("SELECT count() FROM shop.orders") == rows
    assert db.trashed() == []
    db.reconcile(declared("orders", COLUMNS, **ANOTHER_KEY))
    assert db.value("SELECT count() FROM shop.orders") == rows


def test_an_update_in_the_moment_of_the_exchange_is_told(db, orders):
    update = "ALTER TABLE shop.orders UPDATE v = -1 WHERE id < 10 SETTINGS mutations_sync = 2"
    another = {"partition_by": "toYear(day)", "order_by_fields": ["day", "id"]}

    outcome = reconciled(db, BEFORE_THE_EXCHANGE, lambda: db.raw(update), **another)

    (failure,) = outcome.failures
    assert "rows were updated or deleted while the table was replaced" in failure.error
    assert db.in_trash("orders", "countIf(v = -1)") == 10
    assert db.value("SELECT count() FROM shop.orders") == 300


def test_rows_whose_time_is_over_stay_until_the_table_is_rebuilt(db):
    """Otherwise they could not be told from those of a dropped partition."""
    ttl = {"ttl": "day + INTERVAL 1 YEAR"}
    db.reconcile(declared("orders", COLUMNS, partition_by="day", **ttl))
    db.raw("SYSTEM STOP MERGES shop.orders")
    for _ in range(2):
        db.raw("INSERT INTO shop.orders SELECT number, '2000-01-01', 1 FROM numbers(50)")
    db.raw("SYSTEM START MERGES shop.orders")

    def merge() -> None:
        time.sleep(1)

    outcome = reconciled(db, AFTER_THE_COPY, merge, afterwards=True, **ANOTHER_KEY, **ttl)

    assert [result.error for result in outcome.failures] == []
    db.raw("OPTIMIZE TABLE shop.orders FINAL")
    assert db.value("SELECT count() FROM shop.orders") == 0


def test_a_run_that_has_lost_its_lock_writes_nothing_down(db, orders):
    ledger = db.options["ledger_database"]
    lock = TableId(ledger, "lock__tests")

    def steal() -> None:
        db.raw(f"DROP TABLE {lock} SYNC")
        thief.enter_context(locked(db.clickhouse, lock, "thief"))
        time.sleep(0.25)

    with ExitStack() as thief:
        outcome = reconciled(db, "INSERT INTO `trash", steal, afterwards=True, **ANOTHER_KEY)

    assert "run thief" in outcome.failures[0].error
    events = db.rows(f"SELECT event FROM {ledger}.rebuilds ORDER BY position")
    assert (Event.FILLED.value,) not in events
