"""Kafka's topic configs: which names there are and what their values look like.

Names and kinds are those of Apache Kafka 3.9; what other brokers add has a prefix of its own.
"""

import re
from collections.abc import Iterator, Mapping

from moose_dagster.declare.faults import did_you_mean

_VENDORS = ("confluent.", "redpanda.", "write.caching", "x-")
_INTEGER = re.compile(r"-?\d+\Z")
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_INTEGERS = frozenset(
    {
        *("compression.gzip.level", "compression.lz4.level", "compression.zstd.level", "delete.retention.ms"),
        *("file.delete.delay.ms", "flush.messages", "flush.ms", "index.interval.bytes", "local.retention.bytes"),
        *("local.retention.ms", "max.compaction.lag.ms", "max.message.bytes", "message.timestamp.after.max.ms"),
        *("message.timestamp.before.max.ms", "message.timestamp.difference.max.ms", "min.compaction.lag.ms"),
        *("min.insync.replicas", "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes"),
        *("segment.jitter.ms", "segment.ms"),
    }
)
_BOOLEANS = frozenset(
    {
        *("message.downconversion.enable", "preallocate", "remote.log.copy.disable", "remote.log.delete.on.disable"),
        *("remote.storage.enable", "unclean.leader.election.enable"),
    }
)
_WORDS: Mapping[str, frozenset[str]] = {
    "cleanup.policy": frozenset({"compact", "delete"}),
    "compression.type": frozenset({"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"}),
    "message.timestamp.type": frozenset({"CreateTime", "LogAppendTime"}),
}
_TEXTS = frozenset(
    {"follower.replication.throttled.replicas", "leader.replication.throttled.replicas", "message.format.version"}
)
TOPIC_CONFIGS = frozenset({*_INTEGERS, *_BOOLEANS, *_WORDS, *_TEXTS, "min.cleanable.dirty.ratio"})


def topic_config_text(value: str | float) -> str:
    """Return a config's value as Kafka writes it: `true`, `604800000`, `compact,delete`."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(sorted(part.strip() for part in str(value).split(",")))


def topic_config_faults(configs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the fault of every config that a broker would refuse."""
    for name, value in configs.items():
        if name not in TOPIC_CONFIGS:
            if not name.startswith(_VENDORS):
                yield name, f"Kafka has no such topic config{did_you_mean(name, TOPIC_CONFIGS)}"
        elif (wanted := _wanted(name, value)) is not None:
            yield name, f"{value!r} is no {wanted}."


def _wanted(name: str, value: str) -> str | None:
    if name in _INTEGERS and not _INTEGER.match(value):
        return "whole number"
    if name in _BOOLEANS and value not in {"true", "false"}:
        return "true or false"
    words = _WORDS.get(name)
    if words is not None and not set(value.split(",")) <= words:
        return f"choice of {', '.join(sorted(words))}"
    if name == "min.cleanable.dirty.ratio" and not (_NUMBER.match(value) and 0 <= float(value) <= 1):
        return "number from 0 to 1"
    return None
