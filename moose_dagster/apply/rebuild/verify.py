"""Tell whether the rows that a rebuild has copied are still as they were."""

from collections.abc import Sequence

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.batches import DataPart
from moose_dagster.ddl.rebuild import CopyMode, rows_up_to
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.live.data_parts import read_marker, read_parts
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId

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
