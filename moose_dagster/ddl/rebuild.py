"""How a table is rebuilt: what is copied, and the statements that do it.

A batch is filled into a staging table of its own and then moved, for what was moved can't be moved
again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from moose_dagster.ddl.batches import Window, condition_of
from moose_dagster.ddl.copies import copied_storage, with_declared_path, with_own_path
from moose_dagster.ddl.names import STAGING, Names
from moose_dagster.ddl.row_checks import RowCheck, columns_for_checks, row_checks_of
from moose_dagster.diff.table_changes import RenameColumn
from moose_dagster.plan.steps import Action
from moose_dagster.risk.engines import stores_rows
from moose_dagster.sql.create import on_cluster, settings_list
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table

BLOCK_NUMBERS = "enable_block_number_column"
# No merge that would be larger than these is chosen. Mutations do not go by them, whereas SYSTEM
# STOP MERGES keeps every UPDATE and DELETE of others waiting, for ever if the run is killed.
_NO_MERGES = {
    "max_bytes_to_merge_at_max_space_in_pool": "1",
    "max_bytes_to_merge_at_min_space_in_pool": "1",
}
# Rows that only a TTL removes would look like those of a partition that somebody drops.
_NO_TTL_MERGES = {"max_number_of_merges_with_ttl_in_pool": "0"}
_MEANWHILE = {BLOCK_NUMBERS: "1", **_NO_MERGES, **_NO_TTL_MERGES}
_PLAIN_NULLABLE = re.compile(
    r"Nullable\(((?:U?Int|Float|BFloat|Decimal|String|FixedString|Date|Enum|UUID|IPv|Bool)[^)]*\)?)\)\Z"
)
# Their values are compared as text: equal ones may be stored in different ways.
# ClickHouse 24.8 hashes where a state of an aggregate function lies in memory, not what it holds.
_AS_TEXT = re.compile(r"\b(JSON|Dynamic|Variant|Object|AggregateFunction)\b")


class CopyMode(str, Enum):
    """What keeps the rows of a live table told apart by their blocks while they are copied."""

    NUMBERED = "numbered"
    """Merges store each row's block number: a setting of the table while it is rebuilt."""
    DECLARED = "declared"
    """The table has that setting anyway."""
    UNMERGED = "unmerged"
    """No merge begins, for it would make one row of several."""
    WHOLE = "whole"
    """Nothing: the engine has no parts to go by, and all rows are copied at once."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What has to be known of a rebuild to go on with it after an interruption.

    Attributes:
        table: The name it has before and after.
        replacement: The name of the new table until the exchange.
        former: The name of the former table right after the exchange.
        staging: Where batches are filled; the first `{}` in its name is the number of the attempt.
        trash_name: The name of the former table in the trash.
        columns: What is copied, by declared name; none where the engine holds no rows.
        values: What is read for each of them.
        hashes: One number over the columns that keep their type, as read before and after.
        copy_mode: How rows are told apart.
        expires: Whether merges remove rows of the live table by its TTL.
        constraints: The names of the constraints of the new table.
        settings: The settings of the live table that have another value until the end: each name
            with the value from before, "" where it was not set.
        on_cluster_clause: ` ON CLUSTER …`, or "" for one server.
        checks: What must be true of no row that is copied.
        columns_for_checks: What the checks read besides the columns of the live table, as SQL.
        staging_storage: The clauses of a staging table that are not those of the new table, as its
            path in Keeper; the first `{}` is the number of the attempt. "" where all are.
    """

    table: TableId
    replacement: TableId
    former: TableId
    staging: TableId
    trash_name: TableId
    columns: tuple[str, ...]
    values: tuple[str, ...]
    hashes: tuple[str, str]
    copy_mode: CopyMode
    expires: bool = False
    constraints: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    on_cluster_clause: str = ""
    checks: tuple[RowCheck, ...] = ()
    columns_for_checks: tuple[str, ...] = ()
    staging_storage: str = ""

    def staging_of(self, attempt: int) -> TableId:
        """Return the staging table of one attempt, whose number replaces the first `{}`."""
        return replace(self.staging, name=self.staging.name.replace("{}", str(attempt), 1))

    @property
    def stays_unmerged(self) -> bool:
        """Whether no merge may begin before the exchange; else only until the parts are read."""
        return self.copy_mode is CopyMode.UNMERGED or self.expires


