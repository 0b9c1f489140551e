"""Compare two states of tables, facet by facet."""

from collections.abc import Iterable, Iterator

from moose_dagster.diff.changes import (
    AddColumn,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeEngine,
    ChangeOrderBy,
    ChangePartitionBy,
    ChangePrimaryKey,
    ChangeSampleBy,
    ChangeSetting,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    ColumnChange,
    CreateTable,
    DropColumn,
    DropTable,
    StorageChange,
    TableChange,
)
from moose_dagster.state.tables import Column, State, Table, primary_key_of


def diff_tables(live: State, desired: State) -> tuple[TableChange, ...]:
    """Return the changes that turn *live* into *desired*, in the order of table names."""
    changes = list[TableChange]()
    for table_id in sorted({*live.tables, *desired.tables}):
        changes.extend(_diff_table(live.tables.get(table_id), desired.tables.get(table_id)))
    return tuple(changes)


def _diff_table(live: Table | None, desired: Table | None) -> Iterable[TableChange]:
    if desired is None:
        return [DropTable(live.id)] if live else []
    if live is None:
        return [CreateTable(desired)]
    if live == desired:
        return []
    return [*_diff_columns(live, desired), *_diff_storage(live, desired)]


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
