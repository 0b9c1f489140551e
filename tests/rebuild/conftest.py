"""A table that is written to while it is rebuilt, and connections that break."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from moose_dagster.clients.clickhouse import ConnectedClickHouse
from moose_dagster.errors import ServerError, ServerUnreachable

_UUID_MISMATCH = 741


@dataclass
class Breaking:
    """A connection that breaks at one of its writing statements.

    Args:
        connected: The real one.
        at: The number of the statement, from 0.
        sent: Whether the server runs it all the same, and only the answer is lost.
        for_good: Whether everything behind it fails as well.
        word: How the first statement begins that it breaks at, in place of a number.
    """

    connected: ConnectedClickHouse
    at: int
    sent: bool
    for_good: bool
    word: str = ""
    statements: list[str] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        return len(self.statements) > self.at

    def another(self) -> AbstractContextManager[ConnectedClickHouse]:
        return self.connected.another()

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Any]:
        if self.broken and self.for_good:
            raise ServerUnreachable("the connection was lost")
        return self.connected.query(sql, parameters)

    def query_once(self, sql: str) -> Sequence[Any]:
        return self.connected.query_once(sql)

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        self._write(sql, lambda: self.connected.command(sql, settings))

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        self._write(f"INSERT INTO {table}", lambda: self.connected.insert(table, columns, rows))

    def _write(self, text: str, send: Callable[[], None]) -> None:
        if self.broken and self.for_good:
            raise ServerUnreachable("the connection was lost")
        if self.word and text.startswith(self.word):
            self.at, self.word = len(self.statements), ""
        self.statements.append(text)
        if len(self.statements) - 1 != self.at:
            send()
            return
        if self.sent:
            send()
        raise ServerUnreachable("the connection was lost")


@dataclass
class Writer:
    """Inserts rows with ids of its own, one block after another, and knows which were acknowledged."""

    connected: ConnectedClickHouse
    statement: str
    pause: float = 0.002
    acknowledged: list[int] = field(default_factory=list)

    @contextmanager
    def writing(self, start: int = 1_000_000) -> Iterator[None]:
        """Write in a thread of its own while the block runs; an insert that fails is an error of the test."""
        stopped, errors = threading.Event(), list[Exception]()

        def write() -> None:
            try:
                with self.connected.another() as connection:
                    number = start
                    while not stopped.is_set():
                        if _taken(connection, self.statement.format(number)):
                            self.acknowledged.append(number)
                            number += 1
                        stopped.wait(self.pause)
            except Exception as error:  # noqa: BLE001 - raised again in the thread of the test
                errors.append(error)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()
        assert not errors, errors


def _taken(connection: ConnectedClickHouse, statement: str) -> bool:
    """Send *statement*; ClickHouse 25.8 refuses one that an EXCHANGE overtakes, which its writer sends again."""
    try:
        connection.command(statement)
    except ServerError as error:
        if error.code == _UUID_MISMATCH:
            return False
        raise
    return True
