"""What every op of one project shares: the project, where its servers are, and what to do when blocked."""

from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import dagster as dg

from moose_dagster.clients.clickhouse import ClickHouse, UnreachedClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource
from moose_dagster.orchestration.settings import DEFAULT_PREFIX, DefinitionsSettings
from moose_dagster.reconcile import Options, PlanResult
from moose_dagster.reconcile.server_settings import options_of
from moose_dagster.state.names import ResourceId

R = TypeVar("R")


@dataclass(frozen=True)
class Servers:
    """The open connections of one op, and the options that come with its resources."""

    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options


@dataclass(frozen=True)
class ProjectContext:
    """How a project meets Dagster.

    Args:
        project: The declarations.
        specs: The asset of each resource.
        ledger: Whether ClickHouse keeps a ledger although the project may have no table.
        settings: Everything else.
    """

    project: Project
    specs: Mapping[ResourceId, dg.AssetSpec]
    ledger: bool
    settings: DefinitionsSettings

    def job_name(self, what: str) -> str:
        """Return the name of the job that does *what*, such as `moose_reconcile`."""
        return f"{self.settings.job_prefix}_{what}"

    def op_name(self, what: str) -> str:
        """Return the name of its op, `reconcile` or `reconcile_<prefix>`: a code location has each name once."""
        return (
            what
            if self.settings.job_prefix == DEFAULT_PREFIX
            else f"{what}_{self.settings.job_prefix}"
        )

    def check_results(
        self, plan_result: PlanResult, resources: Collection[ResourceId], servers: "Servers"
    ) -> Iterator[dg.AssetCheckResult]:
        """Yield the results of the checks of those of *resources* that *plan_result* could compare."""
        compared = set(plan_result.compared)
        read = [resource for resource in resources if resource in compared]
        return self.settings.checks.results(plan_result, read, servers.clickhouse, self.project)

    @property
    def resource_keys(self) -> set[str]:
        """The resources that an op over the whole project needs."""
        keys = {self.settings.clickhouse_key} if self.needs_clickhouse else set[str]()
        return keys | ({self.settings.kafka_key} if self.project.streams else set())

    @property
    def needs_clickhouse(self) -> bool:
        """Whether there are tables or views, or a ledger for topics."""
        return bool(self.project.tables or self.project.views) or self.ledger

    @property
    def resource_of(self) -> Mapping[dg.AssetKey, ResourceId]:
        """The table, view or topic behind each asset key."""
        return {spec.key: resource for resource, spec in self.specs.items()}

    @contextmanager
    def servers(self, resources: Any) -> Generator[Servers]:  # noqa: ANN401 - Dagster's own bag of resources
        """Open the connections that the project needs, for the length of an op."""
        with ExitStack() as stack:
            clickhouse: ClickHouse | None = None
            kafka: Kafka | None = None
            options = Options()
            if self.needs_clickhouse:
                resource = _resource(
                    resources, self.settings.clickhouse_key, ClickHouseResource, "clickhouse_key"
                )
                try:
                    clickhouse = stack.enter_context(resource.connect())
                except (ServerError, ServerUnreachable) as error:
                    clickhouse = UnreachedClickHouse(error)
                options = options_of(resource)
            if self.project.streams:
                cluster = _resource(resources, self.settings.kafka_key, KafkaResource, "kafka_key")
                kafka = stack.enter_context(cluster.connect())
            yield Servers(clickhouse, kafka, options)


def _resource(resources: Any, key: str, kind: type[R], setting: str) -> R:  # noqa: ANN401 - as above
    """Return the resource under *key*, which other definitions may have given."""
    found = getattr(resources, key)
    if not isinstance(found, kind):
        raise dg.Failure(
            f"the resource {key} is a {type(found).__name__}, and a {kind.__name__} is needed: "
            f"give one under another key, and name that as {setting} of DefinitionsSettings.",
            allow_retries=False,
        )
    return found
