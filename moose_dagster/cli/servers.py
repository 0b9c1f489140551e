"""Servers by address, or as the resources of Dagster definitions, which this module knows by their shape alone."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, TypeVar, runtime_checkable

from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect
from moose_dagster.clients.kafka import Kafka, KafkaAddress, connect_kafka
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconcile.server_settings import ClickHouseServer

S = TypeVar("S")


class KafkaServer(Protocol):
    """A Kafka cluster that can be connected to."""

    def connect(self) -> AbstractContextManager[Kafka]:
        """Return a connection."""
        ...


class AddressedClickHouse(ClickHouseServer):
    """A ClickHouse by its address."""

    address: ClickHouseAddress

    def connect(self) -> AbstractContextManager[ClickHouse]:
        """Return a connection."""
        return connect(self.address)


@dataclass(frozen=True)
class AddressedKafka:
    """A Kafka cluster by its address."""

    address: KafkaAddress

    def connect(self) -> AbstractContextManager[Kafka]:
        """Return a connection."""
        return connect_kafka(self.address)


@runtime_checkable
class ClickHouseDeclared(Protocol):
    """A `ClickHouseResource`, whose EnvVars are not read yet."""

    ledger_database: str
    trash_database: str

    def resolved(self) -> ClickHouseServer:
        """Return the server."""
        ...


@runtime_checkable
class KafkaDeclared(Protocol):
    """A `KafkaResource`, whose EnvVars are not read yet."""

    bootstrap_servers: str

    def resolved(self) -> KafkaServer:
        """Return the cluster."""
        ...


def declared_clickhouse(module: ModuleType) -> ClickHouseDeclared | None:
    """Return the ClickHouseResource of the Dagster definitions in *module*, or None.

    Raises:
        MooseDagsterError: There are several, and none has the key `clickhouse`.
    """
    found = {
        key: one for key, one in _resources(module).items() if isinstance(one, ClickHouseDeclared)
    }
    return _the_one(found, module, "clickhouse")


def declared_kafka(module: ModuleType) -> KafkaDeclared | None:
    """Do the same for the KafkaResource, whose key is `kafka`.

    Raises:
        MooseDagsterError: There are several, and none has the key `kafka`.
    """
    found = {key: one for key, one in _resources(module).items() if isinstance(one, KafkaDeclared)}
    return _the_one(found, module, "kafka")


def _the_one(found: Mapping[str, S], module: ModuleType, key: str) -> S | None:
    if len(found) > 1 and key not in found:
        raise MooseDagsterError(
            f"the definitions in {module.__name__} hold {len(found)} resources for {key}: {', '.join(sorted(found))}. "
            f"Call one of them {key}, or give the address."
        )
    return found.get(key) or next(iter(found.values()), None)


def _resources(module: ModuleType) -> dict[str, object]:
    found = dict[str, object]()
    for definitions in _definitions(module):
        found.update(definitions.resources or {})
    return found


def _definitions(module: ModuleType) -> Iterator[Any]:
    # Where nobody has imported Dagster there are no definitions, and importing it costs a second.
    dagster: Any = sys.modules.get("dagster")
    for value in vars(module).values() if dagster else ():
        if isinstance(value, dagster.Definitions):
            yield value
        elif type(value).__name__ == "LazyDefinitions" and not value.has_context_arg:
            yield value()
