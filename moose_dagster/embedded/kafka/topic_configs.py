"""The topic configs of Apache Kafka 3.9: their kinds, defaults and allowed values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from moose_dagster.embedded.kafka.errors import Code, RefusedError

_WIDTH = {"INT": 31, "LONG": 63}
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_THROTTLED = re.compile(r"[0-9]+:[0-9]+|\*")
_GZIP_LEVELS = frozenset({-1, *range(1, 10)})
_FORMAT_VERSION = re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?(-IV[0-9]+)?")


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """One topic config.

    Attributes:
        name: Its name.
        default: Its default.
        kind: Its type in Kafka, such as `LONG` or `LIST`.
        accepts: The rule for its values, such as `range:0:`; "" for any value.
        broker_config: The broker config of the default as `name=value`, "" for none.
    """

    name: str
    default: str
    kind: str
    accepts: str
    broker_config: str


def _read_specs() -> dict[str, TopicConfig]:
    """Return the configs of the table beside this file."""
    table = Path(__file__).with_name("topic_configs.tsv").read_text(encoding="utf-8")
    specs = [TopicConfig(*row.split("\t")) for row in table.splitlines()[1:]]
    return {spec.name: spec for spec in specs}


TOPIC_CONFIGS: Mapping[str, TopicConfig] = _read_specs()


def effective(overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every config of a topic with *overrides*."""
    return {name: overrides.get(name, spec.default) for name, spec in TOPIC_CONFIGS.items()}


def checked(values: Mapping[str, str | None]) -> dict[str, str]:
    """Return a topic's overrides as Kafka stores them, or refuse the first wrong one."""
    nulls = sorted(name for name, value in values.items() if value is None)
    if nulls:
        raise _refusal_of_config(f"Null value not supported for topic configs: {','.join(nulls)}")
    overrides = {
        name: normalized(name, value) for name, value in values.items() if value is not None
    }
    _check_together(effective(overrides))
    return overrides


def normalized(name: str, value: str) -> str:
    """Return *value* as Kafka stores it, or refuse it."""
    spec = TOPIC_CONFIGS.get(name)
    if spec is None:
        raise _refusal_of_config(f"Unknown topic config name: {name}")
    canonical = _canonical(spec, value.strip())
    reason = _reason_against(spec, canonical)
    if reason:
        raise _refusal_of_config(f"Invalid value {value} for configuration {name}: {reason}")
    return canonical


def items_of(value: str) -> list[str]:
    """Return the items of a list config."""
    return [item.strip() for item in value.split(",") if item.strip()]


def _canonical(spec: TopicConfig, value: str) -> str:
    """Return *value* parsed as its kind and printed again."""
    if spec.kind in _WIDTH:
        return str(_whole_number(spec, value))
    if spec.kind == "LIST":
        return ",".join(items_of(value))
    if spec.kind == "BOOLEAN" and value.lower() not in {"true", "false"}:
        raise _refusal_of_value(spec, value, "Expected value to be either true or false")
    if spec.kind == "BOOLEAN":
        return value.lower()
    if spec.kind == "DOUBLE":
        return _fraction(spec, value)
    return value


def _whole_number(spec: TopicConfig, value: str) -> int:
    """Return the number of an INT or LONG config."""
    limit = 1 << _WIDTH[spec.kind]
    if not _WHOLE_NUMBER.fullmatch(value) or not -limit <= int(value) < limit:
        raise _refusal_of_value(spec, value, f"Not a number of type {spec.kind}")
    return int(value)


def _fraction(spec: TopicConfig, value: str) -> str:
    """Return the number of a DOUBLE config."""
    try:
        return str(float(value))
    except ValueError as error:
        raise _refusal_of_value(spec, value, f"Not a number of type {spec.kind}") from error


def _reason_against(spec: TopicConfig, value: str) -> str | None:
    """Return why a well-formed value is not allowed, None if it is."""
    rule, _, argument = spec.accepts.partition(":")
    if rule == "range":
        return _out_of_range(argument, float(value))
    if rule == "in":
        allowed = argument.split(",")
        given = items_of(value) if spec.kind == "LIST" else [value]
        if any(item not in allowed for item in given):
            return f"String must be one of: {', '.join(allowed)}"
        return None
    if rule == "gzip" and int(value) not in _GZIP_LEVELS:
        return "Value must be between 1 and 9 or equal to -1"
    if rule == "throttled" and not all(map(_THROTTLED.fullmatch, items_of(value))):
        return (
            "Must be the literal '*' or a list of replicas in the format "
            "[partitionId]:[brokerId],..."
        )
    if rule == "version" and not _FORMAT_VERSION.fullmatch(value):
        return "Version is not a valid version."
    return None


def _out_of_range(bounds: str, value: float) -> str | None:
    """Return which bound *value* exceeds, None if it is in range."""
    low, high = bounds.split(":")
    # Not `value < low`: NaN is a double and outside of every range.
    if not value >= float(low):
        return f"Value must be at least {low}"
    if high and not value <= float(high):
        return f"Value must be no more than {high}"
    return None


def _check_together(configs: Mapping[str, str]) -> None:
    """Refuse values that contradict each other."""
    shortest = configs["min.compaction.lag.ms"]
    longest = configs["max.compaction.lag.ms"]
    if int(shortest) > int(longest):
        raise _refusal_of_config(
            f"conflict topic config setting min.compaction.lag.ms ({shortest}) > "
            f"max.compaction.lag.ms ({longest})"
        )
    if configs["remote.storage.enable"] == "true":
        raise _refusal_of_config(
            "Tiered Storage functionality is disabled in the broker. "
            "Topic cannot be configured with remote log storage."
        )


def _refusal_of_value(spec: TopicConfig, value: str, reason: str) -> RefusedError:
    """Return the refusal of a value that is not of its kind."""
    return _refusal_of_config(f"Invalid value {value} for configuration {spec.name}: {reason}")


def _refusal_of_config(message: str) -> RefusedError:
    """Return a refusal of a config."""
    return RefusedError(Code.INVALID_CONFIG, message)
