"""The shop at work: rows are written and tables are read while it is reconciled."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from crashes.child import options
from crashes.shop import LASTING, STATES, shop
from meanwhile import meanwhile
from rebuild.conftest import Writer
from scenarios.house import House

from moose_dagster import plan_for, reconcile

_ROWS = 300


@dataclass
class Shop:
    """The shop on the server, and what must be true of it after any crash.

    Args:
        house: Its database.
        writers: Those that write to it, by table.
    """

    house: House
    writers: dict[str, Writer] = field(default_factory=dict[str, Writer])
    state: str = STATES[0]

    def __post_init__(self) -> None:
        """Make it, with rows."""
        self.converges()
        house = self.house
        for table in ("orders", "payments"):
            columns = f"INSERT INTO shop.{table} (id, day)"
            house.raw(f"{columns} SELECT number, toDate('2026-01-01') + number % 3 FROM numbers({_ROWS})")
            text = f"INSERT INTO {house.database}.{table} (id, day) VALUES ({{0}}, '2026-01-02')"
            self.writers[table] = Writer(house.clickhouse.connected, text, pause=0.02)
        house.raw("INSERT INTO shop.customers (id, name, city) SELECT number, 'n', 'c' FROM numbers(100)")
        house.raw("INSERT INTO shop.visits (id, at) SELECT number, now() FROM numbers(100)")

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Write to it and read from it while the block runs; whatever a reader misses fails the test."""
        with ExitStack() as stack:
            stack.enter_context(reading(self.house))
            for writer in self.writers.values():
                start = max(writer.acknowledged, default=_ROWS) + 1_000
                stack.enter_context(writer.writing(start))
            yield

    def turn(self) -> str:
        """Let the code say the other state, and return it."""
        self.state = STATES[self.state == STATES[0]]
        return self.state

    def converges(self) -> None:
        """Reconcile, and expect no failure."""
        project = self.house.project(*shop(self.state))
        outcome = reconcile(project, self.house.clickhouse, options(self.house, lock_lease=30.0))
        assert [result.error for result in outcome.failures] == []
        assert outcome.unfinished == ()

    def is_whole(self) -> None:
        """Expect every acknowledged row once, nothing to do, and nothing left over."""
        house = self.house
        for table, writer in self.writers.items():
            ids = [row[0] for row in house.rows(f"SELECT id FROM shop.{table} ORDER BY id")]
            assert ids == [*range(_ROWS), *writer.acknowledged]
        assert house.value("SELECT sum(n) FROM shop.totals") == _ROWS + len(self.writers["payments"].acknowledged)
        assert house.rows("SELECT count() FROM shop.customers") == [(100,)]
        survey = plan_for(house.project(*shop(self.state)), house.clickhouse, options(house))
        assert [step.reason for step in survey.plan.steps] == []
        assert survey.plan.notes == ()
        # The lock of a run that was killed when all was done is swept up by the next one that has work.
        assert [name for name in self.left_over() if ".lock__tests" not in name] == []

    def is_clean(self) -> None:
        """Expect that the next run leaves nothing at all."""
        self.turn()
        self.converges()
        assert self.left_over() == []

    def left_over(self) -> list[str]:
        trash, ledger = self.house.options["trash_database"], self.house.options["ledger_database"]
        return [
            name
            for (name,) in self.house.rows(
                f"SELECT database || '.' || name FROM system.tables WHERE database = '{trash}' "
                f"OR (database = '{ledger}' AND (name LIKE 'shadow\\_\\_%' OR name LIKE 'lock\\_\\_%'))"
            )
        ]


@contextmanager
def reading(house: House) -> Iterator[None]:
    """Read every lasting table and view, one after the other, again and again."""

    def read(stopped: threading.Event) -> None:
        with house.clickhouse.connected.another() as connection:
            while not stopped.wait(0.02):
                for name in LASTING:
                    connection.query(f"SELECT count() FROM {house.database}.{name}")

    with meanwhile(read):
        yield


@pytest.fixture
def shop_at_work(connected) -> Callable[[], Shop]:
    """Return a function that makes a shop."""
    return lambda: Shop(House(connected))
