"""The ops that only look: observations of external resources, and checks of assets of others."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.beta import beta
from moose_dagster.orchestration.checks import evaluation_of
from moose_dagster.orchestration.keys import is_elsewhere
from moose_dagster.orchestration.metadata import facts_of
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.orchestration.retries import raise_problems
from moose_dagster.orchestration.specs import table_schema_of
from moose_dagster.orchestration.staleness import (
    live_version,
    version_tags,
    was_seen_otherwise,
)
from moose_dagster.reconciliation import PlanResult
from moose_dagster.state.names import ResourceId
from moose_dagster.state.tables import Table


def observation_op(
    project_context: ProjectContext, resources: Sequence[ResourceId], name: str
) -> dg.AssetsDefinition:
    """Return the op that observes and checks external *resources*."""
    with beta():

        @dg.multi_observable_source_asset(
            name=name,
            specs=[project_context.specs[resource] for resource in resources],
            check_specs=project_context.check_specs(resources),
            can_subset=True,
            required_resource_keys=project_context.resource_keys,
        )
        def observe(context: dg.AssetExecutionContext) -> Iterator[Any]:
            selected = project_context.resources_of(context.selected_asset_keys)
            checked = project_context.resources_of_checks(context.selected_asset_check_keys)
            with project_context.session(context) as servers:
                plan_result = project_context.plan(servers, {*selected, *checked})
                results = list(project_context.check_results(plan_result, checked, servers))
                check_of = {result.asset_key: result for result in results}
                compared = set(plan_result.compared)
                for resource in selected:
                    if resource in compared:
                        check = check_of.pop(project_context.specs[resource].key, None)
                        yield from _observed(project_context, plan_result, resource, check)
                yield from check_of.values()
                raise_problems(plan_result)

    return observe


def check_op(
    project_context: ProjectContext, resources: Sequence[ResourceId], name: str
) -> dg.AssetChecksDefinition:
    """Return the op that checks *resources*, whose assets other integrations declare."""

    @dg.multi_asset_check(
        name=name,
        specs=project_context.check_specs(resources),
        can_subset=True,
        required_resource_keys=project_context.resource_keys,
        op_tags=project_context.settings.op_tags,
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        keys = context.op_execution_context.selected_asset_check_keys
        checked = project_context.resources_of_checks(keys)
        with project_context.session(context.op_execution_context) as servers:
            plan_result = project_context.plan(servers, checked)
            yield from project_context.check_results(plan_result, checked, servers)
            raise_problems(plan_result)

    return check


def changed_observation(
    project_context: ProjectContext,
    plan_result: PlanResult,
    resource: ResourceId,
    instance: dg.DagsterInstance,
) -> Iterator[dg.AssetObservation]:
    """Yield the observation of an external *resource* if its schema is not the last one seen."""
    life_cycle = project_context.project.desired.life_cycles[resource]
    is_ours = not is_elsewhere(project_context.project, resource)
    is_external = is_ours and life_cycle is LifeCycle.EXTERNALLY_MANAGED
    key = project_context.specs[resource].key
    if not is_external or plan_result.live.get(resource) is None:
        return
    if was_seen_otherwise(instance, key, plan_result, resource):
        yield dg.AssetObservation(
            key,
            metadata={**facts_of(plan_result, resource), **_live_columns(plan_result, resource)},
            tags=version_tags(plan_result, resource),
        )


def _observed(
    project_context: ProjectContext,
    plan_result: PlanResult,
    resource: ResourceId,
    check: dg.AssetCheckResult | None,
) -> Iterator[Any]:
    """Yield the observation of *resource* and its check; a blocking failure skips its consumers."""
    key = project_context.specs[resource].key
    metadata = {**facts_of(plan_result, resource), **_live_columns(plan_result, resource)}
    version = live_version(plan_result, resource)
    if check and project_context.settings.checks.blocks(check, LifeCycle.EXTERNALLY_MANAGED):
        # The result of a blocking check that failed would fail this op, and with it the consumers
        # of every other table. Events record the same, and only what needs this output is skipped.
        yield dg.AssetObservation(key, metadata=metadata, tags=version_tags(plan_result, resource))
        yield evaluation_of(check)
        return
    yield dg.ObserveResult(asset_key=key, metadata=metadata, data_version=dg.DataVersion(version))
    if check:
        yield check


def _live_columns(plan_result: PlanResult, resource: ResourceId) -> dict[str, dg.TableSchema]:
    """Return the columns that an external table has now, which may differ from the code."""
    live = plan_result.live.get(resource)
    if not isinstance(live, Table):
        return {}
    return {"dagster/column_schema": table_schema_of(live.columns)}
