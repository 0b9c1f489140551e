"""Models as the columns of an INSERT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from operator import itemgetter
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from moose_dagster.clients.clickhouse import ClickHouse, ColumnValues
from moose_dagster.declare.fields import column_name, fields_of
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.errors import LoadError
from moose_dagster.load.fits import Misfit, Value, integer_range, misfit_of
from moose_dagster.state.names import TableId

_PLAIN = frozenset(
    {type(None), str, bytes, int, float, bool, date, Decimal, UUID, IPv4Address, IPv6Address}
)


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column that messages fill.

    Attributes:
        name: Its name.
        field: The field of the model that fills it.
        part: The field within, where each is an array of the parts of a Nested; "" for the whole.
        type: Its type on the server.
        misfit: Finds values that it can't hold; None where it takes every value.
    """

    name: str
    field: str
    part: str
    type: str
    misfit: Misfit | None

    def values_of(self, rows: Sequence[BaseModel]) -> list[Any]:
        """Return the value of each row, as the client library takes it."""
        field = self.field
        values = [getattr(row, field) for row in rows]
        if not set(map(type, values)) <= _PLAIN:
            values = [_plain(value) for value in values]
        if self.part:
            part = itemgetter(self.part)
            values = [[*map(part, value)] for value in values]
        if self.type in {"String", "LowCardinality(String)"}:
            values = [one if isinstance(one, str | bytes) else str(one) for one in values]
        return values

    def misfits(self, values: Sequence[Any]) -> Mapping[int, str]:
        """Return what is wrong with values that the column can't hold, by their places."""
        if self.misfit is None:
            return {}
        bounds = integer_range(self.type)
        if bounds and values and bounds[0] <= min(values) and max(values) <= bounds[1]:
            return {}
        problems = map(self.misfit, values)
        return {
            place: f"{self.name}: {problem}" for place, problem in enumerate(problems) if problem
        }


def columns_for(clickhouse: ClickHouse, load: DeclaredLoad) -> tuple[RowColumn, ...]:
    """Return the columns of the live table that the messages of *load* fill.

    Raises:
        LoadError: The table is missing, or lacks a column.
        ServerError: The server refuses.
    """
    types = _live_types(clickhouse, load.table)
    if not types:
        raise LoadError(f"{load.table} does not exist; apply the plan of the project first.")
    columns = list[RowColumn]()
    for field, info in fields_of(load.model).items():
        name = column_name(field, info)
        if name in load.computed:
            continue
        parts = [one for one in types if one.startswith(f"{name}.")]
        if name not in types and not parts:
            raise LoadError(f"{load.table} has no column {name}; apply the plan of the project.")
        for one in [name] if name in types else parts:
            part = one.removeprefix(name).removeprefix(".")
            columns.append(RowColumn(one, field, part, types[one], misfit_of(types[one])))
    return tuple(columns)


def column_values(
    columns: Sequence[RowColumn], rows: Sequence[BaseModel]
) -> tuple[list[ColumnValues], dict[int, str]]:
    """Return *rows* as columns, and what is wrong with rows that the table can't hold."""
    found = list[ColumnValues]()
    problems = dict[int, str]()
    for column in columns:
        values = column.values_of(rows)
        problems = {**column.misfits(values), **problems}
        found.append(ColumnValues(column.name, column.type, values))
    return found, problems


def _live_types(clickhouse: ClickHouse, table: TableId) -> dict[str, str]:
    rows = clickhouse.query(
        "SELECT name, type FROM system.columns WHERE database = %(database)s AND "
        "table = %(name)s ORDER BY position",
        {"database": table.database, "name": table.name},
    )
    return {row[0]: row[1] for row in rows}


def _plain(value: Value) -> Value:
    """Return *value* as the client library takes it: labels of Enums, and times with a zone."""
    match value:
        case BaseModel():
            return {
                column_name(name, info): _plain(getattr(value, name))
                for name, info in fields_of(type(value)).items()
            }
        case Enum():
            # A member with a text is called by it; others have the name of the member.
            return value.value if isinstance(value.value, str) else value.name
        case datetime() if value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        case dict():
            return {_plain(key): _plain(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType] - as above
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType] - as above
        case _:
            return value
