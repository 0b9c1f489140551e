"""What a server shows in the place of a secret, and what the code says there."""

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
    """Tell whether *written* may be what a server shows as *shown*, which hides a part."""
    return REDACTED in shown and fits(written, _HIDDEN.split(shown))


def fits(text: str, parts: Iterable[str]) -> bool:
    """Tell whether *text* is all of *parts* in their order, with anything between two of them."""
    return re.fullmatch(".*".join(map(re.escape, parts)), text, re.DOTALL) is not None


def fill_redacted(live: State, desired: State) -> State:
    """Return *live* with what *desired* says in place of each expression that the server shows only in part.

    Only where the rest is the same: a hidden part can't be compared, and must not be sent as it is
    shown.
    """
    tables = dict[TableId, Table](live.tables)
    for table_id, table in live.tables.items():
        wanted = desired.tables.get(table_id)
        if wanted is not None and wanted is not table and _hides(table):
            tables[table_id] = _fill_redacted(table, wanted)
    return replace(live, tables=tables)


def _hides(table: Table) -> bool:
    defaults = (column.default.expression for column in table.columns if column.default)
    return any(
        REDACTED in text
        for text in (*table.engine.arguments, *defaults, *map(_text, table.elements))
    )


def _fill_redacted(live: Table, desired: Table) -> Table:
    columns = {column.name: column for column in desired.columns}
    parts = {(type(part), part.name): part for part in desired.elements}
    return with_elements(
        replace(
            live,
            engine=desired.engine if may_be(str(live.engine), str(desired.engine)) else live.engine,
            columns=tuple(_column(column, columns.get(column.name)) for column in live.columns),
        ),
        (_part(part, parts) for part in live.elements),
    )


def _column(live: Column, desired: Column | None) -> Column:
    if (
        live.default is None
        or desired is None
        or desired.default is None
        or live.default.kind != desired.default.kind
    ):
        return live
    same = may_be(live.default.expression, desired.default.expression)
    return replace(live, default=desired.default) if same else live


def _part(
    live: TableElement, parts: Mapping[tuple[type[TableElement], str], TableElement]
) -> TableElement:
    desired = parts.get((type(live), live.name))
    return desired if desired is not None and may_be(_text(live), _text(desired)) else live


def _text(part: TableElement) -> str:
    match part:
        case Index():
            return f"{part.expression} TYPE {part.type} GRANULARITY {part.granularity}"
        case Projection():
            return part.body
        case Constraint():
            return f"{part.kind} {part.expression}"
