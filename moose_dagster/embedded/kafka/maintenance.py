"""The broker's regular work: retention and compaction of every partition."""

import asyncio
import logging
import time

from moose_dagster.embedded.kafka import retention
from moose_dagster.embedded.kafka.cleaned import read_cleaned
from moose_dagster.embedded.kafka.compaction import closed_segments, compacted, is_due, last_offsets
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.topics import Topics

_log = logging.getLogger(__name__)


async def maintain(topics: Topics, interval: float) -> None:
    """Enforce retention and compact every *interval* seconds."""
    while True:
        await asyncio.sleep(interval)
        for topic in topics:
            for partition in topic.partitions:
                await _maintain_partition(topic.name, partition)


async def _maintain_partition(topic: str, partition: Partition) -> None:
    """Enforce the policy of one partition; a failure is logged and stops no other."""
    try:
        if not partition.is_deleted:
            retention.enforce(partition)
        if partition.policy.compacts and not partition.is_deleted:
            await compact(partition)
    except Exception:  # noqa: BLE001 -- the other partitions are maintained all the same
        if not partition.is_deleted:
            _log.warning("%s, partition %s", topic, partition.directory.name, exc_info=True)


async def compact(partition: Partition) -> None:
    """Compact the closed segments of one partition while it is served."""
    policy = partition.policy
    cleaned = read_cleaned(partition.directory)
    segments = closed_segments(partition)
    if not segments or not is_due(segments, policy, cleaned):
        return
    now = int(time.time() * 1000)
    droppable = cleaned.droppable_up_to(now, policy.delete_retention_ms)
    latest = await asyncio.to_thread(last_offsets, [segment.path for segment in segments])
    tombstones = 0
    for segment in segments:
        batches, left = await asyncio.to_thread(compacted, segment.path, latest, droppable)
        if partition.is_deleted or segment not in partition.segments:
            return
        partition.replace(segment, batches)
        tombstones += left
    cleaned.note(segments[-1].next_offset, now, droppable, tombstones=tombstones)
