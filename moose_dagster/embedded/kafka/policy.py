"""The topic configs that the log acts on, as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """How a topic's log takes, keeps and drops records; times are milliseconds."""

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
    # Only rolled segments are compacted, so the promised lag rolls them, as in Apache Kafka.
    segment_ms = (
        min(int(configs["segment.ms"]), longest_lag) if compacts else int(configs["segment.ms"])
    )
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
