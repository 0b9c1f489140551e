"""Older chDB wheels, for tests against older ClickHouse versions: what their interface lacks, said with what it has.

chDB 4 (ClickHouse 25.8) has connections and no parser for us; chDB 3 (24.8) has one connection, so
that ours take turns at it.
"""

import enum
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from moose_dagster.embedded.clickhouse.statements import first_word

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


class _Wheel3Connection(Protocol):
    def query(self, sql: bytes, output_format: str, /) -> _OlderResult: ...
    def close(self) -> None: ...


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
        return {
            "query_class": QueryClass.CONTROL if word in _CONTROL else reads,
            "statement_count": 1,
        }

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


class _OnlyConnection:
    """The one connection that chDB 3 has: all of ours take turns at it, and each puts its own session in force first.

    Args:
        open_it: Opens it.
    """

    def __init__(self, open_it: Callable[[], _Wheel3Connection]) -> None:
        self._open = open_it
        self._connection: _Wheel3Connection | None = None
        self._users = 0
        self._in_force = list[bytes]()
        self._lock = threading.Lock()

    def connected(self) -> OlderConnection:
        """Return one more connection to it."""
        session = list[bytes]()
        with self._lock:
            self._users += 1
            self._connection = self._connection or self._open()
        return OlderConnection(partial(self._ask, session), self._leave)

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._connection is not None:
                self._connection.close()
                self._connection, self._in_force = None, []

    def _ask(
        self, session: list[bytes], sql: bytes, output_format: str, params: Mapping[str, str]
    ) -> _OlderResult:
        with self._lock:
            if session is not self._in_force:
                for statement in (*filter(None, map(_undone, self._in_force)), *session):
                    self._run(statement)
                self._in_force = session
            for name, value in params.items():
                self._run(b"SET param_%s = '%s'" % (name.encode(), value.encode()))
            result = self._run(_SYNC.sub(b"", sql), output_format)
            if first_word(sql) in {"SET", "USE"}:
                session.append(sql)
            return result

    def _run(self, sql: bytes, output_format: str = "TabSeparated") -> _OlderResult:
        if self._connection is None:
            raise RuntimeError("the connection is closed")
        return self._connection.query(sql, output_format)


def _undone(statement: bytes) -> bytes:
    """Return what takes back the effect of a SET or USE."""
    if first_word(statement) == "USE":
        return b"USE default"
    names = _SET_NAME.findall(_STRING.sub(b"''", statement))
    # A parameter has no default, and means nothing to a statement that does not name it.
    settings = [b"%s = DEFAULT" % name for name in names if not name.startswith(b"param_")]
    return b"SET " + b", ".join(settings) if settings else b""


# An embedded engine of that age never finishes a DROP ... SYNC, and says so as an error.
_SYNC = re.compile(rb"(?<=\S)\s+SYNC\s*$")
_STRING = re.compile(rb"'(?:[^'\\]|\\.)*'", re.DOTALL)
_SET_NAME = re.compile(rb"(\w+)\s*=")


def older_connector(wheel: object) -> Callable[[str], OlderConnection]:
    """Return what opens a connection with *wheel*, the extension module of an older chDB."""
    connect = getattr(wheel, "connect")  # noqa: B009 - has no stubs
    if "params" not in (connect.query.__doc__ or ""):
        return _chdb3_connector(connect)

    def connected(url: str) -> OlderConnection:
        connection = connect(url)
        return OlderConnection(
            lambda sql, output_format, params: connection.query(
                sql, output_format, params=dict(params)
            ),
            connection.close,
        )

    return connected


def _chdb3_connector(
    connect: Callable[[str], _Wheel3Connection],
) -> Callable[[str], OlderConnection]:
    only = dict[Path, _OnlyConnection]()

    def connected(url: str) -> OlderConnection:
        # Not in the folder itself: there `default` is declared in a way that chDB 3 does not load.
        files = Path(url.partition("?")[0]) / "chdb3"
        files.mkdir(parents=True, exist_ok=True)
        return only.setdefault(files, _OnlyConnection(lambda: connect(str(files)))).connected()

    return connected
