"""How a table is rebuilt: what is copied, in which batches, and the statements that do it.

Rows are told apart by the number of the block they were inserted in (`_block_number`), so that
those written while the copy is made are found later, each exactly once. A batch is filled into a
staging table of its own and then moved, for what was moved can't be moved again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from moose_dagster.ddl.names import Names
from moose_dagster.diff.table_changes import RenameColumn
from moose_dagster.plan.steps import Action
from moose_dagster.risk.engines import stores_rows
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table

BLOCK_NUMBERS = "enable_block_number_column"
_MOST_WINDOWS = 100
# What a plan shows in place of the windows, which only the run knows.
_ANY_BATCH = "_partition_id = {partition} AND _block_number <= {block}"
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
    """Merges wait, for they would make one row of several."""
    WHOLE = "whole"
    """Nothing: the engine has no parts to go by, and all rows are copied at once."""


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of one partition with a range of block numbers.

    Attributes:
        partition: The id of the partition.
        low: Their block numbers are above this; negative for all up to *high*.
        high: Their block numbers are at most this.
        rows: How many they are.
    """

    partition: str
    low: int
    high: int
    rows: int


@dataclass(frozen=True, slots=True)
class DataPart:
    """An active part.

    Attributes:
        partition: The id of its partition.
        low: The lowest number of a block in it.
        high: The highest one.
        rows: How many it holds.
        bytes: Its size on disk.
    """

    partition: str
    low: int
    high: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What has to be known of a rebuild to go on with it after an interruption.

    Attributes:
        table: The name it has before and after.
        replacement: The name of the new table; after the exchange, that of the former one.
        staging: Where batches are filled; the first `{}` in its name is the number of the attempt.
        trash_name: The name of the former table in the trash.
        columns: What is copied, by declared name; none where the engine holds no rows.
        values: What is read for each of them.
        hashes: One number over the columns that keep their type, as read before and after.
        copy_mode: How rows are told apart.
        expires: Whether merges remove rows of the live table by its TTL.
        on_cluster_clause: ` ON CLUSTER …`, or "" for one server.
    """

    table: TableId
    replacement: TableId
    staging: TableId
    trash_name: TableId
    columns: tuple[str, ...]
    values: tuple[str, ...]
    hashes: tuple[str, str]
    copy_mode: CopyMode
    expires: bool = False
    on_cluster_clause: str = ""

    def staging_of(self, attempt: int) -> TableId:
        """Return the staging table of one attempt, whose number replaces the first `{}`."""
        return replace(self.staging, name=self.staging.name.replace("{}", str(attempt), 1))


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
    columns = copied_columns(live, target, earlier) if copies else ()
    return Rebuild(
        table=live.id,
        replacement=names.replacement(live.id),
        staging=names.staging(live.id),
        trash_name=names.in_trash(live.id),
        columns=columns,
        values=tuple(quoted_name(earlier.get(name, name)) for name in columns),
        hashes=_hashes(live, target, columns, earlier),
        copy_mode=_copy_mode_of(live) if copies_by_parts(live, target) else CopyMode.WHOLE,
        expires=bool(live.ttl),
        on_cluster_clause=on_cluster(action.context.cluster),
    )


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


def batches_of(
    parts: Iterable[DataPart], copied: Mapping[str, int], most_rows: int
) -> Iterator[tuple[Window, ...]]:
    """Yield what is still to be copied of *parts*, in batches of about *most_rows* rows at most.

    Args:
        parts: The active parts of the live table.
        copied: The highest block number copied so far, by partition.
        most_rows: A single part is never divided.
    """
    batch = list[Window]()
    rows = 0
    for window in _windows(parts, copied, most_rows):
        if batch and (rows + window.rows > most_rows or len(batch) == _MOST_WINDOWS):
            yield tuple(batch)
            batch = []
            rows = 0
        batch.append(window)
        rows += window.rows
    if batch:
        yield tuple(batch)


def create_staging(staging: TableId, model: TableId) -> tuple[str, str]:
    """Return the statements that make an empty staging table like *model*, without merges."""
    return (
        f"CREATE TABLE {quoted_table(staging)} AS {quoted_table(model)}",
        f"SYSTEM STOP MERGES {quoted_table(staging)}",
    )


def drop(table: TableId, on_cluster_clause: str = "") -> str:
    """Return the statement that removes what the rebuild has made."""
    return f"DROP TABLE IF EXISTS {quoted_table(table)}{on_cluster_clause} SYNC"


def fill(rebuild: Rebuild, source: TableId, staging: TableId, windows: Sequence[Window]) -> str:
    """Return the INSERT of one batch."""
    columns = ", ".join(map(quoted_name, rebuild.columns))
    values = ", ".join(rebuild.values)
    return (
        f"INSERT INTO {quoted_table(staging)} ({columns}) "
        f"SELECT {values} FROM {quoted_table(source)} WHERE {_condition(windows)}"
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
        f"WHERE {_condition(windows)}"
    )


def checksum_of_staging(rebuild: Rebuild, staging: TableId) -> str:
    """Return the same query for what was filled into *staging*."""
    return f"SELECT count(), sum({rebuild.hashes[1]}) FROM {quoted_table(staging)}"


def rows_up_to(source: TableId, copied: Mapping[str, int]) -> str:
    """Return the query for the number of rows of *source* that should have been copied."""
    windows = [Window(partition, -1, high, 0) for partition, high in copied.items()]
    return f"SELECT count() FROM {quoted_table(source)} WHERE {_condition(windows)}"


def attach_all(table: TableId, into: TableId) -> str:
    """Return the statement that gives *into* all data parts of *table*, as hard links."""
    # CLONE AS leaves an empty table on ClickHouse 25.8.
    return f"ALTER TABLE {quoted_table(into)} ATTACH PARTITION ALL FROM {quoted_table(table)}"


def rows_by_partition(parts: Iterable[DataPart]) -> dict[str, int]:
    """Return the rows of *parts* by partition."""
    rows = dict[str, int]()
    for part in parts:
        rows[part.partition] = rows.get(part.partition, 0) + part.rows
    return rows


def parts_of_rows(parts: Iterable[DataPart], rows: Mapping[str, int]) -> dict[str, int] | None:
    """Return the highest block number of the oldest parts that hold *rows*, by partition.

    None where no parts hold exactly as many: then parts were not written in the order of their
    numbers.
    """
    highest, left = dict[str, int](), dict(rows)
    for part in sorted(parts, key=lambda part: (part.partition, part.low)):
        if left.get(part.partition, 0) > 0:
            left[part.partition] -= part.rows
            highest[part.partition] = part.high
    return None if any(left.values()) else highest


def move(staging: TableId, partition: str, into: TableId) -> str:
    """Return the statement that moves one partition out of *staging*, which can't happen twice."""
    return (
        f"ALTER TABLE {quoted_table(staging)} MOVE PARTITION ID {quoted_text(partition)} "
        f"TO TABLE {quoted_table(into)}"
    )


