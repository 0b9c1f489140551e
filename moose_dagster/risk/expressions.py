"""The expressions of a table, each with the query of no rows that tells whether it fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.sql.quoting import quoted_name, quoted_text
from moose_dagster.sql.ttl import ttl_elements
from moose_dagster.state.names import TableId
from moose_dagster.state.rename import text_of
from moose_dagster.state.tables import (
    Column,
    Constraint,
    Projection,
    Table,
    TableElement,
    without_direction,
)


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of a declared table.

    Attributes:
        place: What it belongs to, such as `default of total`.
        value: What a query selects to check it.
    """

    place: str
    value: str


def expressions_of(table: Table) -> Iterator[Expression]:
    """Yield the expressions of *table* that a server can judge without its rows."""
    for column in table.columns:
        yield from _of_column(column)
    for element in table.elements:
        if not isinstance(element, Projection):
            yield Expression(_place_of(element), _checked(element))
    if table.engine.is_merge_tree:
        keys = ", ".join(map(without_direction, table.order_by))
        for place, text in (
            ("ORDER BY", keys),
            ("PARTITION BY", table.partition_by),
            ("SAMPLE BY", table.sample_by),
        ):
            if text:
                yield Expression(place, f"({text})" if place != "ORDER BY" else f"tuple({text})")
    yield from _of_ttl("TTL", table.ttl)


def query_of(table: Table, values: Sequence[str]) -> str:
    """Return a query that fails if one of *values* does not fit the columns of *table*."""
    structure = ", ".join(f"{quoted_name(column.name)} {column.type}" for column in table.columns)
    return f"SELECT {', '.join(values)} FROM null({quoted_text(structure)}) LIMIT 0"


def places_in(change: changes.TableChange) -> tuple[TableId | None, tuple[str, ...]]:
    """Return the table and the places of the expressions that *change* brings."""
    match change:
        case changes.CreateTable():
            return change.table.id, tuple(e.place for e in expressions_of(change.table))
        case changes.AddColumn():
            return change.table, tuple(e.place for e in _of_column(change.column))
        case changes.ChangeDefault() | changes.ChangeType() | changes.ChangeColumnTtl():
            return change.table, tuple(e.place for e in _of_column(change.desired))
        case changes.AddElement():
            return change.table, (_place_of(change.element),)
        case changes.ChangeElement():
            return change.table, (_place_of(change.desired),)
        case changes.ChangeOrderBy():
            return change.table, ("ORDER BY",)
        case changes.ChangePartitionBy():
            return change.table, ("PARTITION BY",)
        case changes.ChangeSampleBy():
            return change.table, ("SAMPLE BY",)
        case changes.ChangeTableTtl():
            return change.table, ("TTL",)
        case (
            changes.DropTable()
            | changes.RenameTable()
            | changes.DropColumn()
            | changes.RenameColumn()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.DropElement()
            | changes.ChangeEngine()
            | changes.ChangePrimaryKey()
            | changes.ChangeSetting()
            | changes.ChangeTableComment()
        ):
            return None, ()
        case _:
            assert_never(change)


def _of_column(column: Column) -> Iterator[Expression]:
    default = column.default
    if default is not None and default.expression:
        cast = f"CAST({default.expression}, {quoted_text(column.type)})"
        yield Expression(f"default of {column.name}", cast)
    if column.ttl:
        yield from _of_ttl(f"TTL of {column.name}", column.ttl)


def _place_of(element: TableElement) -> str:
    return f"{type(element).__name__.lower()} {element.name}"


def _checked(element: TableElement) -> str:
    text = text_of(element)
    # A constraint is a condition; as `if` the server says so of any other type.
    return f"if({text}, 1, 0)" if isinstance(element, Constraint) else f"tuple({text})"


def _of_ttl(place: str, ttl: str) -> Iterator[Expression]:
    for element in ttl_elements(ttl):
        yield Expression(place, f"toDateTime({element.expires})")
        if element.where:
            yield Expression(place, f"if({element.where}, 1, 0)")
