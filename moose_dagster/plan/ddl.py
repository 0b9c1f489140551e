"""Turn an action into the statements that make it, in order."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from moose_dagster.diff.changes import RenameColumn, RenameTable
from moose_dagster.plan.alter import alter_statements
from moose_dagster.plan.engines import is_merge_tree, stores_rows
from moose_dagster.plan.steps import Action, Route
from moose_dagster.sql.create import create_table, on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.tables import Column, Table, TableId

# ClickHouse names files after tables: three bytes for each that is no letter, digit or _, and 213 bytes of
# database and table together.
_ESCAPED = re.compile(rb"\W")
_MOST_BYTES = 140
_MOST_CHARACTERS = 25


@dataclass(frozen=True, slots=True)
class Names:
    """The names a run gives to what it makes: the trash database and a stamp such as `20260131T235959`."""

    trash: str = "moose_dagster_trash"
    stamp: str = "{time}"

    def kept(self, table: TableId) -> TableId:
        """Return where a dropped table, or the copy of one about to lose something, is kept."""
        return TableId(self.trash, f"{_fitting(table)}__{self.stamp}")

    def shadow(self, table: TableId) -> TableId:
        """Return where a table is built anew before it takes its place."""
        return TableId(self.trash, f"rebuild__{_fitting(table)}__{self.stamp}")


def _fitting(table: TableId) -> str:
    """Return a name for *table* that fits into a file name together with the trash database and a stamp."""
    name = f"{table.database}__{table.name}"
    if len(_ESCAPED.sub(b"%00", name.encode())) <= _MOST_BYTES:
        return name
    kept = "".join(character for character in name if character.isascii())[:_MOST_CHARACTERS]
    return f"{kept}__{sha256(name.encode()).hexdigest()[:16]}"


def statements_of(action: Action, names: Names) -> tuple[str, ...]:
    """Return the statements of *action*, in the order they are sent."""
    return tuple(_statements(action, names))


def _statements(action: Action, names: Names) -> Iterator[str]:
    live, target, hosts = action.around.live, action.target, on_cluster(action.around.cluster)
    for step in action.steps:
        if isinstance(step.change, RenameTable):
            yield _moved(step.change.live, action.table, hosts)
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
    shadow, hosts = names.shadow(live.id), on_cluster(action.around.cluster)
    yield create_table(target, shadow, action.around.cluster)
    if stores_rows(live.engine.name) and stores_rows(target.engine.name):
        yield from _copy(action, live, target, quoted_table(shadow))
    yield f"EXCHANGE TABLES {quoted_table(live.id)} AND {quoted_table(shadow)}{hosts}"
    yield _moved(shadow, names.kept(live.id), hosts)


def _copy(action: Action, live: Table, target: Table, shadow: str) -> Iterator[str]:
    earlier = {s.change.desired: s.change.live.name for s in action.steps if isinstance(s.change, RenameColumn)}
    stored = copied_columns(live, target, earlier)
    columns = ", ".join(quoted_name(name) for name in stored)
    values = ", ".join(quoted_name(earlier.get(name, name)) for name in stored)
    merges = is_merge_tree(target.engine.name)
    if merges:
        yield f"SYSTEM STOP MERGES {shadow}"
    yield f"INSERT INTO {shadow} ({columns}) SELECT {values} FROM {quoted_table(live.id)}"
    if merges:
        yield f"SYSTEM START MERGES {shadow}"


def copied_columns(live: Table, target: Table, earlier: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the columns a rebuild copies: stored on both sides, MATERIALIZED ones as they are.

    *earlier* maps the name of a renamed column to the one it still has in *live*.
    """
    earlier = earlier or {}
    not_stored = {"ALIAS", "EPHEMERAL"}
    live_columns = {column.name for column in live.columns if not _has_kind(column, not_stored)}
    return tuple(
        column.name
        for column in target.columns
        if earlier.get(column.name, column.name) in live_columns and not _has_kind(column, not_stored)
    )


def _has_kind(column: Column, kinds: set[str]) -> bool:
    return column.default is not None and column.default.kind in kinds
