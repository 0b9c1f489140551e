"""Compare two states of tables, facet by facet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import ColumnChange, ElementChange, StorageChange, TableChange
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Table, TableElement, primary_key_of


@dataclass(frozen=True, slots=True)
class Renames:
    """What the code says had another name.

    Attributes:
        tables: Declared name -> earlier name of a table.
        columns: For each declared table, declared name -> earlier name of a column.
    """

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
    differences = list[TableChange]()
    for table_id in sorted({*live.tables, *desired.tables} - {*moved.values()}):
        desired_table = desired.tables.get(table_id)
        live_table = live.tables.get(table_id)
        if desired_table and table_id in moved:
            differences.append(changes.RenameTable(table_id, moved[table_id]))
            live_table = replace(live.tables[moved[table_id]], id=table_id)
        columns = renames.columns.get(table_id, {})
        differences.extend(_diff_table(live_table, desired_table, columns))
    return tuple(differences)


def renamed_tables(live: State, desired: State, renames: Renames) -> dict[TableId, TableId]:
    """Return declared -> live name of the tables that are live under their earlier name alone."""
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
        return [changes.DropTable(live.id)] if live else []
    if live is None:
        return [changes.CreateTable(desired)]
    if live == desired:
        return []
    renames = _renamed_columns(live, desired, renamed)
    for rename in renames:
        live = evolve_table(live, rename)
    return [
        *renames,
        *_diff_columns(live, desired),
        *_diff_elements(live, desired),
        *_diff_storage(live, desired),
    ]


def _renamed_columns(
    live: Table, desired: Table, renamed: Mapping[str, str]
) -> list[changes.RenameColumn]:
    declared = {column.name for column in desired.columns}
    return [
        changes.RenameColumn(live.id, column, name)
        for name, earlier in renamed.items()
        if name in declared and earlier not in declared and live.column(name) is None
        if (column := live.column(earlier)) is not None
    ]


def _diff_elements(live: Table, desired: Table) -> Iterator[ElementChange]:
    yield from _diff_kind(live.id, live.constraints, desired.constraints)
    yield from _diff_kind(live.id, live.indexes, desired.indexes)
    yield from _diff_kind(live.id, live.projections, desired.projections)


def _diff_kind(
    table: TableId, live: Iterable[TableElement], desired: Iterable[TableElement]
) -> Iterator[ElementChange]:
    live_elements = {element.name: element for element in live}
    desired_elements = {element.name: element for element in desired}
    for name, element in live_elements.items():
        if name not in desired_elements:
            yield changes.DropElement(table, element)
    for name, element in desired_elements.items():
        if name not in live_elements:
            yield changes.AddElement(table, element)
        elif live_elements[name] != element:
            yield changes.ChangeElement(table, live_elements[name], element)


def _diff_columns(live: Table, desired: Table) -> Iterator[ColumnChange]:
    live_columns = {column.name: column for column in live.columns}
    declared = {column.name for column in desired.columns}
    after: str | None = None
    for column in desired.columns:
        if column.name not in live_columns:
            yield changes.AddColumn(desired.id, column, after)
        else:
            yield from _diff_column(live, live_columns[column.name], column)
        after = column.name
    for column in live.columns:
        if column.name not in declared:
            yield changes.DropColumn(live.id, column)


def _diff_column(table: Table, live: Column, desired: Column) -> Iterator[ColumnChange]:
    if live.type != desired.type:
        yield changes.ChangeType(table.id, live, desired)
    if live.default != desired.default:
        yield changes.ChangeDefault(table.id, live, desired)
    if live.codec != desired.codec:
        yield changes.ChangeCodec(table.id, live, desired)
    if live.comment != desired.comment:
        yield changes.ChangeColumnComment(table.id, live, desired)
    if live.ttl != desired.ttl:
        yield changes.ChangeColumnTtl(table.id, live, desired)
    if live.statistics != desired.statistics:
        yield changes.ChangeStatistics(table.id, live, desired)
    if live.settings != desired.settings:
        yield changes.ChangeColumnSettings(table.id, live, desired)


def _diff_storage(live: Table, desired: Table) -> Iterator[StorageChange]:
    table = live.id
    if live.engine != desired.engine:
        yield changes.ChangeEngine(table, live.engine, desired.engine)
    resorted = live.order_by != desired.order_by
    if resorted:
        yield changes.ChangeOrderBy(table, live.order_by, desired.order_by, desired.primary_key)
    implied = resorted and desired.primary_key is None
    if primary_key_of(live) != primary_key_of(desired) and not implied:
        yield changes.ChangePrimaryKey(table, primary_key_of(live), primary_key_of(desired))
    if live.partition_by != desired.partition_by:
        yield changes.ChangePartitionBy(table, live.partition_by, desired.partition_by)
    if live.sample_by != desired.sample_by:
        yield changes.ChangeSampleBy(table, live.sample_by, desired.sample_by)
    if live.ttl != desired.ttl:
        yield changes.ChangeTableTtl(table, live.ttl, desired.ttl)
    for name in sorted({*live.settings, *desired.settings}):
        if live.settings.get(name) != desired.settings.get(name):
            yield changes.ChangeSetting(
                table, name, live.settings.get(name), desired.settings.get(name)
            )
    if live.comment != desired.comment:
        yield changes.ChangeTableComment(table, live.comment, desired.comment)
