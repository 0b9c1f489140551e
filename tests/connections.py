"""A table that is written to while it is rebuilt, and connections that break."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from meanwhile import meanwhile
from scenarios.database import Recording

from moose_dagster.clients.clickhouse import ConnectedClickHouse
from moose_dagster.errors import ServerError, ServerUnreachable

_UUID_MISMATCH = 741


class WithoutTemporaryTables(Recording):
    """A connection of a user who may make none: what the server refuses is seen when it is sent."""

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        if sql.startswith("CREATE TEMPORARY TABLE"):
            raise ServerError("Code: 497. DB::Exception: Not enough privileges", 497)
        super().command(sql, settings)


class Breaking(Recording):
    """A connection that breaks at one of its writing statements.

    Args:
        connected: The real one.
        at: The number of the statement, from 0.
        sent: Whether the server runs it all the same, and only the answer is lost.
        for_good: Whether everything after it fails as well.
        word: How the first statement begins that it breaks at, in place of a number.
    """

    def __init__(
        self, connected: ConnectedClickHouse, at: int, *, sent: bool, for_good: bool, word: str = ""
    ) -> None:
        super().__init__(connected)
        self.at = at
        self.sent = sent
        self.for_good = for_good
        self.word = word

    @property
    def broken(self) -> bool:
        return len(self.writes) > self.at

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Any]:
        self._check()
        return super().query(sql, parameters)

    def write(self, statement: str, send: Callable[[], None]) -> None:
        self._check()
        if self.word and statement.startswith(self.word):
            self.at = len(self.writes)
            self.word = ""
        breaks = len(self.writes) == self.at
        super().write(statement, send if self.sent or not breaks else _lost)
        if breaks:
            raise ServerUnreachable("the connection was lost")

    def _check(self) -> None:
        if self.broken and self.for_good:
            raise ServerUnreachable("the connection was lost")


def _lost() -> None:
    """Stand for a statement that never reaches the server."""


@dataclass
class Writer:
    """Inserts rows one after another, and knows the ids that were acknowledged."""

    connected: ConnectedClickHouse
    statement: str
    pause: float = 0.02
    acknowledged: list[int] = field(default_factory=list)

    @contextmanager
    def writing(self, start: int = 1_000_000) -> Iterator[None]:
        """Write in another thread while the block runs; a failed insert is an error of the test."""

        def write(stopped: threading.Event) -> None:
            number = start
            with self.connected.another() as connection:
                while not stopped.wait(self.pause):
                    if _taken(connection, self.statement.format(number)):
                        self.acknowledged.append(number)
                        number += 1

        with meanwhile(write):
            yield


def _taken(connection: ConnectedClickHouse, statement: str) -> bool:
    """Send *statement* and tell whether it arrived; 25.8 refuses one that an EXCHANGE overtakes."""
    try:
        connection.command(statement)
    except ServerError as error:
        if error.code == _UUID_MISMATCH:
            return False
        raise
    return True
