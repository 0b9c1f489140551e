"""Deletes segments that the retention of their topic no longer covers."""

from collections.abc import Callable

from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.policy import UNLIMITED
from moose_dagster.embedded.kafka.segments import Segment


def enforce(partition: Partition) -> None:
    """Delete the segments of *partition* that are too old, too many, or before its start offset."""
    policy = partition.policy
    if policy.deletes and policy.retention_ms != UNLIMITED:
        _drop_while(partition, lambda segment: partition.age_ms(segment) > policy.retention_ms)
    if policy.deletes and policy.retention_bytes != UNLIMITED:
        _drop_while(
            partition, lambda segment: partition.size - segment.size >= policy.retention_bytes
        )
    _drop_while(partition, lambda segment: segment.next_offset <= partition.start_offset)


def _drop_while(partition: Partition, is_expired: Callable[[Segment], bool]) -> None:
    """Delete segments from the start; an active one only with records, as in Apache Kafka."""
    while is_expired(partition.segments[0]):
        if len(partition.segments) == 1 and partition.segments[0].size == 0:
            return
        partition.drop_oldest()
