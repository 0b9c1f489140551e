"""Keeps the last record per key in the closed segments of a compacted partition.

Kafka's guarantees hold, though not its bookkeeping: offsets and order stay, the active segment is
not touched, a tombstone stays readable for `delete.retention.ms` after the first pass over it.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from moose_dagster.embedded.kafka import batches
from moose_dagster.embedded.kafka.cleaned import Cleaned
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.policy import LogPolicy
from moose_dagster.embedded.kafka.records import Record, records_in, with_records
from moose_dagster.embedded.kafka.segments import Segment


def closed_segments(partition: Partition) -> list[Segment]:
    """Return the segments that may be compacted now, after an old active one is rolled."""
    policy = partition.policy
    active = partition.segments[-1]
    if active.first_timestamp is not None and _now() - active.first_timestamp > policy.segment_ms:
        partition.roll()
    closed: list[Segment] = []
    for segment in partition.segments[:-1]:
        if _now() - segment.largest_timestamp < policy.compaction_lag_ms:
            break
        closed.append(segment)
    return closed


def is_due(segments: Sequence[Segment], policy: LogPolicy, cleaned: Cleaned) -> bool:
    """Tell whether enough is dirty, a record waited too long, or tombstones may be removed."""
    dirty = [segment for segment in segments if segment.next_offset > cleaned.end_offset]
    total = sum(segment.size for segment in segments)
    dirty_bytes = sum(segment.size for segment in dirty)
    if dirty_bytes and dirty_bytes / total >= policy.dirty_ratio:
        return True
    waited = any(
        segment.first_timestamp is not None
        and _now() - segment.first_timestamp > policy.longest_lag_ms
        for segment in dirty
    )
    return waited or cleaned.tombstones_expired(_now(), policy.delete_retention_ms)


def last_offsets(paths: Sequence[Path]) -> dict[bytes, int]:
    """Return the last offset of every key in the files."""
    latest: dict[bytes, int] = {}
    for path in paths:
        for _, record in _records(path):
            if record.key is not None:
                latest[record.key] = record.offset
    return latest


def compacted(
    path: Path, latest: dict[bytes, int], droppable_up_to: int
) -> tuple[list[bytes], int]:
    """Return a file's batches with the last record per key, and how many are tombstones.

    Args:
        path: The segment's file.
        latest: The last offset of every key.
        droppable_up_to: The offset before which tombstones were readable for long enough.
    """
    remaining: list[bytes] = []
    tombstones = 0
    data = memoryview(path.read_bytes())
    for position, batch in batches.whole_batches(data):
        raw = data[position : position + batch.size]
        chosen = [
            record for record in records_in(raw) if _survives(record, latest, droppable_up_to)
        ]
        tombstones += sum(record.is_tombstone for record in chosen)
        if len(chosen) == batch.record_count:
            remaining.append(bytes(raw))
        elif chosen:
            remaining.append(with_records(batch, chosen))
    return remaining, tombstones


def _survives(record: Record, latest: dict[bytes, int], droppable_up_to: int) -> bool:
    """Tell whether a record is the last of its key and not an expired tombstone."""
    if record.key is None or latest.get(record.key, record.offset) > record.offset:
        return False
    return not (record.is_tombstone and record.offset < droppable_up_to)


def _records(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield the records of a file, each with the position of its batch."""
    data = memoryview(path.read_bytes())
    for position, batch in batches.whole_batches(data):
        for record in records_in(data[position : position + batch.size]):
            yield position, record


def _now() -> int:
    """Return the time in milliseconds."""
    return int(time.time() * 1000)
