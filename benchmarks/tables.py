"""1,000 tables x 20 columns: plan, create and alter, against the same statements sent bare."""

import tracemalloc
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, create_model
from rich.console import Console

from benchmarks.measure import Measured, compared, seconds, side_by_side
from moose_dagster import ClickHouseType, OlapConfig, OlapTable, Project, plan_for, reconcile
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import statements_of

TABLES = 1_000
COLUMNS = 20
_TYPES = ("Int64", "String", "Nullable(Float64)", "DateTime('UTC')", "LowCardinality(String)")
# What any tool must read to know these tables, in one query.
_RAW = """SELECT t.database, t.name, any(t.engine_full), any(t.create_table_query),
    groupArray((c.name, c.type, c.default_kind, c.default_expression, c.comment,
        c.compression_codec))
FROM system.tables AS t JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
WHERE t.database = '{database}' GROUP BY t.database, t.name"""


def measure(url: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    address = ClickHouseAddress.from_url(url)
    bare = clickhouse_connect.get_client(
        host=address.host, port=address.port, autogenerate_session_id=False
    )
    with connect(address) as clickhouse:
        console.print(f"{TABLES:,} tables x {COLUMNS} columns: create ...")
        lines = [_changes("create", COLUMNS, clickhouse, bare)]
        console.print("no-op plan ...")
        lines.append(_noop(clickhouse, bare))
        lines.append(_memory(clickhouse))
        console.print("one-column ALTER ...")
        lines.append(_changes("one-column ALTER", COLUMNS + 1, clickhouse, bare))
    bare.close()
    return lines


def project(database: str, columns: int, tables: int = TABLES) -> Project:
    """Return a project of *tables* tables with *columns* columns each."""
    model = a_model(columns)
    declared = [
        OlapTable[model](f"t{number:05}", OlapConfig(order_by_fields=["c0"]))
        for number in range(tables)
    ]
    return Project(database, declared, database=database)


def a_model(columns: int) -> type[BaseModel]:
    """Return a model of *columns* columns of mixed types."""
    fields: dict[str, Any] = {"c0": (Annotated[Any, ClickHouseType("Int64")], ...)}
    for number in range(1, columns):
        fields[f"c{number}"] = (Annotated[Any, ClickHouseType(_TYPES[number % len(_TYPES)])], ...)
    return create_model("Row", **fields)


def _changes(what: str, columns: int, clickhouse: ClickHouse, bare: Client) -> Measured:
    """Reconcile a project and send the same statements one by one, twice in turn."""
    times = [0.0, 0.0]
    for turn in ("", "_2"):
        ours = project(f"bench{turn}", columns)
        twin = project(f"bare{turn}", columns)
        bare.command(f"CREATE DATABASE IF NOT EXISTS {twin.database}")
        plan = plan_for(twin, clickhouse).plan
        statements = [
            statement for action in plan.actions for statement in statements_of(action, Names())
        ]
        assert len(statements) == TABLES  # noqa: S101 - a benchmark of something else is worthless
        functions = [partial(reconcile, ours, clickhouse), partial(_send, bare, statements)]
        for place in (0, 1) if turn else (1, 0):
            times[place] += seconds(functions[place])
    return compared(
        f"2 x {TABLES:,} x {what} (plan, apply, verify, ledger)", times[0], times[1], "1.2x"
    )


def _send(bare: Client, statements: Sequence[str]) -> None:
    for statement in statements:
        bare.command(statement)


def _noop(clickhouse: ClickHouse, bare: Client) -> Measured:
    desired = project("bench", COLUMNS)

    def plan() -> None:
        assert plan_for(desired, clickhouse).plan.steps == ()  # noqa: S101 - as above

    raw = _RAW.format(database="bench")
    return side_by_side(
        "no-op plan against the raw introspection query", plan, lambda: bare.query(raw), aim="2x"
    )


def _memory(clickhouse: ClickHouse) -> Measured:
    desired = project("bench", COLUMNS)
    tracemalloc.start()
    plan_for(desired, clickhouse)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Measured("peak memory of that plan", f"{peak / 1e6:.1f} MB", "-", "-", "-")
