"""Where statements run: a connection of their own, or the one their session keeps."""

import re
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from moose_dagster.embedded.clickhouse.engine import DEFAULT_DATABASE, Engine, Handle
from moose_dagster.embedded.clickhouse.faults import Fault
from moose_dagster.embedded.clickhouse.request import SessionAsk

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass
class EngineConnection:
    """A connection and the database it is in now; *database* is the one its session chose."""

    handle: Handle
    database: str = DEFAULT_DATABASE
    current: str = DEFAULT_DATABASE
    lock: threading.Lock = field(default_factory=threading.Lock)
    expires: float = 0.0

    def use(self, database: str) -> None:
        """Make *database* the current one."""
        if database != self.current:
            self.handle.query(b"USE " + _quoted(database, "`"), "TabSeparated", {})
            self.current = database

    def remember_database(self) -> None:
        """Take over the database that a `USE` statement chose."""
        result = self.handle.query(b"SELECT currentDatabase()", "TabSeparatedRaw", {})
        self.database = self.current = result.data.decode().rstrip("\n")

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
        """Bind query parameters for statements that can't carry them, as inserts of data."""
        if params:
            self.set({f"param_{name}": value for name, value in params.items()})

    @contextmanager
    def with_settings(self, settings: Mapping[str, str]) -> Generator[None, None, None]:
        """Apply *settings* for a while: a session outlives the request that brought them."""
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
        return [
            (name, changed, value) for name, changed, value in (row.split("\t", 2) for row in rows)
        ]

    def _restore(self, before: list[tuple[str, str, str]]) -> None:
        # The value is in TabSeparated escaping, which is that of a string literal.
        for name, changed, value in before:
            literal = f"'{value}'" if changed == "1" else "DEFAULT"
            self.handle.query(f"SET {name} = {literal}".encode(), "TabSeparated", {})


class Sessions:
    """The sessions clients keep, and connections for requests without one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seats: dict[str, EngineConnection] = {}
        self._lock = threading.Lock()

    @contextmanager
    def seat(
        self, ask: SessionAsk | None, settings: Mapping[str, str]
    ) -> Generator[EngineConnection, None, None]:
        """Lend a connection with *settings* applied, alone, for one request."""
        if ask is None:
            seat = EngineConnection(self._engine.handle())
            try:
                seat.set({**self._engine.server_defaults, **settings})
                yield seat
            finally:
                seat.handle.close()
            return
        seat = self._take(ask)
        try:
            with seat.with_settings(settings):
                yield seat
        except Fault:
            seat.handle.drain()
            raise
        finally:
            seat.expires = time.monotonic() + ask.seconds
            seat.lock.release()

    def close(self) -> None:
        """Close every session that is not in use."""
        with self._lock:
            self._drop_expired(time.monotonic() + float("inf"))

    def _take(self, ask: SessionAsk) -> EngineConnection:
        with self._lock:
            self._drop_expired(time.monotonic())
            seat = self._seats.get(ask.id)
            if seat is None:
                if ask.must_exist:
                    raise Fault(372, "SESSION_NOT_FOUND", f"Session {ask.id} not found")
                seat = EngineConnection(self._engine.handle())
                seat.set(self._engine.server_defaults)
                self._seats[ask.id] = seat
            if not seat.lock.acquire(blocking=False):
                raise Fault(
                    373, "SESSION_IS_LOCKED", f"Session {ask.id} is locked by a concurrent client"
                )
            return seat

    def _drop_expired(self, now: float) -> None:
        for session_id, seat in list(self._seats.items()):
            if seat.expires <= now and seat.lock.acquire(blocking=False):
                del self._seats[session_id]
                seat.handle.close()


def _quoted(text: str, quote: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}".encode(errors="surrogateescape")
