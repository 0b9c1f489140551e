"""Play changes forward in memory, so that a diff can be proved complete before anything is sent."""

from collections.abc import Iterable
from dataclasses import replace

from typing_extensions import assert_never

from moose_dagster.diff.table_changes import (
    AddColumn,
    AddElement,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnSettings,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeElement,
    ChangeEngine,
    ChangeOrderBy,
    ChangePartitionBy,
    ChangePrimaryKey,
    ChangeSampleBy,
    ChangeSetting,
    ChangeStatistics,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    ColumnChange,
    CreateTable,
    DropColumn,
    DropElement,
    DropTable,
    ElementChange,
    RenameColumn,
    RenameTable,
    StorageChange,
    TableChange,
    table_of,
)
from moose_dagster.state.rename import renamed
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Table, with_elements


def evolve(live: State, changes: Iterable[TableChange]) -> State:
    """Return the state that *live* becomes when every one of *changes* is made."""
    tables = dict(live.tables)
    for change in changes:
        match change:
            case CreateTable():
                tables[change.table.id] = change.table
            case DropTable():
                del tables[change.table]
            case RenameTable():
                tables[change.table] = replace(tables.pop(change.live), id=change.table)
            case _:
                tables[table_of(change)] = evolve_table(tables[table_of(change)], change)
    return State(tables)


def evolve_table(table: Table, change: ColumnChange | ElementChange | StorageChange) -> Table:
    """Return what *table* becomes through one change of its columns, parts or storage."""
    match change:
        case AddColumn():
            position = _place_behind(table, change.after)
            columns = (*table.columns[:position], change.column, *table.columns[position:])
            return replace(table, columns=columns)
        case DropColumn():
            return replace(
                table, columns=tuple(c for c in table.columns if c.name != change.column.name)
            )
        case RenameColumn():
            return renamed(table, change.live.name, change.desired)
        case ChangeType():
            return _with_column(
                table, replace(_column(table, change.live.name), type=change.desired.type)
            )
        case ChangeDefault():
            return _with_column(
                table, replace(_column(table, change.live.name), default=change.desired.default)
            )
        case ChangeCodec():
            return _with_column(
                table, replace(_column(table, change.live.name), codec=change.desired.codec)
            )
        case ChangeColumnComment():
            return _with_column(
                table, replace(_column(table, change.live.name), comment=change.desired.comment)
            )
        case ChangeColumnTtl():
            return _with_column(
                table, replace(_column(table, change.live.name), ttl=change.desired.ttl)
            )
        case ChangeStatistics():
            return _with_column(
                table,
                replace(_column(table, change.live.name), statistics=change.desired.statistics),
            )
        case ChangeColumnSettings():
            return _with_column(
                table, replace(_column(table, change.live.name), settings=change.desired.settings)
            )
        case AddElement() | DropElement() | ChangeElement():
            return _evolve_parts(table, change)
        case _:
            return _evolve_storage(table, change)


def _evolve_parts(table: Table, change: ElementChange) -> Table:
    gone = (
        None
        if isinstance(change, AddElement)
        else change.element
        if isinstance(change, DropElement)
        else change.live
    )
    new = (
        None
        if isinstance(change, DropElement)
        else change.element
        if isinstance(change, AddElement)
        else change.desired
    )
    elements = [element for element in table.elements if element != gone]
    return with_elements(
        table, sorted((*elements, new) if new else elements, key=lambda element: element.name)
    )


def _evolve_storage(table: Table, change: StorageChange) -> Table:
    match change:
        case ChangeEngine():
            return replace(table, engine=change.desired)
        case ChangeOrderBy():
            return replace(table, order_by=change.desired, primary_key=change.primary_key)
        case ChangePrimaryKey():
            same = change.desired == table.order_by
            return replace(table, primary_key=None if same else change.desired)
        case ChangePartitionBy():
            return replace(table, partition_by=change.desired)
        case ChangeSampleBy():
            return replace(table, sample_by=change.desired)
        case ChangeTableTtl():
            return replace(table, ttl=change.desired)
        case ChangeSetting():
            settings = {
                name: value for name, value in table.settings.items() if name != change.name
            }
            if change.desired is not None:
                settings[change.name] = change.desired
            return replace(table, settings=settings)
        case ChangeTableComment():
            return replace(table, comment=change.desired)
        case _:
            assert_never(change)


def _place_behind(table: Table, after: str | None) -> int:
    names = [column.name for column in table.columns]
    if after is None:
        return 0
    # The neighbour may still be waiting for its new name.
    return names.index(after) + 1 if after in names else len(names)


def _column(table: Table, name: str) -> Column:
    return table.columns[_position(table, name)]


def _with_column(table: Table, column: Column) -> Table:
    return replace(
        table, columns=tuple(column if c.name == column.name else c for c in table.columns)
    )


def _position(table: Table, name: str) -> int:
    return next(index for index, column in enumerate(table.columns) if column.name == name)
