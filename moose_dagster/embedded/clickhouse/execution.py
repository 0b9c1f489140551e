"""A request carried out on the engine, with the rules a ClickHouse server puts before it."""

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

# chDB creates such a table with an error, and its directory can't be opened again.
_REFUSED_ENGINES = frozenset({"kafka", "s3queue", "azurequeue", "rabbitmq", "nats", "filelog"})
_ALLOWED_ON_READONLY = frozenset({"SET", "USE", "CREATE"})


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What a statement gave back and, where it has a result, in which format."""

    result: Result
    output_format: str | None


def execute(request: Request, sessions: Sessions) -> ReconcileResult:
    """Run one request to its end, or raise its `Fault`."""
    with sessions.seat(request.session, request.settings) as seat:
        seat.use(request.database or seat.database)
        insert = read_insert(request.sql)
        if insert is None:
            return _run(request, seat)
        _check(insert.statement, seat.handle.parse(insert.statement), readonly=request.readonly)
        seat.bind(request.params)
        return ReconcileResult(
            seat.handle.insert(insert.statement, insert.data_format, insert.data), None
        )


def _run(request: Request, seat: EngineConnection) -> ReconcileResult:
    parsed = seat.handle.parse(request.sql)
    _check(request.sql, parsed, readonly=request.readonly)
    wanted = request.default_format or "TabSeparated"
    result = seat.handle.query(request.sql, wanted, request.params)
    if parsed.kind is Kind.CONTROL and first_word(request.sql) == "USE":
        seat.remember_database()
    has_result = parsed.kind is Kind.READ or bool(result.data)
    return ReconcileResult(result, (output_format(request.sql) or wanted) if has_result else None)


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
    # An INSERT cut off before its data is no whole statement to the parser, and so of no kind.
    writes = kind in (Kind.WRITE, Kind.WRITE_ANYWHERE) or word == "INSERT"
    if writes or (kind is Kind.CONTROL and word not in _ALLOWED_ON_READONLY):
        raise Fault(
            164,
            "READONLY",
            "default: Cannot execute query in readonly mode. For queries over HTTP, method GET implies "
            "readonly. You should use method POST for modifying queries.",
        )


def _refuse_engine(engine: str | None) -> None:
    if engine is not None and engine.lower() in _REFUSED_ENGINES:
        raise Fault(
            344,
            "SUPPORT_IS_DISABLED",
            f"Table engine {engine} needs a real ClickHouse server: the embedded one runs no consumers",
        )
