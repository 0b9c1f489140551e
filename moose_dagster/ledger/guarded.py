"""A connection that writes only as long as this run holds the lock."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from moose_dagster.clients.clickhouse import ClickHouse, ColumnValues, Row
from moose_dagster.ledger.lock import Lock


@dataclass(frozen=True, slots=True)
class GuardedClickHouse:
    """Looks at the lock before everything that may write, and raises LockLost where it is lost.

    Attributes:
        clickhouse: The connection that reads and writes.
        lock: The lock of the project.
    """

    clickhouse: ClickHouse
    lock: Lock

    def another(self) -> AbstractContextManager[ClickHouse]:
        """Open another connection to the same server, which is not guarded."""
        return self.clickhouse.another()

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Return the rows of a read-only query."""
        return self.clickhouse.query(sql, parameters)

    def query_once(self, sql: str) -> Sequence[Row]:
        """Return the rows of a read-only query, from memory where it was sent before."""
        return self.clickhouse.query_once(sql)

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        """Send one statement that may write, if the lock is held."""
        self.lock.verify()
        self.clickhouse.command(sql, settings)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert *rows* into *table* (quoted full name), if the lock is held."""
        self.lock.verify()
        self.clickhouse.insert(table, columns, rows)

    def insert_columns(
        self, table: str, columns: Sequence[ColumnValues], settings: Mapping[str, object]
    ) -> None:
        """Insert the rows of *columns* into *table* (quoted full name), if the lock is held."""
        self.lock.verify()
        self.clickhouse.insert_columns(table, columns, settings)
