"""The seam to ClickHouse: three methods over HTTP, vendor types and errors stop here."""

# pyright: reportUnknownMemberType=false
# (clickhouse-connect 1.12 leaves some parameters without a type)

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from moose_dagster.errors import ServerError, ServerFailure, ServerUnreachable

Row: TypeAlias = Sequence[Any]


class ClickHouse(Protocol):
    """What the library needs of a ClickHouse server."""

    def another(self) -> AbstractContextManager["ClickHouse"]:
        """Open another connection to the same server, for another thread."""
        ...

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Return the rows of a read-only query; *parameters* are bound as `%(name)s`."""
        ...

    def query_once(self, sql: str) -> Sequence[Row]:
        """Return the rows of a read-only query, from memory where it was sent before."""
        ...

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        """Send one statement that may write, and wait for it."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert *rows* into *table* (quoted full name)."""
        ...


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """Where a ClickHouse server listens and who asks; the password is never shown."""

    host: str
    port: int
    username: str = "default"
    password: str = field(default="", repr=False)
    secure: bool = False
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """Further arguments of `clickhouse_connect.get_client`, such as `ca_cert`."""

    @classmethod
    def from_url(cls, url: str) -> "ClickHouseAddress":
        """Parse `http://user:password@host:8123`; query parameters are server settings."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            # Without its cause, which quotes the part of a password that it took for a port.
            raise ServerError(
                "the ClickHouse address can't be read; write http(s)://user:password@host:port, "
                "and %23 or %2F for a # or / in the password."
            ) from None
        if "://" not in url:
            raise ServerError(
                "the ClickHouse address has no scheme; write http(s)://user:password@host:port."
            )
        if parts.scheme not in {"http", "https"} or not host:
            raise ServerError(
                f"{parts.scheme}://{host} is not a ClickHouse address; write http(s)://host:port."
            )
        secure = parts.scheme == "https"
        settings = dict(parse_qsl(parts.query))
        return cls(
            host=host,
            port=port or (8443 if secure else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            secure=secure,
            options={"settings": settings} if settings else {},
        )


class ConnectedClickHouse:
    """A ClickHouse server reached through clickhouse-connect."""

    def __init__(self, client: Client, address: "ClickHouseAddress") -> None:
        self._client = client
        self._address = address
        self._answers = dict[str, Sequence[Row]]()

    def another(self) -> AbstractContextManager["ConnectedClickHouse"]:
        """Open another connection to the same server."""
        return connect(self._address)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Return the rows of a read-only query."""
        with _translated():
            return list(
                self._client.query(
                    sql, parameters=dict(parameters) if parameters else None
                ).result_rows
            )

    def query_once(self, sql: str) -> Sequence[Row]:
        """Return the rows of a read-only query, from memory where it was sent before."""
        if sql not in self._answers:
            self._answers[sql] = self.query(sql)
        return self._answers[sql]

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        """Send one statement that may write, and wait for it."""
        with _translated():
            self._client.command(sql, settings=dict(settings) if settings else None)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert *rows* into *table* (quoted full name)."""
        with _translated():
            self._client.insert(table, list(rows), column_names=list(columns))


class UnreachedClickHouse:
    """A server that could not be reached: every call says so, so that other servers' work goes on.

    Args:
        error: Why.
    """

    def __init__(self, error: ServerFailure) -> None:
        self._error = error

    def another(self) -> AbstractContextManager[ClickHouse]:
        """Raise the error of the connection."""
        raise self._error

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Raise the error of the connection."""
        raise self._error

    def query_once(self, sql: str) -> Sequence[Row]:
        """Raise the error of the connection."""
        raise self._error

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        """Raise the error of the connection."""
        raise self._error

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Raise the error of the connection."""
        raise self._error


@contextmanager
def connect(address: ClickHouseAddress) -> Generator[ConnectedClickHouse]:
    """Yield a connection to the server at *address*; it belongs to the calling thread.

    Raises:
        ServerUnreachable: Nobody answers there.
        ServerError: The server refuses (password, database, ...).
    """
    with _translated():
        client = clickhouse_connect.get_client(
            host=address.host,
            port=address.port,
            username=address.username,
            password=address.password,
            secure=address.secure,
            autogenerate_session_id=False,
            **address.options,
        )
    try:
        yield ConnectedClickHouse(client, address)
    finally:
        client.close()


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        if code is None:
            raise ServerUnreachable(f"ClickHouse did not answer: {error}") from error
        raise ServerError(str(error), int(code)) from error
