"""Turn an action into the statements that make it, in order."""

from collections.abc import Iterator

from moose_dagster.diff.table_changes import RenameTable
from moose_dagster.plan.alter import alter_statements
from moose_dagster.plan.engines import is_merge_tree
from moose_dagster.plan.names import Names
from moose_dagster.plan.rebuild import (
    Hold,
    copied_columns,
    drop,
    exchange,
    fill,
    fill_whole,
    hold,
    keep,
    move,
    rebuild_of,
    release,
    stage_as,
)
from moose_dagster.plan.steps import Action, Route
from moose_dagster.sql.create import create_table, on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.tables import Table, TableId


def statements_of(action: Action, names: Names) -> tuple[str, ...]:
    """Return the statements of *action*, in the order they are sent."""
    return tuple(_statements(action, names))


def moves_of(action: Action) -> Iterator[str]:
    """Yield what gives the table of *action* its declared name."""
    for step in action.steps:
        if isinstance(step.change, RenameTable):
            yield _moved(step.change.live, action.table, on_cluster(action.around.cluster))


def _statements(action: Action, names: Names) -> Iterator[str]:
    live, target, hosts = action.around.live, action.target, on_cluster(action.around.cluster)
    yield from moves_of(action)
    match action.route:
        case Route.CREATE if target is not None:
            yield create_table(target, cluster=action.around.cluster)
        case Route.DROP:
            yield _moved(action.table, names.kept(action.table), hosts)
        case Route.REBUILD if live is not None and target is not None:
            yield from _rebuild(action, live, target, names)
        case Route.ALTER if live is not None and target is not None:
            if action.snapshot:
                yield from _snapshot(live, names, hosts)
            yield from alter_statements(action, live, target)
        case _:
            raise ValueError(f"{action.table}: {action.route.value} without the table it needs")


def _moved(table: TableId, name: TableId, hosts: str) -> str:
    return f"RENAME TABLE {quoted_table(table)} TO {quoted_table(name)}{hosts}"


def _snapshot(live: Table, names: Names, hosts: str) -> Iterator[str]:
    kept, table = quoted_table(names.kept(live.id)), quoted_table(live.id)
    yield f"CREATE TABLE {kept}{hosts} AS {table}"
    if is_merge_tree(live.engine.name):
        # Hard links, no copy of data; CLONE AS leaves an empty table on ClickHouse 25.8.
        yield f"ALTER TABLE {kept}{hosts} ATTACH PARTITION ALL FROM {table}"
    else:
        columns = ", ".join(map(quoted_name, copied_columns(live, live)))
        yield f"INSERT INTO {kept} ({columns}) SELECT {columns} FROM {table}"


def _rebuild(action: Action, live: Table, target: Table, names: Names) -> Iterator[str]:
    rebuild, cluster = rebuild_of(action, live, target, names), action.around.cluster
    stage = rebuild.stage_of(1)
    yield create_table(target, rebuild.shadow, cluster)
    if rebuild.hold is not Hold.WHOLE:
        yield from stage_as(stage, rebuild.shadow)
        yield from hold(rebuild)
        yield fill(rebuild, live.id, stage, ())
        yield move(stage, "{partition}", rebuild.shadow)
    elif rebuild.columns:
        yield fill_whole(rebuild)
    yield exchange(rebuild)
    yield from release(rebuild, rebuild.shadow)
    if rebuild.hold is not Hold.WHOLE:
        yield drop(stage)
    yield keep(rebuild)
