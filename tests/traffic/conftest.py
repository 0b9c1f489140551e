"""Two tables that change while others write to them, and what must be true afterwards."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from meanwhile import meanwhile
from scenarios.database import DP, FM, TestDatabase, declared
from traffic.proxy import TrafficProxy, watched

from moose_dagster import Options, Project, plan_for, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.errors import MooseDagsterError, ServerError

# A run that is dead keeps others waiting that long, in seconds.
LEASE = 0.5
ROWS = 60
COLUMNS = "id Int64; day Date; v Int64"
TABLES = ("orders", "payments")
_SHORTENED = {"orders": COLUMNS, "payments": f"{COLUMNS}; note String"}


@dataclass
class World:
    """Tables on the server, and what was acknowledged of them.

    Attributes:
        db: The database.
        written: The note of each row that was acknowledged, by table and id; None where it has
            none.
        messages: What the runs said.
    """

    db: TestDatabase
    written: dict[str, dict[int, str | None]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the tables with rows."""
        self.db.reconcile(*self.before())
        for table in TABLES:
            self.db.raw(
                f"INSERT INTO shop.{table} SELECT number, toDate('2026-01-01') + number % 2, 1, "
                f"'old' FROM numbers({ROWS})"
            )
            self.written[table] = dict.fromkeys(range(ROWS), "old")
        self.db.raw(f"INSERT INTO shop.kept SELECT number, number FROM numbers({ROWS})")

    def before(self) -> list[Any]:
        note = f"{COLUMNS}; note String"
        return [
            declared("orders", note, partition_by="day", order_by_fields=["id"]),
            declared("payments", note, partition_by="day", order_by_fields=["id"]),
            declared("kept", "id Int64; n Int64", DP),
        ]

    def after(self) -> list[Any]:
        """Return the declarations that drop a column, need a rebuild and prove a type."""
        return [
            declared("orders", COLUMNS, partition_by="day", order_by_fields=["id"]),
            declared(
                "payments",
                f"{COLUMNS}; note String",
                FM,
                order_by_fields=["day", "id"],
                partition_by="day",
            ),
            declared("kept", "id Int64; n Int16", DP),
        ]

    def run(self, clickhouse: ConnectedClickHouse, wait: float = 9.0) -> bool:
        """Reconcile, note what is said, and tell whether all went well."""
        options = Options(**self.db.options, adopt=True, lock_lease=LEASE, wait_for_lock=wait)
        try:
            outcome = reconcile(self.db.project(*self.after()), clickhouse, options)
        except MooseDagsterError as error:
            self.messages.append(str(error))
            return False
        errors = [*(result.error for result in outcome.failures), *outcome.unfinished]
        self.messages += [*errors, *outcome.before.plan.notes, *outcome.after.plan.notes]
        return not errors

    def run_through(self, url: str) -> None:
        """Reconcile by way of a proxy; how that ends is told by the next run."""
        with suppress(MooseDagsterError), connect(ClickHouseAddress.from_url(url)) as clickhouse:
            self.run(clickhouse)

    def converges(self) -> None:
        """Expect that one of the next three runs has nothing to say, and leaves nothing to do."""
        assert any(self.run(self.db.clickhouse.connected) for _ in range(3)), "\n".join(
            self.messages
        )
        options = Options(**self.db.options, adopt=True)
        plan = plan_for(self.db.project(*self.after()), self.db.clickhouse, options).plan
        assert ([step.reason for step in plan.steps], plan.notes) == ([], ())
        for table in TABLES:
            assert "max_bytes_to_merge" not in self.db.value(f"SHOW CREATE TABLE shop.{table}")

    def keeps(self, table: str, stays: bool = True) -> None:  # noqa: FBT001, FBT002 - a test's
        """Expect every acknowledged value of *table* in a table or in the trash.

        Args:
            table: Its name.
            stays: Whether the rows are in the table itself, each once.
        """
        written = self.written[table]
        found = set(self._everywhere("note"))
        noted = {(id_, note) for id_, note in written.items() if note is not None}
        assert noted - found == set()
        if stays:
            ids = [row[0] for row in self.db.rows(f"SELECT id FROM shop.{table} ORDER BY id")]
            assert ids == sorted(written)
        else:
            assert written.keys() - {row[0] for row in self._everywhere("v")} == set()

    def has(self, condition: str) -> bool:
        """Tell whether any table or the trash has a row of that *condition*."""
        return any(
            self.db.value(f"SELECT count() FROM {place} WHERE {condition}")
            for place in self._places("v")
        )

    def insert(self, table: str, id_: int) -> None:
        """Insert a row as somebody else would, and remember it if it was acknowledged."""
        with self.db.clickhouse.connected.another() as connection:
            self._insert(connection, table, id_)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Write to all tables while the block runs."""

        def write(stopped: threading.Event) -> None:
            number = 1_000
            with self.db.clickhouse.connected.another() as connection:
                while not stopped.wait(0.2):
                    for table in TABLES:
                        self._insert(connection, table, number)
                    number += 1

        with meanwhile(write):
            yield

    def _insert(self, connection: ConnectedClickHouse, table: str, id_: int) -> None:
        into = f"INSERT INTO {self.db.database}.{table}"
        for columns, values, note in (
            ("(id, day, v, note)", f"({id_}, '2026-01-02', 1, 'n')", "n"),
            ("(id, day, v)", f"({id_}, '2026-01-02', 1)", None),
        ):
            # Where the column or the table is gone, nothing was acknowledged.
            with suppress(ServerError):
                connection.command(f"{into} {columns} VALUES {values}")
                self.written[table][id_] = note
                return

    def _places(self, column: str) -> list[str]:
        databases = f"('{self.db.database}', '{self.db.options['trash_database']}')"
        return [
            f"`{database}`.`{name}`"
            for database, name in self.db.rows(
                "SELECT database, table FROM system.columns "
                f"WHERE database IN {databases} AND name = '{column}'"
            )
        ]

    def _everywhere(self, column: str) -> Iterator[tuple[Any, ...]]:
        for place in self._places(column):
            yield from self.db.rows(f"SELECT id, {column} FROM {place}")


@pytest.fixture
def world(connected: ConnectedClickHouse) -> World:
    """Tables of their own."""
    return World(TestDatabase(connected))


@pytest.fixture(scope="session")
def proxy(clickhouse_url: str) -> Iterator[TrafficProxy]:
    """A proxy in front of the server."""
    parts = urlsplit(clickhouse_url)
    with watched(parts.hostname or "", parts.port or 0) as started:
        yield started


def other_project(db: TestDatabase, *tables: Any) -> Project:
    """Return another project of the same database."""
    return Project("other", tables, database=db.database)
