"""Runs a request on the engine, under the rules of a ClickHouse server."""

from dataclasses import dataclass

from moose_dagster.embedded.clickhouse.engine import Kind, Parsed, Result
from moose_dagster.embedded.clickhouse.faults import Fault
from moose_dagster.embedded.clickhouse.request import Request
from moose_dagster.embedded.clickhouse.sessions import EngineConnection, Sessions
from moose_dagster.embedded.clickhouse.statements import (
    first_word,
    output_format,
    read_insert,
    reads_input,
    table_engine,
)

# chDB creates such a table with an error, and can't open its directory again.
_REFUSED_ENGINES = frozenset({"kafka", "s3queue", "azurequeue", "rabbitmq", "nats", "filelog"})
_ALLOWED_ON_READONLY = frozenset({"SET", "USE", "CREATE"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    Attributes:
        result: The result of the statement.
        output_format: The format of the result, None for a statement without one.
    """

    result: Result
    output_format: str | None


def execute(request: Request, sessions: Sessions) -> Answer:
    """Run a request, or raise its `Fault`."""
    with sessions.connection(request.session, request.settings) as connection:
        connection.use(request.database or connection.database)
        insert = read_insert(request.sql)
        if insert is None:
            return _run(request, connection)
        parsed = connection.handle.parse(insert.statement)
        _check(insert.statement, parsed, readonly=request.readonly)
        connection.bind(request.params)
        result = connection.handle.insert(insert.statement, insert.data_format, insert.data)
        return Answer(result, None)


def _run(request: Request, connection: EngineConnection) -> Answer:
    parsed = connection.handle.parse(request.sql)
    _check(request.sql, parsed, readonly=request.readonly)
    default_format = request.default_format or "TabSeparated"
    result = connection.handle.query(request.sql, default_format, request.params)
    if parsed.kind is Kind.CONTROL and first_word(request.sql) == "USE":
        connection.remember_database()
    connection.is_unchanged = parsed.kind is Kind.READ and not request.params
    has_result = parsed.kind is Kind.READ or bool(result.data)
    if not has_result:
        return Answer(result, None)
    return Answer(result, output_format(request.sql) or default_format)


def _check(sql: bytes, parsed: Parsed, *, readonly: bool) -> None:
    word = first_word(sql)
    if not word and not sql.strip():
        raise Fault(62, "SYNTAX_ERROR", "Syntax error: Empty query")
    if parsed.statements > 1:
        raise Fault(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    if readonly:
        _refuse_writing(word, parsed.kind)
    if word in ("CREATE", "ATTACH", "REPLACE"):
        _refuse_engine(table_engine(sql))
    if word == "INSERT" and reads_input(sql):
        raise Fault(
            48,
            "NOT_IMPLEMENTED",
            "The embedded ClickHouse has no input(): insert into the table itself",
        )


def _refuse_writing(word: str, kind: Kind) -> None:
    # Without its data an INSERT is incomplete to the parser, which gives it no kind.
    writes = kind in (Kind.WRITE, Kind.WRITE_ANYWHERE) or word == "INSERT"
    if writes or (kind is Kind.CONTROL and word not in _ALLOWED_ON_READONLY):
        raise Fault(
            164,
            "READONLY",
            "default: Cannot execute query in readonly mode. For queries over HTTP, method GET "
            "implies readonly. You should use method POST for modifying queries.",
        )


def _refuse_engine(engine: str | None) -> None:
    if engine is not None and engine.lower() in _REFUSED_ENGINES:
        raise Fault(
            344,
            "SUPPORT_IS_DISABLED",
            f"Table engine {engine} needs a real ClickHouse server: "
            "the embedded one runs no consumers",
        )
