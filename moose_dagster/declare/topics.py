"""A declared stream as the topic that is compared with the live one."""

import re
from collections.abc import Iterator

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.streams import AnyStream, StreamConfig
from moose_dagster.declare.topic_configs import topic_config_faults
from moose_dagster.state.topic_configs import topic_config_text
from moose_dagster.state.topics import Topic, TopicId

_NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
_LONGEST = 249
_UNLIMITED = -1
_MOST_PARTITIONS = 100_000  # librdkafka's limit


def topic_id(stream: AnyStream) -> TopicId:
    """Return the topic that *stream* is; a version is part of its name."""
    return TopicId(stream.topic_name)


def collision_name(topic: TopicId) -> str:
    """Return the name that no two topics may share.

    Kafka uses one name for `a.b` and `a_b` in its metrics (code 17).
    """
    return topic.name.replace(".", "_")


def desired_topic(stream: AnyStream) -> Topic:
    """Return the topic of a stream without faults."""
    config = stream.config
    written = config.model_fields_set
    return Topic(
        id=topic_id(stream),
        partitions=config.parallelism if "parallelism" in written else None,
        replication_factor=config.replication_factor,
        configs=dict(sorted(_configs(config).items())),
    )


def topic_faults(stream: AnyStream) -> Iterator[Fault]:
    """Yield every fault of a declared stream."""
    config = stream.config
    name = topic_id(stream).name
    if not _NAME.match(name) or name in {".", ".."}:
        yield Fault(
            f"Kafka takes letters, digits, dots, - and _ in a topic's name, but not {name!r}; "
            "rename the stream."
        )
    if len(name) > _LONGEST:
        yield Fault(f"the topic's name is {len(name)} characters long; Kafka takes {_LONGEST}.")
    for field in config.model_extra or {}:
        yield Fault(
            f"StreamConfig has no such field{did_you_mean(field, StreamConfig.model_fields)}",
            (field,),
        )
    if not 1 <= config.parallelism <= _MOST_PARTITIONS:
        problem = (
            f"{config.parallelism} partitions can't be created; write 1 to {_MOST_PARTITIONS}."
        )
        yield Fault(problem, ("parallelism",))
    if config.replication_factor is not None and config.replication_factor < 1:
        yield Fault(
            f"{config.replication_factor} copies can't be stored; write 1 or more.",
            ("replication_factor",),
        )
    if config.retention_period < 1 and config.retention_period != _UNLIMITED:
        yield Fault(
            f"{config.retention_period} s would delete every message at once; "
            "write seconds, or -1 for ever.",
            ("retention_period",),
        )
    if "retention_period" in config.model_fields_set and "retention.ms" in (
        config.topic_config or {}
    ):
        yield Fault("retention_period and topic_config both set it; keep one.", ("retention.ms",))
    for field, problem in topic_config_faults(_configs(config)):
        yield Fault(problem, ("topic_config", field))


def _configs(config: StreamConfig) -> dict[str, str]:
    configs = {
        name: topic_config_text(name, value) for name, value in (config.topic_config or {}).items()
    }
    if "retention_period" in config.model_fields_set:
        unlimited = config.retention_period == _UNLIMITED
        configs["retention.ms"] = str(_UNLIMITED if unlimited else config.retention_period * 1000)
    return configs
