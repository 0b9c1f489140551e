"""A Kafka broker for development and tests: one node, plain text, on 127.0.0.1.

`connection` reads frames with `wire`, finds the API in `apis` and calls one of `handlers`. These
work on a `BrokerState`: `topics` with their `partitions`, which consist of `segments`, and `groups`
with their `offsets`. Regular work is in `maintenance`: `retention` and `compaction`.
"""

from moose_dagster.embedded.kafka.broker import KafkaBroker

__all__ = ["KafkaBroker"]
