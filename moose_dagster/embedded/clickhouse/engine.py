"""The engine: chDB behind a typed interface; no other module uses chDB."""

import enum
import importlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

from moose_dagster.embedded.clickhouse.faults import Fault, fault_from
from moose_dagster.embedded.clickhouse.older import older_connector

DEFAULT_DATABASE = "default"

_OVERLAY = "_files"
_UNKNOWN_DATABASE = 81
# Each flush is an insert of a hundred columns: with one every 200 ms, a third of the CPU time of a
# busy engine went into the log.
_QUERY_LOG = """
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <flush_interval_milliseconds>2000</flush_interval_milliseconds>
  </query_log>"""


class Kind(enum.Enum):
    """What a statement does, according to ClickHouse's parser."""

    READ = "READ_ONLY"
    WRITE = "MUTATING"
    WRITE_ANYWHERE = "MUTATING_GLOBAL"
    CONTROL = "CONTROL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What ClickHouse's parser found in a text.

    Attributes:
        kind: What the statement does.
        statements: How many statements the text contains.
    """

    kind: Kind
    statements: int


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a statement.

    Attributes:
        data: The rows in the output format, b"" for a statement without a result.
        read_rows: How many rows were read.
        read_bytes: How many bytes were read.
        written_rows: How many rows were written.
        written_bytes: How many bytes were written.
        seconds: How long the statement took.
    """

    data: bytes = b""
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    seconds: float = 0.0


class _Output(Protocol):
    def bytes(self) -> bytes: ...
    def rows_read(self) -> int: ...
    def bytes_read(self) -> int: ...
    def rows_written(self) -> int: ...
    def bytes_written(self) -> int: ...
    def elapsed(self) -> float: ...


class _Connection(Protocol):
    def query(self, sql: bytes, output_format: str, *, params: dict[str, str]) -> _Output: ...
    def classify_query(self, sql: bytes) -> Mapping[str, object]: ...
    def send_insert(self, sql: bytes, input_format: str) -> object: ...
    def insert_append(self, insert: object, data: bytes) -> None: ...
    def insert_done(self, insert: object) -> _Output: ...
    def close(self) -> None: ...


class Handle:
    """A connection with its own settings, temporary tables and current database."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def parse(self, sql: bytes) -> Parsed:
        """Return what ClickHouse's parser finds in *sql*; this never fails."""
        answer = self._connection.classify_query(sql)
        kind = getattr(answer["query_class"], "name", "UNKNOWN")
        return Parsed(Kind(kind), int(str(answer["statement_count"])))

    def query(self, sql: bytes, output_format: str, params: Mapping[str, str]) -> Result:
        """Run one statement and return its whole result, or raise its `Fault`."""
        try:
            return _result_of(self._connection.query(sql, output_format, params=dict(params)))
        except RuntimeError as error:
            raise fault_from(str(error)) from error

    def insert(self, sql: bytes, input_format: str, data: bytes) -> Result:
        """Insert *data* in *input_format*, or raise the `Fault`."""
        try:
            insert = self._connection.send_insert(sql, input_format)
            # One append: chDB 26.9 loses the row that a chunk boundary splits.
            self._connection.insert_append(insert, data)
            return _result_of(self._connection.insert_done(insert))
        except RuntimeError as error:
            raise fault_from(str(error)) from error

    def drain(self) -> None:
        """Discard the partial output of a failed query, which would precede the next result."""
        self.query(b"SELECT 1", "TabSeparated", {})

    def close(self) -> None:
        """Close the connection and drop its temporary tables."""
        self._connection.close()


class Engine:
    """The only engine of this process.

    Attributes:
        version: The version of ClickHouse, such as `26.9.1.1`.
        timezone: The name of the server's time zone.
        server_defaults: Settings in which chDB differs from a server, with the server's values.
    """

    def __init__(self, directory: Path, *, query_log: bool = True) -> None:
        """Open the engine.

        Args:
            directory: Where it keeps its files; no other process may use it.
            query_log: Whether it keeps `system.query_log`.
        """
        self._connect = _connector()
        self._files = directory.resolve() / "engine"
        config = directory.resolve() / "engine.xml"
        config.write_text(_config(query_log=query_log))
        _make_default_database_ordinary(self._files)
        self._root = Handle(self._connect(f"{self._files}?config-file={config}"))
        self._run(f"DETACH DATABASE IF EXISTS {_OVERLAY}")
        version, timezone = self._run("SELECT version(), timezone()").rstrip("\n").split("\t")
        self.version = version
        self.timezone = timezone
        self.server_defaults = self._server_defaults()

    def handle(self) -> Handle:
        """Open a connection, which takes 0.1 ms."""
        try:
            return Handle(self._connect(str(self._files)))
        except RuntimeError as error:
            # Without the default database no connection opens: a dropped one is created again.
            if fault_from(str(error)).code != _UNKNOWN_DATABASE:
                raise fault_from(str(error)) from error
            self._run(f"CREATE DATABASE IF NOT EXISTS {DEFAULT_DATABASE}")
            return Handle(self._connect(str(self._files)))

    def reason_of_stop(self) -> str:
        """Return why the engine runs no statement any more, "" if it does."""
        try:
            handle = self.handle()
            handle.query(b"SELECT 1 SETTINGS log_queries = 0", "TabSeparated", {})
            handle.close()
        except Fault as fault:
            return str(fault)
        return ""

    def cancel_all(self) -> None:
        """Ask every running query to stop."""
        self._run("KILL QUERY WHERE query_id != queryID() ASYNC")

    def close(self) -> None:
        """Close the engine, after all handles were closed."""
        self._root.close()

    def _server_defaults(self) -> Mapping[str, str]:
        # chDB turns this on for its shell: `selct 1` would be a query of a column.
        known = self._run(
            "SELECT count() FROM system.settings WHERE name = 'implicit_select'"
        ).strip()
        return {"implicit_select": "0"} if known == "1" else {}

    def _run(self, sql: str) -> str:
        return self._root.query(sql.encode(), "TabSeparated", {}).data.decode()


def _connector() -> Callable[[str], _Connection]:
    wheel = importlib.import_module("chdb._chdb")
    if hasattr(getattr(wheel, "connect", None), "classify_query"):
        connect: Callable[[str], _Connection] = wheel.connect
        return connect
    return older_connector(wheel)


def _config(*, query_log: bool) -> str:
    log = _QUERY_LOG if query_log else ""
    database = f"<default_database>{escape(_OVERLAY)}</default_database>"
    return f"<clickhouse>\n  {database}{log}\n</clickhouse>\n"


def _make_default_database_ordinary(files: Path) -> None:
    """Declare `default` as an ordinary Atomic database before the engine starts.

    chDB makes its first database an overlay over files. That overlay gets another name here, so
    that the engine loads the `default` that is declared on disk.
    """
    metadata = files / "metadata"
    metadata.mkdir(parents=True, exist_ok=True)
    declared = metadata / f"{DEFAULT_DATABASE}.sql"
    if not declared.exists():
        declared.write_text(f"ATTACH DATABASE _ UUID '{uuid.uuid4()}'\nENGINE = Atomic\n")
    # Through this link the overlay would load the same tables again and abort the process.
    (metadata / DEFAULT_DATABASE).unlink(missing_ok=True)


def _result_of(output: _Output) -> Result:
    return Result(
        data=output.bytes(),
        read_rows=output.rows_read(),
        read_bytes=output.bytes_read(),
        written_rows=output.rows_written(),
        written_bytes=output.bytes_written(),
        seconds=output.elapsed(),
    )
