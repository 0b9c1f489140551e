"""Play changes forward in memory, so that a diff can be proved complete before anything is sent."""

from collections.abc import Iterable
from dataclasses import replace

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import (
    ColumnChange,
    ColumnFacetChange,
    ElementChange,
    StorageChange,
    TableChange,
    table_of,
)
from moose_dagster.state.rename import renamed
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Table, TableElement, with_elements, without_direction


def evolve(live: State, planned: Iterable[TableChange]) -> State:
    """Return the state that *live* becomes when every *planned* change is made."""
    tables = dict(live.tables)
    for change in planned:
        match change:
            case changes.CreateTable():
                tables[change.table.id] = change.table
            case changes.DropTable():
                del tables[change.table]
            case changes.RenameTable():
                tables[change.table] = replace(tables.pop(change.live), id=change.table)
            case _:
                tables[table_of(change)] = evolve_table(tables[table_of(change)], change)
    return State(tables)


def evolve_table(table: Table, change: ColumnChange | ElementChange | StorageChange) -> Table:
    """Return what *table* becomes through one change of its columns, elements or storage."""
    match change:
        case changes.AddColumn():
            position = _position_after(table, change.after)
            columns = (*table.columns[:position], change.column, *table.columns[position:])
            return replace(table, columns=columns)
        case changes.DropColumn():
            others = tuple(c for c in table.columns if c.name != change.column.name)
            return replace(table, columns=others)
        case changes.RenameColumn():
            return renamed(table, change.live.name, change.desired)
        case changes.AddElement() | changes.DropElement() | changes.ChangeElement():
            return _evolve_elements(table, change)
        case (
            changes.ChangeType()
            | changes.ChangeDefault()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeColumnTtl()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
        ):
            position = _position(table, change.live.name)
            column = _evolve_column(table.columns[position], change)
            columns = (*table.columns[:position], column, *table.columns[position + 1 :])
            return replace(table, columns=columns)
        case _:
            return _evolve_storage(table, change)


def _evolve_column(column: Column, change: ColumnFacetChange) -> Column:
    match change:
        case changes.ChangeType():
            return replace(column, type=change.desired.type)
        case changes.ChangeDefault():
            return replace(column, default=change.desired.default)
        case changes.ChangeCodec():
            return replace(column, codec=change.desired.codec)
        case changes.ChangeColumnComment():
            return replace(column, comment=change.desired.comment)
        case changes.ChangeColumnTtl():
            return replace(column, ttl=change.desired.ttl)
        case changes.ChangeStatistics():
            return replace(column, statistics=change.desired.statistics)
        case changes.ChangeColumnSettings():
            return replace(column, settings=change.desired.settings)
        case _:
            assert_never(change)


def _evolve_elements(table: Table, change: ElementChange) -> Table:
    match change:
        case changes.AddElement():
            elements = [*table.elements, change.element]
        case changes.DropElement():
            elements = _without_element(table, change.element)
        case changes.ChangeElement():
            elements = [*_without_element(table, change.live), change.desired]
        case _:
            assert_never(change)
    return with_elements(table, sorted(elements, key=lambda element: element.name))


def _without_element(table: Table, element: TableElement) -> list[TableElement]:
    kind = type(element)
    return [e for e in table.elements if type(e) is not kind or e.name != element.name]


def _evolve_storage(table: Table, change: StorageChange) -> Table:
    match change:
        case changes.ChangeEngine():
            return replace(table, engine=change.desired)
        case changes.ChangeOrderBy():
            return replace(table, order_by=change.desired, primary_key=change.primary_key)
        case changes.ChangePrimaryKey():
            is_implied = change.desired == tuple(map(without_direction, table.order_by))
            return replace(table, primary_key=None if is_implied else change.desired)
        case changes.ChangePartitionBy():
            return replace(table, partition_by=change.desired)
        case changes.ChangeSampleBy():
            return replace(table, sample_by=change.desired)
        case changes.ChangeTableTtl():
            return replace(table, ttl=change.desired)
        case changes.ChangeSetting():
            settings = {
                name: value for name, value in table.settings.items() if name != change.name
            }
            if change.desired is not None:
                settings[change.name] = change.desired
            return replace(table, settings=settings)
        case changes.ChangeTableComment():
            return replace(table, comment=change.desired)
        case _:
            assert_never(change)


def _position_after(table: Table, after: str | None) -> int:
    if after is None:
        return 0
    names = [column.name for column in table.columns]
    # The column before it may not have its new name yet.
    return names.index(after) + 1 if after in names else len(names)


def _position(table: Table, name: str) -> int:
    return next(index for index, column in enumerate(table.columns) if column.name == name)
