"""A database of its own for each scenario, on the real engine, with every statement recorded."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field, create_model

from moose_dagster import (
    ClickHouseAlias,
    ClickHouseCodec,
    ClickHouseColumnSettings,
    ClickHouseEphemeral,
    ClickHouseMaterialized,
    ClickHouseStatistics,
    ClickHouseTTL,
    ClickHouseType,
    LifeCycle,
    OlapConfig,
    OlapTable,
    Options,
    Project,
    clickhouse_default,
    plan_for,
    reconcile,
)
from moose_dagster.clients.clickhouse import ConnectedClickHouse
from moose_dagster.plan.describe import describe
from moose_dagster.state.names import TableId
from moose_dagster.state.tokens import clauses, tokens

_PROPERTIES = {
    "DEFAULT": clickhouse_default,
    "MATERIALIZED": ClickHouseMaterialized,
    "ALIAS": ClickHouseAlias,
    "EPHEMERAL": ClickHouseEphemeral,
    "COMMENT": str,
    "CODEC": ClickHouseCodec,
    "STATISTICS": lambda text: ClickHouseStatistics(text[1:-1]),
    "TTL": ClickHouseTTL,
    "SETTINGS": lambda text: ClickHouseColumnSettings(
        **dict(pair.split(" = ") for pair in text[1:-1].split(", "))
    ),
}
FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED


@dataclass
class Recording:
    """A connection that writes down each statement that may write, then sends it."""

    connected: ConnectedClickHouse
    writes: list[str] = field(default_factory=list)
    queries: int = 0

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Any]:
        self.queries += 1
        if not sql.lstrip().upper().startswith(("SELECT", "WITH", "DESCRIBE", "CHECK")):
            self.writes.append(sql)
        return self.connected.query(sql, parameters)

    def query_once(self, sql: str) -> Sequence[Any]:
        return self.connected.query_once(sql)

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        self.write(sql, partial(self.connected.command, sql, settings))

    def another(self) -> AbstractContextManager[ConnectedClickHouse]:
        return self.connected.another()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        self.write(f"INSERT INTO {table}", partial(self.connected.insert, table, columns, rows))

    def write(self, statement: str, send: Callable[[], None]) -> None:
        self.writes.append(statement)
        send()


class TestDatabase:
    """One database on the server, its own ledger and trash."""

    __test__ = False

    def __init__(self, connected: ConnectedClickHouse, suffix: str = "") -> None:
        self.suffix = suffix = suffix or uuid4().hex[:10]
        self.database = f"shop_{suffix}"
        self.clickhouse = Recording(connected)
        self.options = {"ledger_database": f"ledger_{suffix}", "trash_database": f"trash_{suffix}"}
        self.raw(f"CREATE DATABASE IF NOT EXISTS {self.database} ENGINE = Atomic")

    def raw(self, sql: str) -> None:
        """Send a statement as somebody else would."""
        self.clickhouse.connected.command(sql.replace("shop.", f"{self.database}."))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query as tuples."""
        return [
            tuple(row)
            for row in self.clickhouse.connected.query(sql.replace("shop.", f"{self.database}."))
        ]

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def live(self, ddl: str, rows: str = "") -> None:
        """Make a live table, with rows if given."""
        self.raw(f"CREATE TABLE shop.{ddl}")
        if rows:
            self.raw(f"INSERT INTO shop.{ddl.split(maxsplit=1)[0]} {rows}")

    def project(self, *tables: OlapTable[Any], name: str = "tests") -> Project:
        return Project(name, tables, database=self.database)

    def plan_result(self, *tables: OlapTable[Any], **options: Any):
        """Return what a run would do; tables that a test made by hand count as adopted."""
        return plan_for(
            self.project(*tables),
            self.clickhouse,
            Options(**self.options, **{"adopt": True, **options}),
        )

    def plan(self, *tables: OlapTable[Any], **options: Any) -> dict[str, str]:
        """Return `facet column` -> verdict (`table.facet` where there is more than one table)."""
        return decided(self.plan_result(*tables, **options).plan)

    def reconcile(self, *tables: OlapTable[Any], **options: Any):
        """Reconcile, expect no failure, and return the outcome."""
        options = {"adopt": True, **options}
        outcome = reconcile(
            self.project(*tables), self.clickhouse, Options(**self.options, **options)
        )
        errors = [result.error for result in outcome.failures]
        assert not errors, errors
        assert outcome.unfinished == ()
        return outcome

    def declared_column(self, name: str, column: str, life_cycle: LifeCycle = FM) -> OlapTable[Any]:
        """Return a table of `id Int64` and a column in ClickHouse's words: type and properties."""
        return declared_as(
            name, ["id Int64", column], OlapConfig(life_cycle=life_cycle, order_by_fields=["id"])
        )

    def writes(self) -> list[str]:
        """Return the writing statements since the last call."""
        sent = self.clickhouse.writes
        self.clickhouse.writes = []
        return sent

    def table(self, name: str) -> TableId:
        return TableId(self.database, name)

    def trashed(self) -> list[str]:
        """Return what lies in the trash, by table."""
        names = self.rows(
            f"SELECT name FROM system.tables WHERE database = '{self.options['trash_database']}'"
        )
        return sorted(name.split("__")[1] for (name,) in names)

    def in_trash(self, name: str, what: str) -> Any:
        """Return a value from the newest table kept for *name*."""
        trash = self.options["trash_database"]
        found = self.rows(
            f"SELECT name FROM system.tables WHERE database = '{trash}' ORDER BY name DESC"
        )
        copied = next(table for (table,) in found if f"__{name}__" in table)
        return self.value(f"SELECT {what} FROM {trash}.`{copied}`")


