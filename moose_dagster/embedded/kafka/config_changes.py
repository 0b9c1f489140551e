"""Changes of single topic configs: set, unset, and items added to or removed from lists."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from moose_dagster.embedded.kafka import topic_configs
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.topic_configs import TOPIC_CONFIGS, items_of


class Operation(IntEnum):
    """What a change does with a config."""

    SET = 0
    DELETE = 1
    APPEND = 2
    SUBTRACT = 3


class Change(NamedTuple):
    """One change of one config.

    Attributes:
        name: The config.
        operation: An `Operation`, or another number that is refused.
        value: The value of the operation, None for a null.
    """

    name: str
    operation: int
    value: str | None


def changed(overrides: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """Return *overrides* after all *changes*, or refuse them all."""
    if len({change.name for change in changes}) < len(changes):
        raise RefusedError(Code.INVALID_REQUEST, "Error due to duplicate config keys")
    result: dict[str, str | None] = dict(overrides)
    for change in changes:
        if change.operation == Operation.DELETE:
            _check_known(change.name)
            result.pop(change.name, None)
        else:
            result[change.name] = _value_after(change, overrides)
    return topic_configs.checked(result)


def _value_after(change: Change, overrides: Mapping[str, str]) -> str | None:
    """Return the value a change leads to."""
    if change.operation == Operation.SET or change.value is None:
        return change.value
    if change.operation not in {Operation.APPEND, Operation.SUBTRACT}:
        raise RefusedError(Code.INVALID_REQUEST, f"Unknown config operation {change.operation}.")
    _check_known(change.name)
    spec = TOPIC_CONFIGS[change.name]
    if spec.kind != "LIST":
        operation = Operation(change.operation).name
        raise RefusedError(
            Code.INVALID_CONFIG,
            f"Can't {operation} to key {change.name} because its type is not LIST.",
        )
    items = items_of(overrides.get(change.name, spec.default))
    given = items_of(change.value)
    if change.operation == Operation.APPEND:
        return ",".join([*items, *(item for item in given if item not in items)])
    return ",".join(item for item in items if item not in given)


def _check_known(name: str) -> None:
    """Refuse a config that does not exist."""
    if name not in TOPIC_CONFIGS:
        raise RefusedError(Code.INVALID_CONFIG, f"Unknown topic config name: {name}")
