"""Servers by address, or by the resources of Dagster definitions, without importing Dagster."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, TypeVar, runtime_checkable

from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect
from moose_dagster.clients.kafka import Kafka, KafkaAddress, connect_kafka
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconciliation.server_settings import ClickHouseServer

S = TypeVar("S")


class KafkaServer(Protocol):
    """A Kafka cluster to connect to."""

    def connect(self) -> AbstractContextManager[Kafka]:
        """Return a connection."""
        ...


class AddressedClickHouse(ClickHouseServer):
    """A ClickHouse by its address.

    Attributes:
        address: Where it is and who connects.
    """

    address: ClickHouseAddress

    def connect(self) -> AbstractContextManager[ClickHouse]:
        """Return a connection."""
        return connect(self.address)


@dataclass(frozen=True)
class AddressedKafka:
    """A Kafka cluster by its address.

    Attributes:
        address: The brokers and the properties of the connection.
    """

    address: KafkaAddress

    def connect(self) -> AbstractContextManager[Kafka]:
        """Return a connection."""
        return connect_kafka(self.address)


@runtime_checkable
class ClickHouseDeclared(Protocol):
    """A `ClickHouseResource` whose EnvVars are not read yet."""

    ledger_database: str
    trash_database: str

    def resolved(self) -> ClickHouseServer:
        """Return the server."""
        ...


@runtime_checkable
class KafkaDeclared(Protocol):
    """A `KafkaResource` whose EnvVars are not read yet."""

    bootstrap_servers: str

    def resolved(self) -> KafkaServer:
        """Return the cluster."""
        ...


def declared_clickhouse(module: ModuleType) -> ClickHouseDeclared | None:
    """Return the ClickHouseResource of the Dagster definitions in *module*, or None.

    Raises:
        MooseDagsterError: There are several, and none has the key `moose_clickhouse`.
    """
    resources = _resources(module).items()
    servers = {key: value for key, value in resources if isinstance(value, ClickHouseDeclared)}
    return _only(servers, module, "moose_clickhouse")


def declared_kafka(module: ModuleType) -> KafkaDeclared | None:
    """Return the KafkaResource of the Dagster definitions in *module*, or None.

    Raises:
        MooseDagsterError: There are several, and none has the key `moose_kafka`.
    """
    resources = _resources(module).items()
    servers = {key: value for key, value in resources if isinstance(value, KafkaDeclared)}
    return _only(servers, module, "moose_kafka")


def _only(servers: Mapping[str, S], module: ModuleType, key: str) -> S | None:
    if len(servers) > 1 and key not in servers:
        raise MooseDagsterError(
            f"the definitions in {module.__name__} have {len(servers)} resources of this kind: "
            f"{', '.join(sorted(servers))}. Call one of them {key}, or give the address."
        )
    return servers.get(key) or next(iter(servers.values()), None)


def _resources(module: ModuleType) -> dict[str, object]:
    resources = dict[str, object]()
    for definitions in _definitions(module):
        resources.update(definitions.resources or {})
    return resources


def _definitions(module: ModuleType) -> Iterator[Any]:
    # Importing Dagster costs a second, and without the import there are no definitions.
    dagster: Any = sys.modules.get("dagster")
    for value in vars(module).values() if dagster else ():
        if isinstance(value, dagster.Definitions):
            yield value
        elif type(value).__name__ == "LazyDefinitions" and not value.has_context_arg:
            yield value()
