"""The configs of the broker itself."""

from collections.abc import Mapping
from types import MappingProxyType

from moose_dagster.embedded.kafka.state import NODE_ID
from moose_dagster.embedded.kafka.topic_configs import TOPIC_CONFIGS

_OWN = {
    "auto.create.topics.enable": "false",
    "broker.id": str(NODE_ID),
    "default.replication.factor": "1",
    "delete.topic.enable": "true",
    "group.initial.rebalance.delay.ms": "100",
    "group.max.session.timeout.ms": "1800000",
    "group.min.session.timeout.ms": "6000",
    "node.id": str(NODE_ID),
    "num.partitions": "1",
    "offset.metadata.max.bytes": "4096",
}
_DEFAULTS = (
    spec.broker_config.partition("=") for spec in TOPIC_CONFIGS.values() if spec.broker_config
)

BROKER_CONFIGS: Mapping[str, str] = MappingProxyType(
    dict(sorted({**_OWN, **{name: value for name, _, value in _DEFAULTS}}.items()))
)
