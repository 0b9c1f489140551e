"""Older chDB wheels behind the interface of newer ones, for tests with older ClickHouse versions.

chDB 4 (ClickHouse 25.8) has connections but does not expose its parser; chDB 3 (24.8) has only one
connection, which ours share.
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
    """What a statement does, guessed from its first word and named as in newer wheels."""

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
    """A result with the counters that older wheels don't have.

    Attributes:
        result: The result of the wheel.
    """

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
        """Return 0: these wheels don't count."""
        return 0

    def bytes_written(self) -> int:
        """Return 0: these wheels don't count."""
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
    """A connection with the interface of newer wheels.

    Attributes:
        close: Closes the connection.
    """

    def __init__(
        self,
        run: Callable[[bytes, str, Mapping[str, str]], _OlderResult],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """Wrap a connection.

        Args:
            run: Runs one statement, given as text, format and parameters.
            close: Closes the connection.
        """
        self._run = run
        self.close = close

    def query(self, sql: bytes, output_format: str, *, params: dict[str, str]) -> Output:
        """Run one statement."""
        return Output(self._run(sql, output_format, params))

    def classify_query(self, sql: bytes) -> Mapping[str, object]:
        """Return what a statement does, guessed from its first word; it counts as one."""
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
        """Run the INSERT from a file: these wheels cut a statement at its first zero byte."""
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


class _SharedConnection:
    """The only connection that chDB 3 has; each of ours applies its own session before it runs."""

    def __init__(self, open_connection: Callable[[], _Wheel3Connection]) -> None:
        self._open = open_connection
        self._connection: _Wheel3Connection | None = None
        self._users = 0
        self._applied_session = list[bytes]()
        self._lock = threading.Lock()

    def connect(self) -> OlderConnection:
        """Return a connection that shares this one."""
        session = list[bytes]()
        with self._lock:
            self._users += 1
            self._connection = self._connection or self._open()
        return OlderConnection(partial(self._run_in, session), self._release)

    def _release(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._connection is not None:
                self._connection.close()
                self._connection = None
                self._applied_session = []

    def _run_in(
        self, session: list[bytes], sql: bytes, output_format: str, params: Mapping[str, str]
    ) -> _OlderResult:
        with self._lock:
            if session is not self._applied_session:
                resets = filter(None, map(_reset_of, self._applied_session))
                for statement in (*resets, *session):
                    self._run(statement)
                self._applied_session = session
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


def _reset_of(statement: bytes) -> bytes:
    """Return the statement that reverts a SET or USE, b"" if nothing has to be reverted."""
    if first_word(statement) == "USE":
        return b"USE default"
    names = _SET_NAME.findall(_STRING.sub(b"''", statement))
    # A parameter has no default, and is ignored by a statement that does not name it.
    settings = [b"%s = DEFAULT" % name for name in names if not name.startswith(b"param_")]
    return b"SET " + b", ".join(settings) if settings else b""


# In chDB 3 a DROP ... SYNC never finishes, and ends with an error.
_SYNC = re.compile(rb"(?<=\S)\s+SYNC\s*$")
_STRING = re.compile(rb"'(?:[^'\\]|\\.)*'", re.DOTALL)
_SET_NAME = re.compile(rb"(\w+)\s*=")


def older_connector(wheel: object) -> Callable[[str], OlderConnection]:
    """Return the function that connects with *wheel*, the extension module of an older chDB."""
    connect = getattr(wheel, "connect")  # noqa: B009 - has no stubs
    if "params" not in (connect.query.__doc__ or ""):
        return _chdb3_connector(connect)

    def connect_older(url: str) -> OlderConnection:
        connection = connect(url)

        def run(sql: bytes, output_format: str, params: Mapping[str, str]) -> _OlderResult:
            return connection.query(sql, output_format, params=dict(params))

        return OlderConnection(run, connection.close)

    return connect_older


def _chdb3_connector(
    connect: Callable[[str], _Wheel3Connection],
) -> Callable[[str], OlderConnection]:
    shared = dict[Path, _SharedConnection]()

    def connect_shared(url: str) -> OlderConnection:
        # Not in the folder itself: chDB 3 does not load the way `default` is declared there.
        files = Path(url.partition("?")[0]) / "chdb3"
        files.mkdir(parents=True, exist_ok=True)
        return shared.setdefault(files, _SharedConnection(lambda: connect(str(files)))).connect()

    return connect_shared
