"""Rename a column in everything of a table that uses it."""

from collections.abc import Iterable
from dataclasses import replace

from moose_dagster.state.tables import (
    Column,
    Constraint,
    Index,
    Projection,
    Table,
    TableElement,
    with_elements,
)
from moose_dagster.state.tokens import bare_name, tokens


def renamed(table: Table, earlier: str, name: str) -> Table:
    """Return *table* with column *earlier* called *name*, also where an expression uses it.

    ClickHouse 24.8 to 26.9 rewrites defaults, TTLs, indexes and constraints in the same way.
    """

    def follow(text: str) -> str:
        return with_name(text, earlier, name)

    def follow_all(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(follow(text) for text in texts)

    columns = tuple(_column(column, earlier, name) for column in table.columns)
    elements = (_element(element, earlier, name) for element in table.elements)
    return replace(
        with_elements(table, elements),
        columns=columns,
        engine=replace(table.engine, arguments=follow_all(table.engine.arguments)),
        order_by=follow_all(table.order_by),
        primary_key=None if table.primary_key is None else follow_all(table.primary_key),
        partition_by=follow(table.partition_by),
        sample_by=follow(table.sample_by),
        ttl=follow(table.ttl),
    )


def with_name(text: str, earlier: str, name: str) -> str:
    """Return expression *text* with the name *earlier* replaced by *name*."""
    pieces = list(tokens(text))
    followed = [*pieces[1:], ""]
    written = name if name.isidentifier() and name.isascii() else _quoted(name)
    return "".join(
        written if bare_name(piece) == earlier and after != "(" else piece
        for piece, after in zip(pieces, followed, strict=False)
    )


def uses(text: str, name: str) -> bool:
    """Tell whether expression *text* uses the column *name*."""
    return any(bare_name(token) == name for token in tokens(text))


def uses_in(element: TableElement, name: str) -> bool:
    """Tell whether *element* of a table uses the column *name*; `SELECT *` uses each."""
    if isinstance(element, Projection) and "*" in element.body:
        return True
    return uses(text_of(element), name)


def text_of(element: TableElement) -> str:
    """Return the expression of *element*."""
    return element.body if isinstance(element, Projection) else element.expression


def _element(element: TableElement, earlier: str, name: str) -> TableElement:
    match element:
        case Projection():
            return replace(element, body=with_name(element.body, earlier, name))
        case Index() | Constraint():
            return replace(element, expression=with_name(element.expression, earlier, name))


def _column(column: Column, earlier: str, name: str) -> Column:
    default = column.default
    if default is not None:
        default = replace(default, expression=with_name(default.expression, earlier, name))
    return replace(
        column,
        name=name if column.name == earlier else column.name,
        default=default,
        ttl=with_name(column.ttl, earlier, name),
    )


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
