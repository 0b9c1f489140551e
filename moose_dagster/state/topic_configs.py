"""Kafka's topic configs: which names exist, and one text for each value.

Names and kinds are those of Apache Kafka 3.9; what other brokers add has a prefix of its own.
"""

import re
from collections.abc import Mapping

INTEGER = re.compile(r"-?\d+\Z")
NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?\Z")
INTEGERS = frozenset(
    {
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.zstd.level",
        "delete.retention.ms",
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "index.interval.bytes",
        "local.retention.bytes",
        "local.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.difference.max.ms",
        "min.compaction.lag.ms",
        "min.insync.replicas",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.index.bytes",
        "segment.jitter.ms",
        "segment.ms",
    }
)
BOOLEANS = frozenset(
    {
        "message.downconversion.enable",
        "preallocate",
        "remote.log.copy.disable",
        "remote.log.delete.on.disable",
        "remote.storage.enable",
        "unclean.leader.election.enable",
    }
)
WORDS: Mapping[str, frozenset[str]] = {
    "cleanup.policy": frozenset({"compact", "delete"}),
    "compression.type": frozenset({"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"}),
    "message.timestamp.type": frozenset({"CreateTime", "LogAppendTime"}),
}
RATIO = "min.cleanable.dirty.ratio"
_REPLICAS = frozenset(
    {"follower.replication.throttled.replicas", "leader.replication.throttled.replicas"}
)
_LISTS = frozenset({"cleanup.policy", *_REPLICAS})
TOPIC_CONFIGS = frozenset(
    {*INTEGERS, *BOOLEANS, *WORDS, *_REPLICAS, RATIO, "message.format.version"}
)


def topic_config_text(name: str, value: str | float) -> str:
    """Return a config's value as a broker shows it: `true`, `604800000`, `compact,delete`, `0.5`.

    A broker parses what it is given and shows what it read: `0.50` is shown as `0.5`.
    """
    text = str(value).strip()
    if name in _LISTS:
        return ",".join(sorted(part.strip() for part in text.split(",")))
    if name in INTEGERS and INTEGER.match(text):
        return str(int(text))
    if name == RATIO and NUMBER.match(text):
        return str(float(text))
    return text.lower() if name in BOOLEANS or isinstance(value, bool) else text
