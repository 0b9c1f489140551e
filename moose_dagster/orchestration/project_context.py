"""What every op of one project shares: the project, its assets, its servers and the settings."""

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import dagster as dg

from moose_dagster.clients.clickhouse import ClickHouse, UnreachedClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.orchestration.keys import asset_key_for
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource
from moose_dagster.orchestration.retries import translate_errors
from moose_dagster.orchestration.settings import DEFAULT_PREFIX, DefinitionsSettings
from moose_dagster.reconciliation import Options, PlanResult, plan_for
from moose_dagster.reconciliation.server_settings import options_of
from moose_dagster.state.names import ResourceId

R = TypeVar("R")


@dataclass(frozen=True)
class Servers:
    """The open connections of one op, and the options that come with its resources.

    Attributes:
        clickhouse: The connection, or None where the project needs no ClickHouse.
        kafka: The connection, or None where the project has no streams and no Kafka is given.
        options: The options of a run that the ClickHouseResource sets, such as `trash_days`.
    """

    clickhouse: ClickHouse | None
    kafka: Kafka | None
    options: Options


@dataclass(frozen=True)
class ProjectContext:
    """A project with its Dagster assets and settings.

    Attributes:
        project: The declarations.
        specs: The asset of each resource, sources first.
        ledger: Whether a ClickHouse keeps the ledger even if the project has topics alone.
        kafka: Whether a Kafka is given; the ledger may name topics that left the code.
        settings: Everything that is not about the declarations.
        key_prefix: What every key begins with.
    """

    project: Project
    specs: Mapping[ResourceId, dg.AssetSpec]
    ledger: bool
    kafka: bool
    settings: DefinitionsSettings
    key_prefix: tuple[str, ...] = ()

    def job_name(self, what: str) -> str:
        """Return the name of the job that does *what*, such as `moose_reconcile`."""
        return f"{self.settings.job_prefix}_{what}"

    def op_name(self, what: str) -> str:
        """Return the name of an op: `reconcile`, or `reconcile_<prefix>` with a prefix of yours."""
        prefix = self.settings.job_prefix
        return what if prefix == DEFAULT_PREFIX else f"{what}_{prefix}"

    def plan(
        self, servers: "Servers", selection: Collection[ResourceId] | None = None
    ) -> PlanResult:
        """Compare *selection*, or the whole project, with the servers; nothing is written."""
        options = replace(servers.options, selection=selection)
        return plan_for(self.project, servers.clickhouse, options, kafka=servers.kafka)

    def check_specs(self, resources: Iterable[ResourceId]) -> list[dg.AssetCheckSpec]:
        """Return the spec of the drift check of each resource."""
        life_cycles = self.project.desired.life_cycles
        spec_for = self.settings.checks.spec_for
        return [spec_for(self.key_of(resource), life_cycles[resource]) for resource in resources]

    def check_results(
        self, plan_result: PlanResult, resources: Collection[ResourceId], servers: "Servers"
    ) -> Iterator[dg.AssetCheckResult]:
        """Yield the check results of *resources*, except of those that could not be read."""
        compared = set(plan_result.compared)
        checked = {
            resource: self.key_of(resource) for resource in resources if resource in compared
        }
        return self.settings.checks.results(plan_result, checked, servers.clickhouse, self.project)

    def key_of(self, resource: ResourceId) -> dg.AssetKey:
        """Return the key of a resource; one that left the code has the key it had by default."""
        if resource in self.specs:
            return self.specs[resource].key
        return asset_key_for(self.project, resource, self.key_prefix)

    def resources_of(self, keys: Collection[dg.AssetKey]) -> list[ResourceId]:
        """Return the resources of the assets *keys*, sources first.

        Raises:
            dg.Failure: A key is not one that these definitions gave.
        """
        unknown = {*keys} - {spec.key for spec in self.specs.values()}
        if unknown:
            names = ", ".join(sorted(key.to_user_string() for key in unknown))
            raise dg.Failure(
                f"{names}: not a key of {self.project.name}; somebody replaced it after "
                "build_definitions, and nothing was done. Give build_definitions a key_prefix, or "
                "change the key in asset_spec_for.",
                allow_retries=False,
            )
        return [resource for resource, spec in self.specs.items() if spec.key in keys]

    def resources_of_checks(self, keys: Iterable[dg.AssetCheckKey]) -> list[ResourceId]:
        """Return the resources of the checks *keys*, sources first."""
        return self.resources_of({key.asset_key for key in keys})

    @property
    def resource_keys(self) -> set[str]:
        """The resources that an op over the whole project needs."""
        keys = {self.settings.clickhouse_key} if self.needs_clickhouse else set[str]()
        return keys | ({self.settings.kafka_key} if self.needs_kafka else set[str]())

    @property
    def needs_clickhouse(self) -> bool:
        """Whether there are tables or views, or a ledger for topics."""
        return bool(self.project.tables or self.project.views) or self.ledger

    @property
    def needs_kafka(self) -> bool:
        """Whether there are streams, or a Kafka that may hold topics that left the code."""
        return bool(self.project.streams) or self.kafka

    @contextmanager
    def session(
        self, context: dg.OpExecutionContext | dg.AssetExecutionContext
    ) -> Generator[Servers]:
        """Open the connections of an op, and translate the errors inside the block for Dagster."""
        policy = self.settings.retry_policy
        retry_number = context.retry_number
        with translate_errors(policy, retry_number), self.servers(context.resources) as servers:
            yield servers

    @contextmanager
    def servers(self, resources: Any) -> Generator[Servers]:  # noqa: ANN401 - Dagster types it so
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
            if self.needs_kafka:
                cluster = _resource(resources, self.settings.kafka_key, KafkaResource, "kafka_key")
                kafka = stack.enter_context(cluster.connect())
            yield Servers(clickhouse, kafka, options)


def _resource(resources: Any, key: str, kind: type[R], setting: str) -> R:  # noqa: ANN401 - as above
    """Return the resource under *key*, which other definitions may have given."""
    resource = getattr(resources, key)
    if not isinstance(resource, kind):
        raise dg.Failure(
            f"the resource {key} has the type {type(resource).__name__}, and {kind.__name__} is "
            "needed: add one under another key, and set "
            f"{setting} of DefinitionsSettings to that key.",
            allow_retries=False,
        )
    return resource