def declared_as(name: str, columns: Sequence[str], config: OlapConfig) -> OlapTable[Any]:
    """Return a table whose columns are written as ClickHouse would: name, type and properties."""
    fields = {f"c{position}": _field(column) for position, column in enumerate(columns)}
    return OlapTable[create_model("Row", **fields)](name, config)


def refused_by_the_server(name: str = "refused") -> OlapTable[Any]:
    """Return a table that only its CREATE shows to be refused, as it reads what nobody makes."""
    default = "DEFAULT dictGet('default.nowhere', 'v', id)"
    return declared_as(
        name, ["id UInt64", f"v String {default}"], OlapConfig(order_by_fields=["id"])
    )


def _field(column: str) -> tuple[Any, Any]:
    name = next(tokens(column))
    cut = clauses(column.removeprefix(name).strip(), [(word,) for word in _PROPERTIES])
    marks = [
        _PROPERTIES[word](text)
        for word, text in cut.items()
        if word in _PROPERTIES and word != "COMMENT"
    ]
    marks = [
        ClickHouseCodec(cut["CODEC"][1:-1]) if isinstance(m, ClickHouseCodec) else m for m in marks
    ]
    comment = cut.get("COMMENT", "''")[1:-1].replace("''", "'")
    annotation = Annotated[(Any, ClickHouseType(cut[""]), *marks)]
    return annotation, Field(alias=name.strip("`"), description=comment or None)


def decided(plan) -> dict[str, str]:
    tables = {step.resource for step in plan.steps}
    verdicts = {}
    for step in plan.steps:
        text = describe(step.change)
        prefix = f"{step.resource.name}." if len(tables) > 1 else ""
        verdicts[f"{prefix}{text.facet} {text.column}".strip()] = step.verdict.value
    return verdicts


def declared(name: str, columns: str, life_cycle: LifeCycle = FM, **config: Any) -> OlapTable[Any]:
    """Return a table declared from `name Type; name Type`, ordered by its first column."""
    fields = {}
    for column in columns.split(";"):
        column_name, _, column_type = column.strip().partition(" ")
        fields[column_name] = (Annotated[Any, ClickHouseType(column_type)], ...)
    if not {"order_by_fields", "order_by_expression"} & config.keys():
        config["order_by_fields"] = [next(iter(fields))]
    model = create_model("Row", **fields)
    return OlapTable[model](name, OlapConfig(life_cycle=life_cycle, **config))
