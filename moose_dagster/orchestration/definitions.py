"""`build_definitions`: from a project to what Dagster loads."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias, cast

import dagster as dg

from moose_dagster.declare.collect import Declared
from moose_dagster.declare.environments import Environment
from moose_dagster.declare.project import Project
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.assets import asset_definitions
from moose_dagster.orchestration.checks import DriftChecks
from moose_dagster.orchestration.jobs.abort import abort_job
from moose_dagster.orchestration.jobs.clone import clone_job
from moose_dagster.orchestration.jobs.drift import drift_job
from moose_dagster.orchestration.jobs.load import load_job
from moose_dagster.orchestration.jobs.reconcile import reconcile_job
from moose_dagster.orchestration.jobs.replay import replay_job
from moose_dagster.orchestration.jobs.trash import purge_job, restore_job
from moose_dagster.orchestration.keys import KeyPrefix, is_elsewhere, prefix_of
from moose_dagster.orchestration.lineage import with_lineage
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource, uri_of
from moose_dagster.orchestration.schedules import schedule_of
from moose_dagster.orchestration.settings import DefinitionsSettings
from moose_dagster.orchestration.specs import asset_spec_of, declared_as
from moose_dagster.plan.describe import FACETS, is_facet
from moose_dagster.state.names import ResourceId

AssetSpecFor: TypeAlias = Callable[[Declared, dg.AssetSpec], dg.AssetSpec]


def build_definitions(  # noqa: PLR0913 - the public function that every definition comes from
    project: Project,
    *,
    environment: Environment | str | None = None,
    key_prefix: KeyPrefix | None = None,
    clickhouse: ClickHouseResource | None = None,
    kafka: KafkaResource | None = None,
    asset_spec_for: AssetSpecFor | None = None,
    settings: DefinitionsSettings | None = None,
) -> dg.Definitions:
    """Return assets, checks, jobs and schedules for *project*; nothing connects.

    Args:
        project: The declarations.
        environment: The environment, or its name; None means that of the project or of
            MOOSE_DAGSTER_ENVIRONMENT.
        key_prefix: What the key of every asset begins with, as a part or a list of parts; an asset
            that is declared elsewhere keeps its key. None means nothing.
        clickhouse: The server; leave it out where your own definitions have the resource. A
            project of topics alone keeps its ledger there if you give it.
        kafka: The cluster; leave it out where your own definitions have the resource.
        asset_spec_for: A function of a declaration and its asset spec that returns the spec to
            use. Where it changes the key, the assets that depend on it follow.
        settings: Everything that is not about the declarations.

    Raises:
        DeclarationError: There is no such environment, or there are some and none is chosen.
        ValueError: Two resources have the same key, a key has parts that Dagster refuses, or
            `DriftChecks.ignored` names something that is not declared or not a facet.
    """
    settings = settings or DefinitionsSettings()
    project = project.in_environment(environment)
    _ = project.owner  # one that has environments, and none chosen, is refused while loading
    _check_ignored(project, settings.checks)
    prefix = prefix_of(key_prefix)
    uri = partial(uri_of, clickhouse, kafka)
    specs = _specs(project, asset_spec_for, settings, prefix, uri)
    project_context = ProjectContext(
        project=project,
        specs=with_lineage(project, specs),
        ledger=clickhouse is not None,
        kafka=kafka is not None,
        settings=settings,
        key_prefix=prefix,
    )
    jobs = dict(_jobs(project_context))
    schedules = [schedule_of(project_context, job, cron) for job, cron in jobs.items() if cron]
    resources = dict[str, Any]()
    if clickhouse is not None:
        resources[settings.clickhouse_key] = clickhouse
    if kafka is not None:
        resources[settings.kafka_key] = kafka
    return dg.Definitions(
        assets=asset_definitions(project_context),
        jobs=[*jobs],
        schedules=schedules,
        resources=resources,
    )


def _jobs(project_context: ProjectContext) -> Iterator[tuple[dg.JobDefinition, str]]:
    """Yield each job with the cron expression of its schedule; "" means no schedule."""
    yield reconcile_job(project_context), project_context.settings.reconcile_cron
    yield drift_job(project_context), project_context.settings.drift_cron
    if project_context.needs_clickhouse:
        yield restore_job(project_context), ""
        yield purge_job(project_context), project_context.settings.purge_cron
        yield abort_job(project_context), ""
    if project_context.project.loads:
        yield load_job(project_context), project_context.settings.load_cron
        yield replay_job(project_context), ""
    if project_context.project.has_branches:
        yield clone_job(project_context), project_context.settings.clone_cron


def _check_ignored(project: Project, checks: DriftChecks) -> None:
    declared = {str(resource) for resource in project.desired.life_cycles}
    unknown = sorted(set(checks.ignored) - declared)
    if unknown:
        raise ValueError(
            f"DriftChecks.ignored names {', '.join(unknown)}, which {project.name} does not "
            "declare; write database.name or the topic."
        )
    for resource, ignored in checks.ignored.items():
        if wrong := [words for words in ignored if not is_facet(words)]:
            facets = ", ".join(sorted(FACETS, key=str.lower))
            raise ValueError(
                f"DriftChecks.ignored[{resource!r}] has {', '.join(map(repr, wrong))}, which does "
                f"not begin with a facet; the facets are {facets}."
            )


def _specs(
    project: Project,
    override: AssetSpecFor | None,
    settings: DefinitionsSettings,
    key_prefix: tuple[str, ...],
    uri: Callable[[ResourceId], str],
) -> dict[ResourceId, dg.AssetSpec]:
    condition = settings.automation_condition
    specs = dict[ResourceId, dg.AssetSpec]()
    changed = dict[dg.AssetKey, dg.AssetKey]()
    for resource, life_cycle in project.desired.life_cycles.items():
        with _errors_name(resource):
            spec = asset_spec_of(project, resource, settings.group_by, key_prefix, uri(resource))
        if is_elsewhere(project, resource):
            specs[resource] = spec
            continue
        if condition is not None and life_cycle is not LifeCycle.EXTERNALLY_MANAGED:
            spec = spec.replace_attributes(automation_condition=condition)  # pyright: ignore[reportUnknownMemberType] - partly untyped in Dagster
        if override is not None:
            key = spec.key
            spec = _overridden(resource, override, declared_as(project, resource), spec)
            if spec.key != key:
                changed[key] = spec.key
        specs[resource] = spec
    if changed:
        specs = {resource: _with_changed_deps(spec, changed) for resource, spec in specs.items()}
    _check_keys(specs)
    return _sources_first(specs)


def _overridden(
    resource: ResourceId, override: AssetSpecFor, declared: Declared, spec: dg.AssetSpec
) -> dg.AssetSpec:
    with _errors_name(f"{resource}: asset_spec_for"):
        changed = cast("object", override(declared, spec))
    if not isinstance(changed, dg.AssetSpec):
        # Every fault of definitions is a ValueError.
        why = f"asset_spec_for returned {changed!r}; return the spec to use."
        raise ValueError(f"{resource}: {why}")  # noqa: TRY004
    if changed.partitions_def is not None:
        raise ValueError(
            f"{resource}: asset_spec_for returned partitions; a schema is reconciled as a whole."
        )
    return changed


def _with_changed_deps(
    spec: dg.AssetSpec, changed: Mapping[dg.AssetKey, dg.AssetKey]
) -> dg.AssetSpec:
    """Return *spec* depending on the keys that its sources have now."""
    if not any(dep.asset_key in changed for dep in spec.deps):
        return spec
    deps = [
        dg.AssetDep(
            changed.get(dep.asset_key, dep.asset_key), partition_mapping=dep.partition_mapping
        )
        for dep in spec.deps
    ]
    return spec.replace_attributes(deps=deps)  # pyright: ignore[reportUnknownMemberType] - partly untyped in Dagster


@contextmanager
def _errors_name(where: object) -> Generator[None]:
    """Add *where* to Dagster's errors about owners, tags and groups, which only name the value."""
    try:
        yield
    except dg.DagsterInvalidDefinitionError as error:
        raise ValueError(f"{where}: {error}") from error


def _check_keys(specs: Mapping[ResourceId, dg.AssetSpec]) -> None:
    seen = dict[dg.AssetKey, ResourceId]()
    for resource, spec in specs.items():
        other = seen.setdefault(spec.key, resource)
        if other != resource:
            raise ValueError(
                f"{other} and {resource} are both the asset {spec.key.to_user_string()}; give one "
                'of them another metadata["asset_key"], or remove it.'
            )


def _sources_first(specs: Mapping[ResourceId, dg.AssetSpec]) -> dict[ResourceId, dg.AssetSpec]:
    """Return *specs* with every asset after those it depends on, the order an op yields them in."""
    resource_of = {spec.key: resource for resource, spec in specs.items()}
    ordered = dict[ResourceId, dg.AssetSpec]()
    stack: list[ResourceId] = list(specs)[::-1]
    entered = set[ResourceId]()
    while stack:
        resource = stack[-1]
        keys = [dep.asset_key for dep in specs[resource].deps]
        sources = [resource_of[key] for key in keys if key in resource_of]
        missing = [source for source in sources if source not in ordered and source not in entered]
        if missing and resource not in entered:
            entered.add(resource)
            stack.extend(missing)
            continue
        ordered.setdefault(stack.pop(), specs[resource])
    return ordered
