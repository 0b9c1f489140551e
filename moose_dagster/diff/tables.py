"""Compare two states of tables, facet by facet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from moose_dagster.diff.evolve import evolve_table
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
)
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Table, TableElement, primary_key_of


@dataclass(frozen=True, slots=True)
class Renames:
    """What the code says was called otherwise: declared name -> earlier name."""

    tables: Mapping[TableId, TableId] = field(default_factory=dict[TableId, TableId])
    columns: Mapping[TableId, Mapping[str, str]] = field(
        default_factory=dict[TableId, Mapping[str, str]]
    )


def diff_tables(
    live: State, desired: State, renames: Renames | None = None
) -> tuple[TableChange, ...]:
    """Return the changes that turn *live* into *desired*, in the order of table names."""
    renames = renames or Renames()
    moved = renamed_tables(live, desired, renames)
    changes = list[TableChange]()
    for table_id in sorted({*live.tables, *desired.tables} - {*moved.values()}):
        wanted = desired.tables.get(table_id)
        if wanted and table_id in moved:
            changes.append(RenameTable(table_id, moved[table_id]))
            found: Table | None = replace(live.tables[moved[table_id]], id=table_id)
        else:
            found = live.tables.get(table_id)
        changes.extend(_diff_table(found, wanted, renames.columns.get(table_id, {})))
    return tuple(changes)


def renamed_tables(live: State, desired: State, renames: Renames) -> dict[TableId, TableId]:
    """Return declared -> live name of the tables that are still live under their earlier name alone."""
    return {
        declared: earlier
        for declared, earlier in renames.tables.items()
        if declared in desired.tables and declared not in live.tables
        if earlier in live.tables and earlier not in desired.tables
    }


def _diff_table(
    live: Table | None, desired: Table | None, renamed: Mapping[str, str]
) -> Iterable[TableChange]:
    if desired is None:
        return [DropTable(live.id)] if live else []
    if live is None:
        return [CreateTable(desired)]
    if live == desired:
        return []
    renames = _renamed_columns(live, desired, renamed)
    for rename in renames:
        live = evolve_table(live, rename)
    return [
        *renames,
        *_diff_columns(live, desired),
        *_diff_parts(live, desired),
        *_diff_storage(live, desired),
    ]


def _renamed_columns(live: Table, desired: Table, renamed: Mapping[str, str]) -> list[RenameColumn]:
    wanted = {column.name for column in desired.columns}
    return [
        RenameColumn(live.id, column, declared)
        for declared, earlier in renamed.items()
        if declared in wanted and earlier not in wanted and live.column(declared) is None
        if (column := live.column(earlier)) is not None
    ]


def _diff_parts(live: Table, desired: Table) -> Iterator[ElementChange]:
    pairs = ((live.indexes, desired.indexes), (live.projections, desired.projections))
    yield from _diff_kind(live.id, live.constraints, desired.constraints)
    for live_parts, desired_parts in pairs:
        yield from _diff_kind(live.id, live_parts, desired_parts)


def _diff_kind(
    table: TableId, live: Iterable[TableElement], desired: Iterable[TableElement]
) -> Iterator[ElementChange]:
    there, wanted = (
        {element.name: element for element in live},
        {element.name: element for element in desired},
    )
    for name, element in there.items():
        if name not in wanted:
            yield DropElement(table, element)
    for name, element in wanted.items():
        if name not in there:
            yield AddElement(table, element)
        elif there[name] != element:
            yield ChangeElement(table, there[name], element)


def _diff_columns(live: Table, desired: Table) -> Iterator[ColumnChange]:
    live_columns = {column.name: column for column in live.columns}
    wanted = {column.name for column in desired.columns}
    after: str | None = None
    for column in desired.columns:
        if column.name not in live_columns:
            yield AddColumn(desired.id, column, after)
        else:
            yield from _diff_column(live, live_columns[column.name], column)
        after = column.name
    for column in live.columns:
        if column.name not in wanted:
            yield DropColumn(live.id, column)


def _diff_column(table: Table, live: Column, desired: Column) -> Iterator[ColumnChange]:
    if live.type != desired.type:
        yield ChangeType(table.id, live, desired)
    if live.default != desired.default:
        yield ChangeDefault(table.id, live, desired)
    if live.codec != desired.codec:
        yield ChangeCodec(table.id, live, desired)
    if live.comment != desired.comment:
        yield ChangeColumnComment(table.id, live, desired)
    if live.ttl != desired.ttl:
        yield ChangeColumnTtl(table.id, live, desired)
    if live.statistics != desired.statistics:
        yield ChangeStatistics(table.id, live, desired)
    if live.settings != desired.settings:
        yield ChangeColumnSettings(table.id, live, desired)


def _diff_storage(live: Table, desired: Table) -> Iterator[StorageChange]:
    table = live.id
    if live.engine != desired.engine:
        yield ChangeEngine(table, live.engine, desired.engine)
    resorted = live.order_by != desired.order_by
    if resorted:
        yield ChangeOrderBy(table, live.order_by, desired.order_by, desired.primary_key)
    implied = resorted and desired.primary_key is None
    if primary_key_of(live) != primary_key_of(desired) and not implied:
        yield ChangePrimaryKey(table, primary_key_of(live), primary_key_of(desired))
    if live.partition_by != desired.partition_by:
        yield ChangePartitionBy(table, live.partition_by, desired.partition_by)
    if live.sample_by != desired.sample_by:
        yield ChangeSampleBy(table, live.sample_by, desired.sample_by)
    if live.ttl != desired.ttl:
        yield ChangeTableTtl(table, live.ttl, desired.ttl)
    for name in sorted({*live.settings, *desired.settings}):
        if live.settings.get(name) != desired.settings.get(name):
            yield ChangeSetting(table, name, live.settings.get(name), desired.settings.get(name))
    if live.comment != desired.comment:
        yield ChangeTableComment(table, live.comment, desired.comment)
