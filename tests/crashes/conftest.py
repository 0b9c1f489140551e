"""The shop in use: rows are written and tables are read while it is reconciled."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from connections import Writer
from crashes.child import options
from crashes.shop import LASTING, STATES, shop
from meanwhile import meanwhile
from scenarios.database import TestDatabase

from moose_dagster import plan_for, reconcile
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation.results import ReconcileResult

_ROWS = 300


@dataclass
class Shop:
    """The shop on the server, and what must be true of it after any crash.

    Attributes:
        db: Its database.
        writers: Those that write to it, by table.
        state: What its code declares now.
        plan: What was to be done in its last turn that nothing disturbed.
        statements: How many statements that took.
        requests: How many statements and queries.
    """

    db: TestDatabase
    writers: dict[str, Writer] = field(default_factory=dict[str, Writer])
    state: str = STATES[0]
    plan: Plan = field(default_factory=Plan)
    statements: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        """Make it, with rows."""
        self.converges()
        db = self.db
        for table in ("orders", "payments"):
            columns = f"INSERT INTO shop.{table} (id, day)"
            db.raw(
                f"{columns} SELECT number, toDate('2026-01-01') + number % 3 FROM numbers({_ROWS})"
            )
            text = f"INSERT INTO {db.database}.{table} (id, day) VALUES ({{0}}, '2026-01-02')"
            self.writers[table] = Writer(db.clickhouse.connected, text, pause=0.1)
        db.raw(
            "INSERT INTO shop.customers (id, name, city) SELECT number, 'n', 'c' FROM numbers(100)"
        )
        db.raw("INSERT INTO shop.visits (id, at) SELECT number, now() FROM numbers(100)")

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Write to it and read from it while the block runs; a reader that fails fails the test."""
        with ExitStack() as stack:
            stack.enter_context(reading(self.db))
            for writer in self.writers.values():
                start = max(writer.acknowledged, default=_ROWS) + 1_000
                stack.enter_context(writer.writing(start))
            yield

    def turn(self) -> str:
        """Let the code say the other state, and return it."""
        self.state = STATES[self.state == STATES[0]]
        return self.state

    def turns(self) -> None:
        """Take it to the other state with nothing in the way, and count what that takes."""
        queries = self.db.clickhouse.queries
        self.db.writes()
        self.turn()
        self.plan = self.converges().before.plan
        self.statements = len(self.db.writes())
        self.requests = self.statements + self.db.clickhouse.queries - queries

    def converges(self) -> ReconcileResult:
        """Reconcile, expect no failure, and return the outcome."""
        project = self.db.project(*shop(self.state))
        outcome = reconcile(project, self.db.clickhouse, options(self.db, lock_lease=30.0))
        assert [result.error for result in outcome.failures] == []
        assert outcome.unfinished == ()
        return outcome

    def is_whole(self) -> None:
        """Expect every acknowledged row once, nothing to do, and nothing left over."""
        db = self.db
        for table, writer in self.writers.items():
            ids = [row[0] for row in db.rows(f"SELECT id FROM shop.{table} ORDER BY id")]
            assert ids == [*range(_ROWS), *writer.acknowledged]
        assert db.value("SELECT sum(n) FROM shop.totals") == _ROWS + len(
            self.writers["payments"].acknowledged
        )
        assert db.rows("SELECT count() FROM shop.customers") == [(100,)]
        plan_result = plan_for(db.project(*shop(self.state)), db.clickhouse, options(db))
        assert [step.reason for step in plan_result.plan.steps] == []
        assert plan_result.plan.notes == ()
        # The lock of a run that was killed when all was done is swept up by the next one that has
        # work.
        assert [name for name in self.leftovers() if ".lock__tests" not in name] == []

    def is_clean(self) -> None:
        """Expect that the next run leaves nothing at all."""
        self.turns()
        assert self.leftovers() == []

    def leftovers(self) -> list[str]:
        trash, ledger = self.db.options["trash_database"], self.db.options["ledger_database"]
        return [
            name
            for (name,) in self.db.rows(
                f"SELECT database || '.' || name FROM system.tables WHERE database = '{trash}' "
                f"OR (database = '{ledger}' AND (name LIKE 'scratch\\_\\_%' OR name "
                "LIKE 'lock\\_\\_%'))"
            )
        ]


@contextmanager
def reading(db: TestDatabase) -> Iterator[None]:
    """Read every lasting table and view, one after the other, again and again."""

    def read(stopped: threading.Event) -> None:
        with db.clickhouse.connected.another() as connection:
            while not stopped.wait(0.3):
                for name in LASTING:
                    connection.query(f"SELECT count() FROM {db.database}.{name}")

    with meanwhile(read):
        yield


@pytest.fixture(scope="session")
def working(connected) -> Iterator[Shop]:
    """One shop for all crashes: whatever they were, the last run leaves nothing at all."""
    working = Shop(TestDatabase(connected))
    working.turns()
    yield working
    working.is_clean()