def copies_by_parts(live: Table, target: Table) -> bool:
    """Tell whether rows are copied in batches, for which both engines must have data parts."""
    return live.engine.is_merge_tree and target.engine.is_merge_tree


def rebuild_of(action: Action, live: Table, target: Table, names: Names) -> Rebuild:
    """Return how *action* rebuilds its table."""
    earlier = {
        s.change.desired: s.change.live.name
        for s in action.steps
        if isinstance(s.change, RenameColumn)
    }
    copies = stores_rows(live.engine) and stores_rows(target.engine)
    copy_mode = _copy_mode_of(live) if copies_by_parts(live, target) else CopyMode.WHOLE
    columns = copied_columns(live, target, earlier) if copies else ()
    values = [quoted_name(earlier.get(name, name)) for name in columns]
    constraints = [constraint.name for constraint in target.constraints]
    staging = names.staging(live.id)
    replacement = replacement_of(action, target, names.replacement(live.id))
    return Rebuild(
        table=live.id,
        replacement=names.replacement(live.id),
        former=names.former(live.id),
        staging=staging,
        trash_name=names.in_trash(live.id),
        columns=columns,
        values=tuple(values),
        hashes=_hashes(live, target, columns, earlier),
        copy_mode=copy_mode,
        expires=bool(live.ttl),
        constraints=tuple(constraints),
        settings=_settings_before(copy_mode, live),
        on_cluster_clause=on_cluster(action.context.statement_cluster),
        checks=row_checks_of(action, live) if copies else (),
        columns_for_checks=columns_for_checks(action, live) if copies else (),
        staging_storage=copied_storage(replacement, staging, action.context),
    )


def replacement_of(action: Action, target: Table, name: TableId) -> Table:
    """Return *target* as it is made under *name*, with a path of its own in Keeper."""
    live = action.context.live
    if live is not None and live.engine.keeper_path != target.engine.keeper_path:
        engine = with_declared_path(target.engine, action.table)
    else:
        engine = with_own_path(target.engine, name, action.context)
    return replace(target, engine=engine)


