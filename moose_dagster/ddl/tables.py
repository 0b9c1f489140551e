"""The statements of a table's action, in the order they are sent."""

from collections.abc import Iterator
from dataclasses import replace

from moose_dagster.ddl.alter import alter_statements
from moose_dagster.ddl.copies import create_copy
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.rebuild import (
    CopyMode,
    Rebuild,
    allow_merges,
    attach_all,
    copied_columns,
    create_staging,
    drop,
    exchange,
    fill,
    fill_whole,
    move,
    rebuild_of,
    release_source,
    rename,
    replacement_of,
    separate_blocks,
    set_aside,
    trash_former,
)
from moose_dagster.diff.table_changes import CreateTable, RenameTable
from moose_dagster.plan.steps import Action, Route
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.proved import can_clone
from moose_dagster.sql.create import create_table, on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.tables import Table


def statements_of(action: Action, names: Names) -> tuple[str, ...]:
    """Return the statements of *action*, in the order they are sent."""
    return tuple(_statements(action, names))


def rename_statements(action: Action) -> Iterator[str]:
    """Yield the RENAME TABLE that gives the table of *action* its declared name."""
    for step in action.steps:
        if isinstance(step.change, RenameTable):
            yield rename(
                step.change.live, action.table, on_cluster(action.context.statement_cluster)
            )


def _statements(action: Action, names: Names) -> Iterator[str]:
    live = action.context.live
    target = action.target
    on_cluster_clause = on_cluster(action.context.statement_cluster)
    names = names.for_table(action.table, action.context.catalog)
    yield from rename_statements(action)
    match action.route:
        case Route.CREATE if target is not None:
            yield _creation(action, target)
        case Route.DROP:
            yield rename(action.table, names.in_trash(action.table), on_cluster_clause)
        case Route.REBUILD if live is not None and target is not None:
            yield from _rebuild(action, live, target, names)
        case Route.ALTER if action.snapshot and can_clone(action.context):
            yield from _on_clone(action, names)
        case Route.ALTER:
            yield from in_place_statements(action, names)
        case _:
            raise ValueError(f"{action.table}: {action.route.value} without the table it needs")


def _creation(action: Action, target: Table) -> str:
    statement = create_table(target, cluster=action.context.statement_cluster)
    change = action.steps[0].change
    if not isinstance(change, CreateTable) or not change.hosts:
        return statement
    head = f"CREATE TABLE {quoted_table(target.id)}"
    uuid = f" UUID {quoted_text(change.uuid)}" if change.uuid else ""
    rest = statement.removeprefix(head)
    return f"CREATE TABLE IF NOT EXISTS {quoted_table(target.id)}{uuid}{rest}"


def in_place_statements(action: Action, names: Names) -> Iterator[str]:
    """Yield the ALTERs of the table itself, after a copy where something would be lost."""
    live = action.context.live
    target = action.target
    if live is None or target is None:
        raise ValueError(f"{action.table}: {action.route.value} without the table it needs")
    if action.snapshot:
        names = names.for_table(action.table, action.context.catalog)
        yield from _snapshot(live, names, action.context)
    yield from alter_statements(action, live, target)


def replacement_statement(action: Action, rebuild: Rebuild) -> str:
    """Return the statement that makes the empty new table of a rebuild.

    Raises:
        ValueError: The action has no new table.
    """
    if action.target is None:
        raise ValueError(f"{action.table}: a rebuild without the table it needs")
    cluster = action.context.statement_cluster
    return create_table(
        replacement_of(action, action.target, rebuild.replacement), rebuild.replacement, cluster
    )


def clone_statement(rebuild: Rebuild) -> str:
    """Return the statement that makes the empty clone of a table."""
    return f"CREATE TABLE {quoted_table(rebuild.replacement)} AS {quoted_table(rebuild.table)}"


def _on_clone(action: Action, names: Names) -> Iterator[str]:
    live = action.context.live
    target = action.target
    if live is None or target is None:
        raise ValueError(f"{action.table}: {action.route.value} without the table it needs")
    rebuild = rebuild_of(action, live, target, names)
    staging = rebuild.staging_of(1)
    yield clone_statement(rebuild)
    yield from separate_blocks(rebuild)
    yield attach_all(rebuild.table, rebuild.replacement)
    if not rebuild.stays_unmerged:
        yield from allow_merges(rebuild)
    yield from alter_statements(action, replace(live, id=rebuild.replacement), target)
    yield exchange(rebuild)
    yield set_aside(rebuild)
    yield from create_staging(rebuild, 1, rebuild.table)
    yield fill(rebuild, rebuild.former, staging, ())
    yield move(staging, "{partition}", rebuild.table)
    yield from release_source(rebuild, rebuild.former)
    yield drop(staging)
    yield trash_former(rebuild)


def _snapshot(live: Table, names: Names, context: TableContext) -> Iterator[str]:
    table = quoted_table(live.id)
    trash_name = quoted_table(names.in_trash(live.id))
    on_cluster_clause = on_cluster(context.statement_cluster)
    yield create_copy(live, names.in_trash(live.id), context)
    if live.engine.name.startswith("Replicated"):
        # One replica of each shard copies what it has.
        yield f"SYSTEM SYNC REPLICA{on_cluster_clause} {table}"
    if live.engine.is_merge_tree:
        # Hard links, no copy of data; CLONE AS leaves an empty table on ClickHouse 25.8.
        yield f"ALTER TABLE {trash_name}{on_cluster_clause} ATTACH PARTITION ALL FROM {table}"
    else:
        columns = ", ".join(map(quoted_name, copied_columns(live, live)))
        yield f"INSERT INTO {trash_name} ({columns}) SELECT {columns} FROM {table}"


def _rebuild(action: Action, live: Table, target: Table, names: Names) -> Iterator[str]:
    rebuild = rebuild_of(action, live, target, names)
    staging = rebuild.staging_of(1)
    yield replacement_statement(action, rebuild)
    if rebuild.copy_mode is not CopyMode.WHOLE:
        yield from create_staging(rebuild, 1, rebuild.replacement)
        yield from separate_blocks(rebuild)
        if not rebuild.stays_unmerged:
            yield from allow_merges(rebuild)
        yield fill(rebuild, live.id, staging, ())
        yield move(staging, "{partition}", rebuild.replacement)
    elif rebuild.columns:
        yield fill_whole(rebuild)
    yield exchange(rebuild)
    yield set_aside(rebuild)
    yield from release_source(rebuild, rebuild.former)
    if rebuild.copy_mode is not CopyMode.WHOLE:
        yield drop(staging)
    yield trash_former(rebuild)
