"""The servers: from the command line, the environment, pyproject.toml or Dagster definitions."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from moose_dagster.cli.loading import load_module
from moose_dagster.cli.pyproject import Defaults, read_defaults
from moose_dagster.cli.servers import (
    AddressedClickHouse,
    AddressedKafka,
    KafkaServer,
    declared_clickhouse,
    declared_kafka,
)
from moose_dagster.clients.clickhouse import ClickHouseAddress
from moose_dagster.clients.kafka import KafkaAddress
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconciliation.server_settings import ClickHouseServer, ServerSettings

_NO_SERVER = (
    "no server is given for {what}: give --{option}, set MOOSE_DAGSTER_{variable}, set {option} in "
    "[tool.moose_dagster] of pyproject.toml, or give --definitions with its resource."
)


@dataclass(frozen=True)
class ServerOptions:
    """Where the servers are.

    Attributes:
        definitions: The module of Dagster definitions with their resources, or None.
        clickhouse: The URL of ClickHouse without a password, or None.
        kafka: One or more brokers as `host:port`, or None.
        kafka_property: Properties of librdkafka, each as `name=value`.
    """

    definitions: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE",
            help="Take the servers from the Dagster definitions in this module, and the project if "
            "none is given.",
        ),
    ] = None
    clickhouse: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="MOOSE_DAGSTER_CLICKHOUSE",
            help="http(s)://user@host:port; the password is in MOOSE_DAGSTER_CLICKHOUSE_PASSWORD.",
        ),
    ] = None
    kafka: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            envvar="MOOSE_DAGSTER_KAFKA",
            help="One broker, or several separated by commas.",
        ),
    ] = None
    kafka_property: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A property of librdkafka; give sasl.password as MOOSE_DAGSTER_KAFKA_PASSWORD.",
        ),
    ] = None

    def load_servers(self) -> tuple[ClickHouseServer | None, KafkaServer | None]:
        """Return the servers, for a command without a project.

        Raises:
            MooseDagsterError: No server is given.
        """
        defaults = read_defaults(Path.cwd())
        definitions = self.definitions or defaults.definitions
        module = load_module(definitions) if definitions else None
        servers = self.clickhouse_server(defaults, module), self.kafka_server(defaults, module)
        if not any(servers):
            raise MooseDagsterError(no_server("tables", "clickhouse"))
        return servers

    def clickhouse_server(
        self, defaults: Defaults, module: ModuleType | None
    ) -> ClickHouseServer | None:
        """Return the ClickHouse of the address or else of the definitions, or None."""
        url = self.clickhouse or defaults.clickhouse
        if not url:
            declared = declared_clickhouse(module) if module else None
            return declared.resolved() if declared else None
        address = ClickHouseAddress.from_url(url)
        password = os.environ.get("MOOSE_DAGSTER_CLICKHOUSE_PASSWORD") or address.password
        settings = {name: getattr(defaults, name) for name in ServerSettings.model_fields}
        return AddressedClickHouse(address=replace(address, password=password), **settings)

    def kafka_server(self, defaults: Defaults, module: ModuleType | None) -> KafkaServer | None:
        """Return the Kafka of the address or else of the definitions, or None.

        Raises:
            MooseDagsterError: A `--kafka-property` has no value.
        """
        bootstrap_servers = self.kafka or defaults.kafka
        if not bootstrap_servers:
            declared = declared_kafka(module) if module else None
            return declared.resolved() if declared else None
        properties = dict(defaults.kafka_properties)
        for text in self.kafka_property or ():
            name, sign, value = text.partition("=")
            if not sign:
                raise MooseDagsterError(f"--kafka-property {name}: write NAME=VALUE.")
            properties[name] = value
        if password := os.environ.get("MOOSE_DAGSTER_KAFKA_PASSWORD"):
            properties["sasl.password"] = password
        return AddressedKafka(KafkaAddress(bootstrap_servers, properties))


def no_server(what: str, option: str) -> str:
    """Return the error that no server is given for *what*."""
    return _NO_SERVER.format(what=what, option=option, variable=option.upper())