def separate_blocks(rebuild: Rebuild) -> tuple[str, ...]:
    """Return the statements that keep merges from mixing rows of different blocks.

    Merges continue after `start_merges`.
    """
    table = quoted_table(rebuild.table)
    # A merge that began before the setting would store no block numbers.
    numbered = (
        (f"ALTER TABLE {table} MODIFY SETTING {BLOCK_NUMBERS} = 1",)
        if rebuild.copy_mode is CopyMode.NUMBERED
        else ()
    )
    # Rows that only a TTL removes would look like those of a partition that somebody drops.
    lasting = (f"SYSTEM STOP TTL MERGES {table}",) if rebuild.expires else ()
    return (*numbered, *lasting, f"SYSTEM STOP MERGES {table}")


def start_merges(table: TableId) -> str:
    """Return the statement that starts merges of *table* again."""
    return f"SYSTEM START MERGES {quoted_table(table)}"


def release_source(rebuild: Rebuild, table: TableId) -> tuple[str, ...]:
    """Return the statements that undo `separate_blocks` for *table*, its name at that time."""
    if rebuild.copy_mode is CopyMode.WHOLE:
        return ()
    name = quoted_table(table)
    numbered = (
        (f"ALTER TABLE {name} RESET SETTING {BLOCK_NUMBERS}",)
        if rebuild.copy_mode is CopyMode.NUMBERED
        else ()
    )
    lasting = (f"SYSTEM START TTL MERGES {name}",) if rebuild.expires else ()
    return (*numbered, *lasting, start_merges(table))


def exchange(rebuild: Rebuild) -> str:
    """Return the statement by which the new table takes the place of the live one."""
    # About 1 ms on ClickHouse 26.9. Materialized views follow the name: they fill the new table.
    return (
        f"EXCHANGE TABLES {quoted_table(rebuild.table)} AND {quoted_table(rebuild.replacement)}"
        f"{rebuild.on_cluster_clause}"
    )


def trash_former(rebuild: Rebuild) -> str:
    """Return the statement that puts the former table into the trash."""
    return (
        f"RENAME TABLE {quoted_table(rebuild.replacement)} TO {quoted_table(rebuild.trash_name)}"
        f"{rebuild.on_cluster_clause}"
    )


def _windows(
    parts: Iterable[DataPart], copied: Mapping[str, int], most_rows: int
) -> Iterator[Window]:
    partition = ""
    low = -1
    high = -1
    rows = 0
    for part in sorted(parts, key=lambda part: (part.partition, part.low)):
        elsewhere = part.partition != partition
        if rows and (elsewhere or rows + part.rows > most_rows):
            yield Window(partition, low, high, rows)
            low = high
            rows = 0
        if elsewhere:
            partition = part.partition
            low = high = copied.get(partition, -1)
        if part.high > high:
            high = part.high
            rows = rows + part.rows
    if rows:
        yield Window(partition, low, high, rows)


def _condition(windows: Sequence[Window]) -> str:
    if not windows:
        return _ANY_BATCH
    return " OR ".join(
        f"(_partition_id = {quoted_text(window.partition)} AND _block_number <= {window.high}"
        + (f" AND _block_number > {window.low})" if window.low >= 0 else ")")
        for window in windows
    )


def _copy_mode_of(live: Table) -> CopyMode:
    if live.engine.merges_rows:
        return CopyMode.UNMERGED
    return CopyMode.DECLARED if live.settings.get(BLOCK_NUMBERS) == "1" else CopyMode.NUMBERED


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
