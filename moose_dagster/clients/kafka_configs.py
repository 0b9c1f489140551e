"""The configs of a topic, and what confluent-kafka makes of them."""

# pyright: reportPrivateImportUsage=false
# (confluent-kafka 2.16 re-exports without saying so)

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry

_DYNAMIC_TOPIC_CONFIG = 1


@dataclass(frozen=True, slots=True)
class Config:
    """A config of a topic.

    Attributes:
        value: The effective one, as Kafka prints it.
        is_override: Whether the topic itself sets it.
    """

    value: str
    is_override: bool


def configs_of(entries: Iterable[ConfigEntry]) -> dict[str, Config]:
    """Return the configs that a broker answered with, by their names."""
    return {entry.name: Config(entry.value or "", _is_override(entry)) for entry in entries}


def set_entries(configs: Mapping[str, str]) -> list[ConfigEntry]:
    """Return the entries that set *configs*."""
    return [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in configs.items()
    ]


def _is_override(entry: ConfigEntry) -> bool:
    source: Any = entry.source
    return int(getattr(source, "value", source)) == _DYNAMIC_TOPIC_CONFIG
