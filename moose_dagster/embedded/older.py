"""Older chDB wheels, for tests against older ClickHouse versions: what their interface lacks, said with what it has.

chDB 4 (ClickHouse 25.8) has connections and no parser for us; chDB 2 (24.8) has one function that opens the
engine for a single query, so that a connection is the statements to repeat before each query.
"""

import enum
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from moose_dagster.embedded.statements import first_word

_READING = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK"})
_CONTROL = frozenset({"SET", "USE", "SYSTEM", "KILL"})


class QueryClass(enum.Enum):
    """What a statement does, going by its first word; named as in newer wheels."""

    READ_ONLY = 0
    MUTATING = 1
    CONTROL = 2


class _OlderResult(Protocol):
    def bytes(self) -> bytes | None: ...
    def rows_read(self) -> int: ...
    def bytes_read(self) -> int: ...
    def elapsed(self) -> float: ...
    def has_error(self) -> bool: ...
    def error_message(self) -> str: ...


@dataclass(frozen=True)
class Output:
    """A result with the counters that older wheels don't have."""

    result: _OlderResult

    def bytes(self) -> bytes:
        """Return the data."""
        return self.result.bytes() or b""

    def rows_read(self) -> int:
        """Return how many rows were read."""
        return self.result.rows_read()

    def bytes_read(self) -> int:
        """Return how many bytes were read."""
        return self.result.bytes_read()

    def rows_written(self) -> int:
        """Return 0: nobody counts."""
        return 0

    def bytes_written(self) -> int:
        """Return 0: nobody counts."""
        return 0

    def elapsed(self) -> float:
        """Return the seconds it took."""
        return self.result.elapsed()


@dataclass
class _Insert:
    statement: bytes
    input_format: str
    data: list[bytes] = field(default_factory=list[bytes])


class OlderConnection:
    """A connection in the shape of newer wheels.

    Args:
        ask: Runs one statement, given as text, format and parameters.
        close: Ends it.
    """

    def __init__(
        self,
        ask: Callable[[bytes, str, Mapping[str, str]], _OlderResult],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._ask = ask
        self.close = close

    def query(self, sql: bytes, output_format: str, *, params: dict[str, str]) -> Output:
        """Run one statement."""
        return Output(self._ask(sql, output_format, params))

    def classify_query(self, sql: bytes) -> Mapping[str, object]:
        """Return what a statement does, going by its first word; several in one text are not noticed."""
        word = first_word(sql)
        reads = QueryClass.READ_ONLY if word in _READING else QueryClass.MUTATING
        return {"query_class": QueryClass.CONTROL if word in _CONTROL else reads, "statement_count": 1}

    def send_insert(self, sql: bytes, input_format: str) -> _Insert:
        """Begin an INSERT."""
        return _Insert(sql, input_format)

    def insert_append(self, insert: object, data: bytes) -> None:
        """Add data to it."""
        if isinstance(insert, _Insert):
            insert.data.append(data)

    def insert_done(self, insert: object) -> Output:
        """Make the INSERT, from a file: these wheels cut a statement at its first zero byte."""
        if not isinstance(insert, _Insert):
            raise TypeError(insert)
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"".join(insert.data))
            file.flush()
            sql = b"%s SELECT * FROM file('%s', '%s')" % (
                insert.statement,
                file.name.encode(),
                insert.input_format.encode(),
            )
            return self.query(sql, "TabSeparated", params={})


@dataclass
class _Repeating:
    """What one query of chDB 2 needs to look like the next one of a connection."""

    run: Callable[..., _OlderResult]
    files: Path
    before: list[bytes] = field(default_factory=list[bytes])

    def ask(self, sql: bytes, output_format: str, params: Mapping[str, str]) -> _OlderResult:
        # Two engines at once in one process abort it.
        values = [b"SET param_%s = '%s'" % (name.encode(), value.encode()) for name, value in params.items()]
        sql = _SYNC.sub(b"", _without_poison(sql))
        with _ONE_AT_A_TIME:
            result = self.run(b"; ".join([*self.before, *values, sql]), output_format, path=str(self.files))
        if result.has_error():
            raise RuntimeError(result.error_message())
        if first_word(sql) in {"SET", "USE"}:
            self.before.append(sql)
        return result


_ONE_AT_A_TIME = threading.Lock()
# An engine that ends after each query never finishes a DROP ... SYNC, and says so as an error.
_SYNC = re.compile(rb"(?<=\S)\s+SYNC\s*$")
# Settings that are text: after a query with one chDB 2 can't load a database any more.
_POISON = re.compile(rb"(?:, )?(?:date_time_input_format|log_comment) = '[^']*'")


def _without_poison(sql: bytes) -> bytes:
    if first_word(sql) != "SET":
        return sql
    harmless = _POISON.sub(b"", sql).replace(b"SET , ", b"SET ")
    return harmless if harmless.strip() != b"SET" else b"SELECT 1"


def older_connector(wheel: object) -> Callable[[str], OlderConnection]:
    """Return what opens a connection with *wheel*, the extension module of an older chDB."""
    connect = getattr(wheel, "connect", None)

    def connected(url: str) -> OlderConnection:
        if connect is None:
            # Not in the folder itself: there `default` is declared in a way that chDB 2 does not load.
            files = Path(url.partition("?")[0]) / "chdb2"
            files.mkdir(parents=True, exist_ok=True)
            return OlderConnection(_Repeating(getattr(wheel, "query"), files).ask)  # noqa: B009 - has no stubs
        connection = connect(url)
        return OlderConnection(
            lambda sql, output_format, params: connection.query(sql, output_format, params=dict(params)),
            connection.close,
        )

    return connected
