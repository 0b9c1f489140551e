"""A live topic as the Python that declares it."""

import re
from collections.abc import Collection, Iterator, Mapping

from moose_dagster.declare.topic_configs import topic_config_faults
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.pull.layout import Node, assignment, call, keyword, literal, mapped
from moose_dagster.pull.models import class_text
from moose_dagster.state.topics import Topic

_WHOLE = re.compile(r"(0|-?[1-9]\d*)\Z")
_SECOND = 1000
_RETENTION = "retention.ms"


def topic_text(
    topic: Topic, overrides: Collection[str], model: str, variable: str, life_cycle: LifeCycle
) -> str:
    """Return the model and the declaration of *topic*, with those configs that it sets itself."""
    configs = {name: value for name, value in sorted(topic.configs.items()) if name in overrides}
    fields = [
        "    # Kafka keeps no schema: write the fields of a message in place of this one.",
        "    payload: dict[str, Any]",
    ]
    config = call(
        "StreamConfig",
        *(keyword(name, value) for name, value in _config(topic, configs, life_cycle)),
    )
    declared = call(f"Stream[{model}]", literal(topic.id.name), config)
    return "\n\n\n".join((class_text(model, "BaseModel", fields), assignment(variable, declared)))


def undeclarable_configs(topic: Topic, overrides: Collection[str]) -> Iterator[str]:
    """Yield what keeps a config that *topic* sets itself from being declared."""
    configs = {name: value for name, value in topic.configs.items() if name in overrides}
    for name, problem in topic_config_faults(configs):
        yield f"{name}: {problem}"


def _config(
    topic: Topic, configs: Mapping[str, str], life_cycle: LifeCycle
) -> Iterator[tuple[str, Node]]:
    yield "parallelism", str(topic.partitions)
    retention = configs.get(_RETENTION, "")
    seconds = _seconds(retention)
    if seconds is not None:
        yield "retention_period", str(seconds)
        configs = {name: value for name, value in configs.items() if name != _RETENTION}
    yield "replication_factor", str(topic.replication_factor)
    if configs:
        yield (
            "topic_config",
            mapped((literal(name), _value(value)) for name, value in configs.items()),
        )
    yield "life_cycle", f"LifeCycle.{life_cycle.name}"


def _seconds(milliseconds: str) -> int | None:
    if milliseconds == "-1":
        return -1
    if not milliseconds.isdigit() or int(milliseconds) < _SECOND or int(milliseconds) % _SECOND:
        return None
    return int(milliseconds) // _SECOND


def _value(value: str) -> Node:
    if value in {"true", "false"}:
        return value.capitalize()
    return value if _WHOLE.match(value) else literal(value)
