"""Topic configs that a broker would refuse."""

from collections.abc import Iterator, Mapping

from moose_dagster.declare.faults import did_you_mean
from moose_dagster.state.topic_configs import (
    BOOLEANS,
    INTEGER,
    INTEGERS,
    NUMBER,
    RATIO,
    TOPIC_CONFIGS,
    WORDS,
)

_VENDORS = ("confluent.", "redpanda.", "write.caching", "x-")


def topic_config_faults(configs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the fault of every config that a broker would refuse."""
    # Kafka 3.9 refuses an unknown name (40), and with it every other config of the topic.
    for name, value in configs.items():
        if name not in TOPIC_CONFIGS:
            if not name.startswith(_VENDORS):
                yield name, f"Kafka has no such topic config{did_you_mean(name, TOPIC_CONFIGS)}"
        elif (expected := _expected_instead(name, value)) is not None:
            yield name, f"{value!r} is not {expected}."


def _expected_instead(name: str, value: str) -> str | None:
    """Return what the config *name* takes if that is not *value*, else None."""
    if name in INTEGERS and not INTEGER.match(value):
        return "a whole number"
    if name in BOOLEANS and value not in {"true", "false"}:
        return "true or false"
    words = WORDS.get(name)
    if words is not None and not set(value.split(",")) <= words:
        return f"one of {', '.join(sorted(words))}"
    if name == RATIO and not (NUMBER.match(value) and 0 <= float(value) <= 1):
        return "a number from 0 to 1"
    return None
