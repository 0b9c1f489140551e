"""Tell whether copied rows are still as they were, and whether later ones fit the new table."""

from collections.abc import Sequence

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.batches import DataPart, Window
from moose_dagster.ddl.rebuild import CopyMode, Rebuild, rows_up_to
from moose_dagster.ddl.row_checks import count_unfit
from moose_dagster.errors import ServerError
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.live.data_parts import read_marker, read_parts
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId

# The server is busy or the right is missing: TIMEOUT_EXCEEDED, TOO_SLOW,
# TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, QUERY_WAS_CANCELLED, ACCESS_DENIED.
_NOT_ABOUT_ROWS = frozenset({159, 160, 202, 241, 394, 497})
# A query may have 256 KiB.
_MOST_PARTITIONS = 1000


def changed_since(clickhouse: ClickHouse, checkpoint: Checkpoint, source: TableId) -> str:
    """Return what was done to the copied rows of *source* as half a sentence, "" for nothing."""
    if read_marker(clickhouse, source) != checkpoint.marker:
        return "rows were updated or deleted"
    if checkpoint.rebuild.copy_mode is CopyMode.UNMERGED and _are_mixed(
        read_parts(clickhouse, source), checkpoint
    ):
        return "rows that were copied were merged with later ones, as by OPTIMIZE,"
    more = rows_copied_of(clickhouse, checkpoint, source) - checkpoint.rows
    if more > 0:
        return f"{counted(more, 'row')} were written after the copied ones"
    return (
        f"{counted(-more, 'row')} disappeared, as when a partition is dropped or replaced,"
        if more
        else ""
    )


def _are_mixed(parts: Sequence[DataPart], checkpoint: Checkpoint) -> bool:
    """Tell whether one of *parts* has rows that were copied, and others."""
    copied = checkpoint.copied
    return any(part.low <= copied.get(part.partition, -1) < part.high for part in parts)


def rows_copied_of(clickhouse: ClickHouse, checkpoint: Checkpoint, source: TableId) -> int:
    """Return how many rows *source* holds of the blocks that were copied."""
    copied = list(checkpoint.copied.items())
    rows = 0
    for start in range(0, len(copied), _MOST_PARTITIONS):
        query = rows_up_to(source, dict(copied[start : start + _MOST_PARTITIONS]))
        rows += int(clickhouse.query(query)[0][0])
    return rows


def unfit_rows(
    clickhouse: ClickHouse, rebuild: Rebuild, source: TableId, windows: Sequence[Window]
) -> str:
    """Return which rows in *windows* of *source* do not fit what the table becomes, "" for none.

    Args:
        clickhouse: The server.
        rebuild: What the table becomes.
        source: Where the rows are.
        windows: Which rows; none for all.

    Raises:
        ServerError: The server can't answer.
        ServerUnreachable: The server went away.
    """
    if not rebuild.checks:
        return ""
    query = count_unfit(rebuild.checks, rebuild.columns_for_checks, source, windows)
    try:
        counts = clickhouse.query(query)[0]
    except ServerError as error:
        if error.code in _NOT_ABOUT_ROWS:
            raise
        # Without its text, which may show a value.
        return f"a value that can't be converted (code {error.code})"
    found = [
        f"{counted(int(rows), 'row')} with {check.finding}"
        for check, rows in zip(rebuild.checks, counts, strict=True)
        if rows
    ]
    return " and ".join(found)
