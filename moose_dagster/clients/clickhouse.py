"""The connection to ClickHouse over HTTP; the client library's types and errors stay in here."""

# pyright: reportUnknownMemberType=false
# (clickhouse-connect 1.12 leaves some parameters without a type)

import json
import re
import struct
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    DataError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
    StreamFailureError,
)
from clickhouse_connect.driver.summary import QuerySummary
from urllib3.exceptions import HTTPError

from moose_dagster.clients.clickhouse_errors import refusal, unreachable
from moose_dagster.clients.on_cluster import EVERY_ANSWER, check_hosts
from moose_dagster.errors import ServerError, ServerFailure

Row: TypeAlias = Sequence[Any]

# What clickhouse-connect 1.12 raises while it reads a body that is not in the Native format.
_UNREADABLE = (
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_MISREAD = (DataError, InternalError, NotSupportedError, ProgrammingError)
_CODE = re.compile(r"\bCode: (\d+)\.")
_SILENT = ("ALTER ", "CREATE ", "DROP ", "EXCHANGE ", "INSERT ", "RENAME ", "SYSTEM ", "TRUNCATE ")
# The rows of an INSERT are written together or not at all.
_ONE_BLOCK = {
    "async_insert": 0,
    "max_insert_block_size": 10_000_000,
    "min_insert_block_size_rows": 10_000_000,
    "min_insert_block_size_bytes": 2**33,
}
_SHOWN_WORDS = 4
_SHOWN = 100


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

    def insert_columns(
        self, table: str, columns: Sequence["ColumnValues"], settings: Mapping[str, object]
    ) -> None:
        """Insert the rows of *columns* into *table* (quoted full name), as one block."""
        ...


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """Where a ClickHouse server listens, and which user connects.

    Attributes:
        host: The name or the IP address of the server.
        port: The HTTP port; with TLS, most servers use 8443.
        username: The user that connects.
        password: The user's password, which is never shown; "" for none.
        secure: Whether to use TLS.
        options: Further arguments of `clickhouse_connect.get_client`, such as `ca_cert`.
    """

    host: str
    port: int
    username: str = "default"
    password: str = field(default="", repr=False)
    secure: bool = False
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def url(self) -> str:
        """Scheme, host and port, without the user."""
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str) -> "ClickHouseAddress":
        """Return the address that a URL names.

        Args:
            url: `http://user:password@host:8123` or `https://...`; query parameters are server
                settings.

        Raises:
            ServerError: It is not such a URL; the message shows no password.
        """
        try:
            parts = urlsplit(url)
            host = parts.hostname
            port = parts.port
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


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The values of one column in an INSERT.

    Attributes:
        name: The name of the column.
        type: Its type, as ClickHouse prints it.
        values: A value for each row.
    """

    name: str
    type: str
    values: Sequence[Any]


class ConnectedClickHouse:
    """A ClickHouse server reached through clickhouse-connect."""

    def __init__(self, client: Client, address: "ClickHouseAddress") -> None:
        self._client = client
        self._address = address
        self._answers = dict[str, Sequence[Row]]()

    @property
    def client(self) -> Client:
        """The client of clickhouse-connect itself."""
        return self._client

    def another(self) -> AbstractContextManager["ConnectedClickHouse"]:
        """Open another connection to the same server."""
        return connect(self._address)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Return the rows of a read-only query."""
        with _translated(sql, self._address):
            result = self._client.query(sql, parameters=dict(parameters) if parameters else None)
            rows = list(result.result_rows)
            # clickhouse-connect takes CHECK for a command, and returns its number alone.
            is_answer = bool(result.query_id) or (sql.startswith("CHECK ") and rows[0][0] in (0, 1))
        # No rows and no answer are the same empty body; only the headers tell them apart.
        if not is_answer:
            raise _odd_answer(sql)
        return rows

    def query_once(self, sql: str) -> Sequence[Row]:
        """Return the rows of a read-only query, from memory where it was sent before."""
        if sql not in self._answers:
            self._answers[sql] = self.query(sql)
        return self._answers[sql]

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        """Send one statement that may write, and wait for it."""
        # clickhouse-connect 1.12 repeats a read after 429, 503 and 504, and never a statement.
        with _translated(sql, self._address):
            is_on_cluster = " ON CLUSTER " in sql
            given = {**(settings or {}), **(EVERY_ANSWER if is_on_cluster else {})}
            answer = self._client.command(sql, settings=given or None)
            is_summary = isinstance(answer, QuerySummary)
            is_answer = bool(answer.query_id()) if is_summary else _tells_rows(sql)
        if not is_answer:
            raise _odd_answer(sql)
        if is_on_cluster and not is_summary:
            check_hosts(answer)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert *rows* into *table* (quoted full name)."""
        # Not Client.insert: it asks for the types of the table first, and imports pandas, which
        # takes a second in every process, where that is installed.
        sql = (
            f"INSERT INTO {table} ({', '.join(map(quote_identifier, columns))}) FORMAT JSONEachRow"
        )
        lines = (
            json.dumps(dict(zip(columns, row, strict=True)), default=_time_in_json) for row in rows
        )
        with _translated(sql, self._address):
            answer = self._client.command(sql, data="\n".join(lines))
            is_answer = isinstance(answer, QuerySummary) and bool(answer.query_id())
        if not is_answer:
            raise _odd_answer(sql)

    def insert_columns(
        self, table: str, columns: Sequence[ColumnValues], settings: Mapping[str, object]
    ) -> None:
        """Insert the rows of *columns* into *table* (quoted full name), as one block."""
        names = [column.name for column in columns]
        types = [column.type for column in columns]
        with _translated(f"INSERT INTO {table}", self._address):
            self._client.insert(
                table,
                [column.values for column in columns],
                column_names=names,
                column_type_names=types,
                column_oriented=True,
                settings={**_ONE_BLOCK, **settings},
            )


class UnreachedClickHouse:
    """A server that could not be reached: every call raises the error of the connection.

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

    def insert_columns(
        self, table: str, columns: Sequence[ColumnValues], settings: Mapping[str, object]
    ) -> None:
        """Raise the error of the connection."""
        raise self._error