def copied_columns(
    live: Table, target: Table, earlier: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the columns a rebuild copies: stored on both sides, MATERIALIZED ones as they are.

    *earlier* maps the name of a renamed column to the one it still has in *live*.
    """
    earlier = earlier or {}
    live_columns = {column.name for column in live.columns if column.is_stored}
    return tuple(
        column.name
        for column in target.columns
        if column.is_stored and earlier.get(column.name, column.name) in live_columns
    )


def create_staging(rebuild: Rebuild, attempt: int, model: TableId) -> Iterator[str]:
    """Yield the statements that make the empty staging table of an *attempt*, without merges."""
    staging = rebuild.staging_of(attempt)
    head = f"CREATE TABLE {quoted_table(staging)} AS {quoted_table(model)}"
    clause = rebuild.staging_storage.replace("{}", str(attempt), 1)
    yield f"{head} {clause}" if clause else head
    if rebuild.constraints:
        # ADD CONSTRAINT checks no stored row, and an INSERT refuses (469) what breaks one.
        drops = ", ".join(f"DROP CONSTRAINT {quoted_name(name)}" for name in rebuild.constraints)
        yield f"ALTER TABLE {quoted_table(staging)} {drops}"
    yield f"SYSTEM STOP MERGES {quoted_table(staging)}"


def drop(table: TableId, on_cluster_clause: str = "") -> str:
    """Return the statement that removes what the rebuild has made."""
    return f"DROP TABLE IF EXISTS {quoted_table(table)}{on_cluster_clause} SYNC"


def fill(rebuild: Rebuild, source: TableId, staging: TableId, windows: Sequence[Window]) -> str:
    """Return the INSERT of one batch."""
    columns = ", ".join(map(quoted_name, rebuild.columns))
    values = ", ".join(rebuild.values)
    return (
        f"INSERT INTO {quoted_table(staging)} ({columns}) "
        f"SELECT {values} FROM {quoted_table(source)} WHERE {condition_of(windows)}"
    )


def cancel_filling(trash: str, comment: str) -> str:
    """Return the statement that cancels every such INSERT that was sent with a `log_comment`.

    Args:
        trash: The trash database.
        comment: The `log_comment`.
    """
    begins = f"INSERT INTO {quoted_table(TableId(trash, STAGING)).removesuffix('`')}"
    return (
        "KILL QUERY WHERE user = currentUser() AND "
        f"Settings['log_comment'] = {quoted_text(comment)} AND "
        f"startsWith(query, {quoted_text(begins)}) ASYNC"
    )


def fill_whole(rebuild: Rebuild) -> str:
    """Return the INSERT of all rows, where there are no parts to go by."""
    columns = ", ".join(map(quoted_name, rebuild.columns))
    values = ", ".join(rebuild.values)
    return (
        f"INSERT INTO {quoted_table(rebuild.replacement)} ({columns}) "
        f"SELECT {values} FROM {quoted_table(rebuild.table)}"
    )


def checksum(rebuild: Rebuild, source: TableId, windows: Sequence[Window]) -> str:
    """Return the query for the number of rows in *windows* and their hash."""
    return (
        f"SELECT count(), sum({rebuild.hashes[0]}) FROM {quoted_table(source)} "
        f"WHERE {condition_of(windows)}"
    )


def checksum_of_staging(rebuild: Rebuild, staging: TableId) -> str:
    """Return the same query for what was filled into *staging*."""
    return f"SELECT count(), sum({rebuild.hashes[1]}) FROM {quoted_table(staging)}"


def rows_up_to(source: TableId, copied: Mapping[str, int]) -> str:
    """Return the query for the number of rows of *source* that should have been copied."""
    windows = [Window(partition, -1, high, 0) for partition, high in copied.items()]
    return f"SELECT count() FROM {quoted_table(source)} WHERE {condition_of(windows)}"


def attach_all(table: TableId, into: TableId) -> str:
    """Return the statement that gives *into* all data parts of *table*, as hard links."""
    # CLONE AS leaves an empty table on ClickHouse 25.8.
    return f"ALTER TABLE {quoted_table(into)} ATTACH PARTITION ALL FROM {quoted_table(table)}"


def move(staging: TableId, partition: str, into: TableId) -> str:
    """Return the statement that moves one partition out of *staging*, which can't happen twice."""
    return (
        f"ALTER TABLE {quoted_table(staging)} MOVE PARTITION ID {quoted_text(partition)} "
        f"TO TABLE {quoted_table(into)}"
    )


def separate_blocks(rebuild: Rebuild) -> tuple[str, ...]:
    """Return the statement that keeps merges from mixing rows of different blocks.

    Merges that are running end as usual; others begin again after `allow_merges`.
    """
    if not rebuild.settings:
        return ()
    values = settings_list({name: _MEANWHILE[name] for name, _ in rebuild.settings})
    return (f"ALTER TABLE {quoted_table(rebuild.table)} MODIFY SETTING {values}",)


def start_merges(table: TableId) -> str:
    """Return the statement that starts merges of *table*, which the rebuild has made, again."""
    return f"SYSTEM START MERGES {quoted_table(table)}"


def allow_merges(rebuild: Rebuild) -> tuple[str, ...]:
    """Return the statements that let merges of the live table begin again."""
    settings = [pair for pair in rebuild.settings if pair[0] != BLOCK_NUMBERS]
    return tuple(_set_back(rebuild.table, settings))


def release_source(rebuild: Rebuild, table: TableId) -> tuple[str, ...]:
    """Return the statements that undo `separate_blocks` for *table*, its name at that time."""
    return tuple(_set_back(table, rebuild.settings))


def exchange(rebuild: Rebuild) -> str:
    """Return the statement by which the new table takes the place of the live one."""
    # About 1 ms on ClickHouse 26.9. Materialized views follow the name: they fill the new table.
    return (
        f"EXCHANGE TABLES {quoted_table(rebuild.table)} AND {quoted_table(rebuild.replacement)}"
        f"{rebuild.on_cluster_clause}"
    )


def set_aside(rebuild: Rebuild) -> str:
    """Return the statement that gives the former table a name right after the exchange.

    A second exchange of the same two names, or a DROP that comes late, then finds nothing.
    """
    return rename(rebuild.replacement, rebuild.former, rebuild.on_cluster_clause)


def trash_former(rebuild: Rebuild) -> str:
    """Return the statement that puts the former table into the trash."""
    return rename(rebuild.former, rebuild.trash_name, rebuild.on_cluster_clause)


def rename(table: TableId, name: TableId, on_cluster_clause: str = "") -> str:
    """Return the statement that gives *table* another *name*."""
    return f"RENAME TABLE {quoted_table(table)} TO {quoted_table(name)}{on_cluster_clause}"


def _set_back(table: TableId, settings: Sequence[tuple[str, str]]) -> Iterator[str]:
    earlier = {name: value for name, value in settings if value}
    added = [name for name, value in settings if not value]
    if earlier:
        yield f"ALTER TABLE {quoted_table(table)} MODIFY SETTING {settings_list(earlier)}"
    if added:
        yield f"ALTER TABLE {quoted_table(table)} RESET SETTING {', '.join(added)}"


def _copy_mode_of(live: Table) -> CopyMode:
    if live.engine.merges_rows:
        return CopyMode.UNMERGED
    return CopyMode.DECLARED if live.settings.get(BLOCK_NUMBERS) == "1" else CopyMode.NUMBERED


def _settings_before(copy_mode: CopyMode, live: Table) -> tuple[tuple[str, str], ...]:
    """Return the settings that *live* has another value of meanwhile, with those it has now."""
    if copy_mode is CopyMode.WHOLE:
        return ()
    numbers = (BLOCK_NUMBERS,) if copy_mode is CopyMode.NUMBERED else ()
    names = (*numbers, *_NO_MERGES, *(_NO_TTL_MERGES if live.ttl else ()))
    return tuple((name, live.settings.get(name, "")) for name in names)


def _hashes(
    live: Table, target: Table, columns: Iterable[str], earlier: Mapping[str, str]
) -> tuple[str, str]:
    read = list[str]()
    written = list[str]()
    for name in columns:
        before = live.column(earlier.get(name, name))
        after = target.column(name)
        if before is None or after is None or before.type != after.type:
            continue  # how the server converts values was proved before
        read.append(_hashed(quoted_name(before.name), before.type))
        written.append(_hashed(quoted_name(name), after.type))
    return (_hash(read), _hash(written))


def _hashed(column: str, type_: str) -> str:
    if _AS_TEXT.search(type_):
        return f"toString({column})"
    if inner := _PLAIN_NULLABLE.match(type_):
        # As text it would cost as much again as all the rest of a row (measured: 0.23 s for 10
        # million numbers).
        return (
            f"isNull({column}), ifNull({column}, defaultValueOfTypeName({quoted_text(inner[1])}))"
        )
    # ClickHouse 24.8 has no hash of a NULL that should be text, not even in a tuple.
    return f"toString(tuple({column}))" if "Nullable(" in type_ else column


def _hash(values: Sequence[str]) -> str:
    # A tuple has a hash even where one of its values is NULL.
    return f"cityHash64(tuple({', '.join(values)}))" if values else "0"
