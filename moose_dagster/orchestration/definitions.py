"""One call from a project to what Dagster loads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import dagster as dg

from moose_dagster.declare.collect import Declared
from moose_dagster.declare.project import Project
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.abort import abort_job
from moose_dagster.orchestration.assets import asset_definitions
from moose_dagster.orchestration.checks import DriftChecks
from moose_dagster.orchestration.drift import drift_job
from moose_dagster.orchestration.jobs import reconcile_job
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource
from moose_dagster.orchestration.schedules import drift_schedule, purge_schedule, reconcile_schedule
from moose_dagster.orchestration.specs import asset_spec_of, declared_as
from moose_dagster.orchestration.trash import purge_job, restore_job
from moose_dagster.orchestration.wiring import DEFAULT_PREFIX, OnBlocked, Wiring
from moose_dagster.state.resources import ResourceId

AssetSpecFor: TypeAlias = Callable[[Declared, dg.AssetSpec], dg.AssetSpec]


@dataclass(frozen=True)
class Behaviour:
    """What is not about the declarations.

    Args:
        on_blocked: "fail" fails a run that materialises a blocked resource, after everything healthy is done;
            "skip" leaves its asset out and the run green.
        checks: What the checks make of a difference.
        retry_policy: How often a materialisation is tried again after a lost connection; what is refused never is.
        reconcile_cron: When the reconcile schedule runs, once somebody starts it.
        drift_cron: When the drift schedule runs, once somebody starts it.
        purge_cron: When the schedule runs that removes what has expired in the trash, once somebody starts it.
        clickhouse_key: The resource key of the ClickHouseResource.
        kafka_key: The resource key of the KafkaResource.
        job_prefix: How the names of jobs and schedules begin: letters, digits and _. Give each project of one code
            location its own.
        base_url: How links into Dagster's web server begin where it has a path prefix, such as `/dagster`.
        automation_condition: When managed resources are reconciled without anybody asking, such as `on_deploy()`;
            None for never.
    """

    on_blocked: OnBlocked = "fail"
    checks: DriftChecks = field(default_factory=DriftChecks)
    retry_policy: dg.RetryPolicy | None = None
    reconcile_cron: str = "0 * * * *"
    drift_cron: str = "*/15 * * * *"
    purge_cron: str = "30 3 * * *"
    clickhouse_key: str = "clickhouse"
    kafka_key: str = "kafka"
    job_prefix: str = DEFAULT_PREFIX
    base_url: str = ""
    automation_condition: dg.AutomationCondition[dg.AssetKey] | None = None


def build_definitions(
    project: Project,
    *,
    clickhouse: ClickHouseResource | None = None,
    kafka: KafkaResource | None = None,
    asset_spec_for: AssetSpecFor | None = None,
    behaviour: Behaviour | None = None,
) -> dg.Definitions:
    """Return assets, checks, jobs and schedules for *project*; nothing connects.

    Args:
        project: The declarations.
        clickhouse: The server; leave it out where your own definitions hold the resource. A project of topics
            alone keeps its ledger there if it is given.
        kafka: The cluster; likewise.
        asset_spec_for: Called with each declaration and its asset spec; returns the spec to use. The key stays.
        behaviour: Everything else.

    Raises:
        ValueError: The override changed an asset key, or differences are ignored of what is not declared.
    """
    behaviour = behaviour or Behaviour()
    _check_ignored(project, behaviour.checks)
    wiring = Wiring(
        project=project,
        specs=_specs(project, asset_spec_for, behaviour.automation_condition),
        clickhouse_key=behaviour.clickhouse_key,
        kafka_key=behaviour.kafka_key,
        on_blocked=behaviour.on_blocked,
        checks=behaviour.checks,
        ledger=clickhouse is not None,
        retry_policy=behaviour.retry_policy,
        job_prefix=behaviour.job_prefix,
        base_url=behaviour.base_url,
    )
    reconcile, drift = reconcile_job(wiring), drift_job(wiring)
    resources: Mapping[str, Any] = {behaviour.clickhouse_key: clickhouse, behaviour.kafka_key: kafka}
    jobs = [reconcile, drift]
    schedules = [
        reconcile_schedule(wiring, reconcile, behaviour.reconcile_cron),
        drift_schedule(drift, behaviour.drift_cron),
    ]
    if project.tables or project.views:
        purge = purge_job(wiring)
        jobs += [restore_job(wiring), purge, abort_job(wiring)]
        schedules.append(purge_schedule(purge, behaviour.purge_cron))
    return dg.Definitions(
        assets=asset_definitions(wiring),
        jobs=jobs,
        schedules=schedules,
        resources={key: resource for key, resource in resources.items() if resource is not None},
    )


def _check_ignored(project: Project, checks: DriftChecks) -> None:
    declared = {str(resource) for resource in project.desired.life_cycles}
    unknown = sorted(set(checks.ignored) - declared)
    if unknown:
        raise ValueError(
            f"DriftChecks.ignored names {', '.join(unknown)}, which {project.name} does not declare; "
            "write database.name or the topic."
        )


def _specs(
    project: Project, override: AssetSpecFor | None, condition: dg.AutomationCondition[dg.AssetKey] | None
) -> dict[ResourceId, dg.AssetSpec]:
    specs = dict[ResourceId, dg.AssetSpec]()
    for resource, life_cycle in project.desired.life_cycles.items():
        spec = asset_spec_of(project, resource)
        if condition is not None and life_cycle is not LifeCycle.EXTERNALLY_MANAGED:
            spec = spec.replace_attributes(automation_condition=condition)  # pyright: ignore[reportUnknownMemberType] - Dagster types it half
        if override is not None:
            changed = override(declared_as(project, resource), spec)
            if changed.key != spec.key:
                raise ValueError(f"{resource}: asset_spec_for returned the key {changed.key}; keep {spec.key}.")
            spec = changed
        specs[resource] = spec
    return _sources_first(specs)


def _sources_first(specs: Mapping[ResourceId, dg.AssetSpec]) -> dict[ResourceId, dg.AssetSpec]:
    """Return *specs* with every asset behind those it depends on: an op has to yield them so."""
    resource_of = {spec.key: resource for resource, spec in specs.items()}
    ordered = dict[ResourceId, dg.AssetSpec]()
    waiting: list[ResourceId] = list(specs)[::-1]
    entered = set[ResourceId]()
    while waiting:
        resource = waiting[-1]
        sources = [resource_of[dep.asset_key] for dep in specs[resource].deps if dep.asset_key in resource_of]
        missing = [source for source in sources if source not in ordered and source not in entered]
        if missing and resource not in entered:
            entered.add(resource)
            waiting.extend(missing)
            continue
        ordered.setdefault(waiting.pop(), specs[resource])
    return ordered