@contextmanager
def connect(address: ClickHouseAddress) -> Generator[ConnectedClickHouse]:
    """Yield a connection to a server; it belongs to the calling thread.

    Args:
        address: The server, the user and the settings of the connection.

    Raises:
        ServerUnreachable: Nobody answers there.
        ServerError: The server refuses (password, database, ...).
    """
    with _translated("the first query", address):
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
def _translated(sql: str, address: ClickHouseAddress) -> Generator[None]:
    try:
        yield
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        if code is None and isinstance(error, StreamFailureError):
            # An error that comes after the first rows has its code in the text alone.
            code = next(iter(_CODE.findall(str(error))), None)
        if code is not None:
            raise refusal(error, int(code), address.url, address.username) from error
        if _is_odd(error):
            raise _odd_answer(sql, error) from error
        raise unreachable(error, address.url) from error
    except _UNREADABLE as error:
        raise _odd_answer(sql, error) from error


def _time_in_json(value: object) -> str:
    """Return a time in UTC, in which all columns of times are."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is not a text, a number or a time.")
    return value.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def _is_odd(error: ClickHouseError) -> bool:
    """Tell whether something answered, though not as ClickHouse does."""
    if isinstance(error, StreamFailureError):
        # A connection that breaks within an answer is a lost one.
        return not isinstance(error.__cause__ or error.__context__, HTTPError | OSError)
    return isinstance(error, _MISREAD)


def _odd_answer(sql: str, error: Exception | None = None) -> ServerError:
    """Return the error of an answer that ClickHouse would not give, such as a proxy's page."""
    # Not more of it: values, and secrets among them, come later.
    asked = " ".join(sql.split()[:_SHOWN_WORDS])
    found = f" ({type(error).__name__}: {str(error)[:_SHOWN]})" if error else ""
    return ServerError(
        f"the answer to {asked} is not from ClickHouse{found}; a proxy may have given it. "
        "Whether the statement ran is not known."
    )


def _tells_rows(sql: str) -> bool:
    """Tell whether a statement is answered with rows: one for each host of a cluster."""
    return " ON CLUSTER " in sql or not sql.startswith(_SILENT)
