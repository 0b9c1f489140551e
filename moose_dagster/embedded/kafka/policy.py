"""The topic configs that the log acts on, as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """The configs of a topic that concern its log.

    Attributes:
        deletes: Whether `cleanup.policy` contains `delete`.
        compacts: Whether `cleanup.policy` contains `compact`.
        retention_ms: The age at which segments are deleted, `UNLIMITED` for never.
        retention_bytes: The size above which the oldest segments are deleted, or `UNLIMITED`.
        segment_bytes: The size at which a segment is rolled.
        segment_ms: The age at which a segment is rolled.
        max_message_bytes: The largest batch that is accepted.
        append_time: Whether the broker sets the timestamps.
        timestamp_before_ms: How far a timestamp may be in the past.
        timestamp_after_ms: How far a timestamp may be in the future.
        delete_retention_ms: How long a tombstone stays readable after its compaction.
        dirty_ratio: The part of the log that must be dirty before it is compacted.
        compaction_lag_ms: The age before which a record is not compacted.
        longest_lag_ms: The age after which a record must be compacted.
    """

    deletes: bool
    compacts: bool
    retention_ms: int
    retention_bytes: int
    segment_bytes: int
    segment_ms: int
    max_message_bytes: int
    append_time: bool
    timestamp_before_ms: int
    timestamp_after_ms: int
    delete_retention_ms: int
    dirty_ratio: float
    compaction_lag_ms: int
    longest_lag_ms: int


def policy_of(configs: Mapping[str, str]) -> LogPolicy:
    """Return the policy that a topic's effective configs describe."""
    cleanup = configs["cleanup.policy"].split(",")
    compacts = "compact" in cleanup
    longest_lag = int(configs["max.compaction.lag.ms"])
    difference = int(configs["message.timestamp.difference.max.ms"])
    segment_ms = int(configs["segment.ms"])
    if compacts:
        # Only rolled segments are compacted, so the longest lag rolls them, as in Apache Kafka.
        segment_ms = min(segment_ms, longest_lag)
    return LogPolicy(
        deletes="delete" in cleanup,
        compacts=compacts,
        retention_ms=int(configs["retention.ms"]),
        retention_bytes=int(configs["retention.bytes"]),
        segment_bytes=int(configs["segment.bytes"]),
        segment_ms=segment_ms,
        max_message_bytes=int(configs["max.message.bytes"]),
        append_time=configs["message.timestamp.type"] == "LogAppendTime",
        timestamp_before_ms=min(difference, int(configs["message.timestamp.before.max.ms"])),
        timestamp_after_ms=min(difference, int(configs["message.timestamp.after.max.ms"])),
        delete_retention_ms=int(configs["delete.retention.ms"]),
        dirty_ratio=float(configs["min.cleanable.dirty.ratio"]),
        compaction_lag_ms=int(configs["min.compaction.lag.ms"]),
        longest_lag_ms=longest_lag,
    )
