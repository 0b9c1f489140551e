"""The project and the servers of a command."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from moose_dagster.cli.earlier_code import load_earlier
from moose_dagster.cli.loading import load_module, project_in
from moose_dagster.cli.pyproject import Defaults, read_defaults
from moose_dagster.cli.server_options import ServerOptions, no_server
from moose_dagster.cli.servers import KafkaServer, declared_clickhouse
from moose_dagster.clients.clickhouse import ClickHouse, UnreachedClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError, ServerError, ServerUnreachable
from moose_dagster.reconciliation import Options
from moose_dagster.reconciliation.between import Earlier
from moose_dagster.reconciliation.server_settings import ClickHouseServer, options_of

_NO_PROJECT = (
    "no project is given: name it as package.module:attribute, as a module or as a file, or set "
    "project in [tool.moose_dagster] of pyproject.toml."
)


@dataclass(frozen=True)
class Connections:
    """The open connections of one command, and the options that come with its servers.

    Attributes:
        clickhouse: The connection, or None without a ClickHouse.
        kafka: The connection, or None without a Kafka.
        options: The options of a run that the server sets, such as `trash_days`.
    """

    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options

    @property
    def both(self) -> tuple[ClickHouse, Kafka]:
        """Both connections.

        Raises:
            MooseDagsterError: One of them is not named.
        """
        if self.clickhouse is None or self.kafka is None:
            raise MooseDagsterError("messages need both servers; give --clickhouse and --kafka.")
        return self.clickhouse, self.kafka


@dataclass(frozen=True)
class Target:
    """A project and its servers, not connected yet.

    Attributes:
        project: The declarations.
        clickhouse: The server, or None if the project needs none.
        kafka: The cluster, or None if none is given. A project without streams may have had some.
    """

    project: Project
    clickhouse: ClickHouseServer | None
    kafka: KafkaServer | None

    @contextmanager
    def connected(self) -> Generator[Connections]:
        """Open the connections of the project; topics work without a reachable ClickHouse."""
        with ExitStack() as stack:
            clickhouse: ClickHouse | None = None
            options = Options()
            if self.clickhouse:
                server = self.clickhouse
                options = options_of(server)
                try:
                    clickhouse = stack.enter_context(server.connect())
                except (ServerError, ServerUnreachable) as error:
                    clickhouse = UnreachedClickHouse(error)
            kafka = stack.enter_context(self.kafka.connect()) if self.kafka else None
            yield Connections(clickhouse, kafka, options)


@dataclass(frozen=True)
class ProjectOptions(ServerOptions):
    """The project, and where its servers are.

    Attributes:
        project: `package.module:attribute`, a module or a file; None means that of pyproject.toml
            or of the definitions.
        environment: The name of the environment; None means that of MOOSE_DAGSTER_ENVIRONMENT.
    """

    project: Annotated[
        str | None,
        typer.Argument(
            help="package.module:attribute, or a module or file with exactly one Project."
        ),
    ] = None
    environment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The environment of the project; by default that of MOOSE_DAGSTER_ENVIRONMENT.",
        ),
    ] = None

    def load(self) -> Target:
        """Return the project and its servers.

        Raises:
            MooseDagsterError: The project or a server is missing or ambiguous.
        """
        defaults = read_defaults(Path.cwd())
        project, module = self._project(defaults)
        clickhouse = self.clickhouse_server(defaults, module)
        kafka = self.kafka_server(defaults, module)
        if project.tables and not clickhouse:
            raise MooseDagsterError(
                no_server(f"the table {next(iter(project.tables))}", "clickhouse")
            )
        if project.streams and not kafka:
            raise MooseDagsterError(no_server(f"the topic {next(iter(project.streams))}", "kafka"))
        return Target(project, clickhouse, kafka)

    def load_project(self) -> Project:
        """Return the project alone.

        Raises:
            MooseDagsterError: There is no project, or more than one.
        """
        return self._project(read_defaults(Path.cwd()))[0]

    def load_earlier(self, against: str) -> tuple[Earlier, Project]:
        """Return what the project declares at a revision of git, and the project as it is now.

        Raises:
            MooseDagsterError: One of the two can't be loaded.
        """
        defaults = read_defaults(Path.cwd())
        earlier = load_earlier(against, self._reference(defaults), self.environment)
        return earlier, self._project(defaults)[0]

    def load_ledger(self) -> tuple[Project, ClickHouseServer]:
        """Return the project and the server that keeps its ledger.

        Raises:
            MooseDagsterError: One of them is not given.
        """
        defaults = read_defaults(Path.cwd())
        project, module = self._project(defaults)
        server = self.clickhouse_server(defaults, module)
        if server is None:
            raise MooseDagsterError(no_server("the ledger", "clickhouse"))
        return project, server

    def load_names(self) -> tuple[Project, str, str]:
        """Return the project and the databases of its ledger and trash, without reading secrets.

        Raises:
            MooseDagsterError: There is no project, or more than one.
        """
        defaults = read_defaults(Path.cwd())
        project, module = self._project(defaults)
        url = self.clickhouse or defaults.clickhouse
        declared = None if url else declared_clickhouse(module)
        names = declared or defaults
        return project, names.ledger_database, names.trash_database

    def _project(self, defaults: Defaults) -> tuple[Project, ModuleType]:
        """Return the project, and the module whose definitions have the servers."""
        definitions = self.definitions or defaults.definitions
        project, module = project_in(self._reference(defaults))
        project = project.in_environment(self.environment)
        return project, load_module(definitions) if definitions else module

    def _reference(self, defaults: Defaults) -> str:
        reference = self.project or defaults.project or self.definitions or defaults.definitions
        if not reference:
            raise MooseDagsterError(_NO_PROJECT)
        return reference
