"""The connections in which statements run: a new one, or that of their session."""

import re
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from moose_dagster.embedded.clickhouse.engine import DEFAULT_DATABASE, Engine, Handle
from moose_dagster.embedded.clickhouse.faults import Fault
from moose_dagster.embedded.clickhouse.request import SessionRequest

_NAME = re.compile(r"[A-Za-z_]\w*")
_MOST_IDLE = 8


@dataclass
class EngineConnection:
    """A connection to the engine, used by one request at a time.

    Attributes:
        handle: The connection itself.
        database: The database that the session chose.
        current: The database that the connection is in now.
        lock: Held while a request runs.
        expires: When the session ends, in seconds of `time.monotonic`.
        is_unchanged: Whether the last statement left the connection as it was.
    """

    handle: Handle
    database: str = DEFAULT_DATABASE
    current: str = DEFAULT_DATABASE
    lock: threading.Lock = field(default_factory=threading.Lock)
    expires: float = 0.0
    is_unchanged: bool = False

    def use(self, database: str) -> None:
        """Make *database* the current one."""
        if database != self.current:
            self.handle.query(b"USE " + _quoted(database, "`"), "TabSeparated", {})
            self.current = database

    def remember_database(self) -> None:
        """Make the database that a `USE` statement chose that of the session."""
        result = self.handle.query(b"SELECT currentDatabase()", "TabSeparatedRaw", {})
        self.current = result.data.decode().rstrip("\n")
        self.database = self.current

    def set(self, settings: Mapping[str, str]) -> None:
        """Apply *settings* in one statement."""
        if not settings:
            return
        for name in settings:
            if not _NAME.fullmatch(name):
                raise Fault(115, "UNKNOWN_SETTING", f"Unknown setting '{name}'.")
        pairs = (name.encode() + b" = " + _quoted(value, "'") for name, value in settings.items())
        self.handle.query(b"SET " + b", ".join(pairs), "TabSeparated", {})

    def bind(self, params: Mapping[str, str]) -> None:
        """Bind query parameters for an INSERT of data, which can't carry them."""
        if params:
            self.set({f"param_{name}": value for name, value in params.items()})

    @contextmanager
    def with_settings(self, settings: Mapping[str, str]) -> Generator[None, None, None]:
        """Apply *settings* for the length of the block, because the session lives on after it."""
        if not settings:
            yield
            return
        before = self._values_of(settings)
        self.set(settings)
        try:
            yield
        finally:
            self._restore(before)

    def _values_of(self, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
        listed = b", ".join(_quoted(name, "'") for name in names)
        sql = b"SELECT name, changed, value FROM system.settings WHERE name IN (" + listed + b")"
        rows = self.handle.query(sql, "TabSeparated", {}).data.decode().splitlines()
        values: list[tuple[str, str, str]] = []
        for row in rows:
            name, changed, value = row.split("\t", 2)
            values.append((name, changed, value))
        return values

    def _restore(self, before: list[tuple[str, str, str]]) -> None:
        # TabSeparated escapes a value as a string literal does.
        for name, changed, value in before:
            literal = f"'{value}'" if changed == "1" else "DEFAULT"
            self.handle.query(f"SET {name} = {literal}".encode(), "TabSeparated", {})


class IdleConnections:
    """Connections that a query left as they were, with the settings that they have.

    To open a connection and set its settings takes as long as a small query.
    """

    def __init__(self) -> None:
        self._idle: list[tuple[Mapping[str, str], EngineConnection]] = []
        self._lock = threading.Lock()

    def take(self, settings: Mapping[str, str]) -> EngineConnection | None:
        """Return a connection with exactly *settings*, for nobody else, or None."""
        with self._lock:
            for position, (applied, connection) in enumerate(self._idle):
                if applied == settings:
                    del self._idle[position]
                    return connection
        return None

    def keep(self, settings: Mapping[str, str], connection: EngineConnection) -> None:
        """Keep *connection* for the next request with *settings*, in place of the oldest one."""
        with self._lock:
            self._idle.append((settings, connection))
            oldest = self._idle.pop(0) if len(self._idle) > _MOST_IDLE else None
        if oldest is not None:
            oldest[1].handle.close()

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for _, connection in self._idle:
                connection.handle.close()
            self._idle.clear()


class Sessions:
    """The sessions of clients, and connections for requests without one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._by_id: dict[str, EngineConnection] = {}
        self._idle = IdleConnections()
        self._lock = threading.Lock()

    @contextmanager
    def connection(
        self, session: SessionRequest | None, settings: Mapping[str, str]
    ) -> Generator[EngineConnection, None, None]:
        """Yield a connection with *settings* applied, used by nobody else meanwhile."""
        if session is None:
            with self._without_session(settings) as connection:
                yield connection
            return
        connection = self._acquire(session)
        try:
            with connection.with_settings(settings):
                yield connection
        except Fault:
            connection.handle.drain()
            raise
        finally:
            connection.expires = time.monotonic() + session.seconds
            connection.lock.release()

    def close(self) -> None:
        """Close every session that is not in use."""
        self._idle.close()
        with self._lock:
            self._close_expired(time.monotonic() + float("inf"))

    @contextmanager
    def _without_session(
        self, settings: Mapping[str, str]
    ) -> Generator[EngineConnection, None, None]:
        connection = self._idle.take(settings)
        if connection is None:
            connection = EngineConnection(self._engine.handle())
        try:
            if not connection.is_unchanged:
                connection.set({**self._engine.server_defaults, **settings})
            connection.is_unchanged = False
            yield connection
        except BaseException:
            connection.handle.close()
            raise
        if connection.is_unchanged:
            self._idle.keep(settings, connection)
        else:
            connection.handle.close()

    def _acquire(self, session: SessionRequest) -> EngineConnection:
        with self._lock:
            self._close_expired(time.monotonic())
            connection = self._by_id.get(session.id)
            if connection is None:
                connection = self._open(session)
            if not connection.lock.acquire(blocking=False):
                message = f"Session {session.id} is locked by a concurrent client"
                raise Fault(373, "SESSION_IS_LOCKED", message)
            return connection

    def _open(self, session: SessionRequest) -> EngineConnection:
        if session.must_exist:
            raise Fault(372, "SESSION_NOT_FOUND", f"Session {session.id} not found")
        connection = EngineConnection(self._engine.handle())
        connection.set(self._engine.server_defaults)
        self._by_id[session.id] = connection
        return connection

    def _close_expired(self, now: float) -> None:
        for session_id, connection in list(self._by_id.items()):
            if connection.expires <= now and connection.lock.acquire(blocking=False):
                del self._by_id[session_id]
                connection.handle.close()


def _quoted(text: str, quote: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}".encode(errors="surrogateescape")
