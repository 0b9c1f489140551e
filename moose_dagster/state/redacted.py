"""Compare what a server shows in place of a secret with what the code says there."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import (
    Column,
    Constraint,
    Index,
    Projection,
    Table,
    TableElement,
    with_elements,
)

REDACTED = "[HIDDEN]"
# Of `encrypt(mode, text, key)` the server shows `encrypt(mode, '[HIDDEN]')`.
_HIDDEN = re.compile(r"'\[HIDDEN\]'|\[HIDDEN\]")


def may_be(shown: str, written: str) -> bool:
    """Tell whether *written* may be what a server shows as *shown*, with a part of it hidden."""
    return REDACTED in shown and fits(written, _HIDDEN.split(shown))


def fits(text: str, parts: Iterable[str]) -> bool:
    """Tell whether *text* is all of *parts* in their order, with anything between two of them."""
    return re.fullmatch(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


def fill_redacted(live: State, desired: State) -> State:
    """Return *live* with the expressions of *desired* where the server shows them only in part.

    Only where the rest is the same: a hidden part can't be compared, and must not be sent as it is
    shown.
    """
    tables = dict[TableId, Table](live.tables)
    for table_id, table in live.tables.items():
        declared = desired.tables.get(table_id)
        if declared is not None and declared is not table and _hides(table):
            tables[table_id] = _fill_table(table, declared)
    return replace(live, tables=tables)


def _hides(table: Table) -> bool:
    defaults = (column.default.expression for column in table.columns if column.default)
    return any(
        REDACTED in text
        for text in (*table.engine.arguments, *defaults, *map(_text, table.elements))
    )


def _fill_table(live: Table, desired: Table) -> Table:
    columns = {column.name: column for column in desired.columns}
    elements = {(type(element), element.name): element for element in desired.elements}
    engine = desired.engine if may_be(str(live.engine), str(desired.engine)) else live.engine
    filled_columns = tuple(_column(column, columns.get(column.name)) for column in live.columns)
    filled_elements = (_element(element, elements) for element in live.elements)
    return with_elements(replace(live, engine=engine, columns=filled_columns), filled_elements)


def _column(live: Column, desired: Column | None) -> Column:
    if (
        live.default is None
        or desired is None
        or desired.default is None
        or live.default.kind != desired.default.kind
    ):
        return live
    if not may_be(live.default.expression, desired.default.expression):
        return live
    return replace(live, default=desired.default)


def _element(
    live: TableElement, elements: Mapping[tuple[type[TableElement], str], TableElement]
) -> TableElement:
    desired = elements.get((type(live), live.name))
    return desired if desired is not None and may_be(_text(live), _text(desired)) else live


def _text(element: TableElement) -> str:
    match element:
        case Index():
            return f"{element.expression} TYPE {element.type} GRANULARITY {element.granularity}"
        case Projection():
            return element.body
        case Constraint():
            return f"{element.kind} {element.expression}"
