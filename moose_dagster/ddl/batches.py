"""Which rows a rebuild copies together.

Rows are told apart by the number of the block they were inserted in (`_block_number`), so that
those written while the copy is made are found later, each exactly once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from moose_dagster.sql.quoting import quoted_text

_MOST_WINDOWS = 100
# What a plan shows in place of the windows, which only the run knows.
_ANY_BATCH = "_partition_id = {partition} AND _block_number <= {block}"


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
    highest = dict[str, int]()
    left = dict(rows)
    for part in sorted(parts, key=lambda part: (part.partition, part.low)):
        if left.get(part.partition, 0) > 0:
            left[part.partition] -= part.rows
            highest[part.partition] = part.high
    return None if any(left.values()) else highest


def condition_of(windows: Sequence[Window]) -> str:
    """Return the condition that finds the rows of *windows*."""
    if not windows:
        return _ANY_BATCH
    return " OR ".join(
        f"(_partition_id = {quoted_text(window.partition)} AND _block_number <= {window.high}"
        + (f" AND _block_number > {window.low})" if window.low >= 0 else ")")
        for window in windows
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
