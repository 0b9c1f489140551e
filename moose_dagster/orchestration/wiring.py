"""What every op of one project shares: the project, where its servers are, and what to do when blocked."""

from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import dagster as dg

from moose_dagster.clients.clickhouse import ClickHouse, UnreachedClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerError
from moose_dagster.orchestration.checks import DriftChecks
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource
from moose_dagster.reconcile import Options, Survey
from moose_dagster.reconcile.server_settings import options_of
from moose_dagster.state.resources import ResourceId

DEFAULT_PREFIX = "moose"
OnBlocked: TypeAlias = Literal["fail", "skip"]


@dataclass(frozen=True)
class Servers:
    """The open connections of one op, and the options that come with its resources."""

    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options


@dataclass(frozen=True)
class Wiring:
    """How a project meets Dagster.

    Args:
        project: The declarations.
        specs: The asset of each resource.
        clickhouse_key: The key of the ClickHouseResource.
        kafka_key: The key of the KafkaResource.
        on_blocked: Whether materialising a blocked resource fails the run, or skips its asset.
        checks: What the checks make of a difference.
        ledger: Whether ClickHouse keeps a ledger although the project may have no table.
        retry_policy: How often a materialisation is tried again after a lost connection.
        job_prefix: How the names of jobs and schedules begin.
        base_url: How every link into Dagster's web server begins, "" where it has no path prefix.
    """

    project: Project
    specs: Mapping[ResourceId, dg.AssetSpec]
    clickhouse_key: str
    kafka_key: str
    on_blocked: OnBlocked
    checks: DriftChecks
    ledger: bool
    retry_policy: dg.RetryPolicy | None
    job_prefix: str
    base_url: str

    def job_name(self, what: str) -> str:
        """Return the name of the job that does *what*, such as `moose_reconcile`."""
        return f"{self.job_prefix}_{what}"

    def op_name(self, what: str) -> str:
        """Return the name of its op, `reconcile` or `reconcile_<prefix>`: a code location has each name once."""
        return what if self.job_prefix == DEFAULT_PREFIX else f"{what}_{self.job_prefix}"

    def check_results(
        self, survey: Survey, resources: Collection[ResourceId], servers: "Servers"
    ) -> Iterator[dg.AssetCheckResult]:
        """Yield the results of the checks of *resources*, as *survey* found them."""
        return self.checks.results(survey, resources, servers.clickhouse, self.project.desired.life_cycles)

    @property
    def resource_keys(self) -> set[str]:
        """The resources that an op over the whole project needs."""
        keys = {self.clickhouse_key} if self.needs_clickhouse else set[str]()
        return keys | ({self.kafka_key} if self.project.streams else set())

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
                resource: ClickHouseResource = getattr(resources, self.clickhouse_key)
                try:
                    clickhouse = stack.enter_context(resource.connect())
                except ServerError as error:
                    clickhouse = UnreachedClickHouse(error)
                options = options_of(resource)
            if self.project.streams:
                cluster: KafkaResource = getattr(resources, self.kafka_key)
                kafka = stack.enter_context(cluster.connect())
            yield Servers(clickhouse, kafka, options)
