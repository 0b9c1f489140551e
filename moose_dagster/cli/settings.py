"""Which project and which servers: from the command line, the environment, pyproject.toml or Dagster definitions."""

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from moose_dagster.cli.loading import load_module, project_in
from moose_dagster.cli.pyproject import Defaults, read_defaults
from moose_dagster.cli.servers import (
    AddressedClickHouse,
    AddressedKafka,
    ClickHouseServer,
    KafkaServer,
    declared_clickhouse,
    declared_kafka,
)
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, UnreachedClickHouse
from moose_dagster.clients.kafka import Kafka, KafkaAddress
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError, ServerError
from moose_dagster.reconcile import Options

_NO_PROJECT = (
    "which project? Name it as package.module:attribute, as a module or as a file; or set project in "
    "[tool.moose_dagster] of pyproject.toml."
)
_NO_SERVER = (
    "no server is named for {what}: give --{option}, set MOOSE_DAGSTER_{variable}, set {option} in "
    "[tool.moose_dagster] of pyproject.toml, or name --definitions that hold its resource."
)


@dataclass(frozen=True)
class Connections:
    """The open connections of one command, and the options that come with its servers."""

    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options


@dataclass(frozen=True)
class Target:
    """A project and its servers; nothing is connected."""

    project: Project
    clickhouse: ClickHouseServer | None
    kafka: KafkaServer | None

    @contextmanager
    def connected(self) -> Generator[Connections]:
        """Open the connections that the project needs; a ClickHouse that is away holds no topic up."""
        with ExitStack() as stack:
            clickhouse: ClickHouse | None = None
            options = Options()
            if self.clickhouse:
                server = self.clickhouse
                options = Options(ledger_database=server.ledger_database, trash_database=server.trash_database)
                try:
                    clickhouse = stack.enter_context(server.connect())
                except ServerError as error:
                    clickhouse = UnreachedClickHouse(error)
            kafka = stack.enter_context(self.kafka.connect()) if self.kafka else None
            yield Connections(clickhouse, kafka, options)


@dataclass(frozen=True)
class Where:
    """Which project, and where its servers are."""

    project: Annotated[
        str | None,
        typer.Argument(help="package.module:attribute, or a module or file that holds exactly one Project."),
    ] = None
    definitions: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE",
            help="Take the servers, and the project if none is named, from the Dagster definitions in this module.",
        ),
    ] = None
    clickhouse: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="MOOSE_DAGSTER_CLICKHOUSE",
            help="http(s)://user@host:port, with the password in MOOSE_DAGSTER_CLICKHOUSE_PASSWORD.",
        ),
    ] = None
    kafka: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", envvar="MOOSE_DAGSTER_KAFKA", help="One broker, or several with commas."),
    ] = None
    kafka_property: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A property of librdkafka; give sasl.password as MOOSE_DAGSTER_KAFKA_PASSWORD.",
        ),
    ] = None

    def load(self) -> Target:
        """Return the project and its servers.

        Raises:
            MooseDagsterError: Something is not there, or there twice; the message names what was found.
        """
        defaults = read_defaults(Path.cwd())
        project, module = self._project(defaults)
        clickhouse = self._clickhouse(defaults, module)
        kafka = self._kafka(defaults, module) if project.streams else None
        if project.tables and not clickhouse:
            raise MooseDagsterError(_no_server(f"the table {next(iter(project.tables))}", "clickhouse"))
        if project.streams and not kafka:
            raise MooseDagsterError(_no_server(f"the topic {next(iter(project.streams))}", "kafka"))
        return Target(project, clickhouse, kafka)

    def load_project(self) -> Project:
        """Return the project alone.

        Raises:
            MooseDagsterError: There is none, or more than one.
        """
        return self._project(read_defaults(Path.cwd()))[0]

    def load_ledger(self) -> tuple[Project, ClickHouseServer]:
        """Return the project and the server that keeps its ledger.

        Raises:
            MooseDagsterError: One of them is not named.
        """
        defaults = read_defaults(Path.cwd())
        project, module = self._project(defaults)
        server = self._clickhouse(defaults, module)
        if server is None:
            raise MooseDagsterError(_no_server("the history", "clickhouse"))
        return project, server

    def _project(self, defaults: Defaults) -> tuple[Project, ModuleType]:
        """Return the project, and the module whose definitions hold the servers."""
        definitions = self.definitions or defaults.definitions
        named = self.project or defaults.project or definitions
        if not named:
            raise MooseDagsterError(_NO_PROJECT)
        project, module = project_in(named)
        return project, load_module(definitions) if definitions else module

    def _clickhouse(self, defaults: Defaults, module: ModuleType) -> ClickHouseServer | None:
        url = self.clickhouse or defaults.clickhouse
        if not url:
            declared = declared_clickhouse(module)
            return declared.resolved() if declared else None
        address = ClickHouseAddress.from_url(url)
        password = os.environ.get("MOOSE_DAGSTER_CLICKHOUSE_PASSWORD") or address.password
        return AddressedClickHouse(
            replace(address, password=password), defaults.ledger_database, defaults.trash_database
        )

    def _kafka(self, defaults: Defaults, module: ModuleType) -> KafkaServer | None:
        bootstrap_servers = self.kafka or defaults.kafka
        if not bootstrap_servers:
            declared = declared_kafka(module)
            return declared.resolved() if declared else None
        properties = dict(defaults.kafka_properties)
        for written in self.kafka_property or ():
            name, sign, value = written.partition("=")
            if not sign:
                raise MooseDagsterError(f"--kafka-property {name}: write NAME=VALUE.")
            properties[name] = value
        if password := os.environ.get("MOOSE_DAGSTER_KAFKA_PASSWORD"):
            properties["sasl.password"] = password
        return AddressedKafka(KafkaAddress(bootstrap_servers, properties))


def _no_server(what: str, option: str) -> str:
    return _NO_SERVER.format(what=what, option=option, variable=option.upper())
