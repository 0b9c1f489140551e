"""The events of the reconcile job: what it changed, what others had applied, and the checks."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from moose_dagster.apply.results import Result
from moose_dagster.diff.changes import Change
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.approval import with_approval_links
from moose_dagster.orchestration.checks import evaluation_of
from moose_dagster.orchestration.external_assets import changed_observation
from moose_dagster.orchestration.keys import is_elsewhere
from moose_dagster.orchestration.lineage import lineage_metadata
from moose_dagster.orchestration.metadata import differences_table, facts_of, statements_text
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.orchestration.staleness import has_other_inputs, input_tags, live_version
from moose_dagster.plan.steps import Plan, Step
from moose_dagster.reconciliation import PlanResult, ReconcileResult
from moose_dagster.state.names import ResourceId

# No declaration has this fingerprint, so that Dagster still calls the asset out of sync.
_PARTLY_APPLIED = "applied in part"


def asset_events(
    project_context: ProjectContext, outcome: ReconcileResult, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """Yield an event for each changed asset and for each that Dagster wrongly calls out of sync.

    Of the latter, the code was applied on the command line or by hand, the code only has another
    spelling, or a source has another version. An asset that was never materialized has no event: a
    first run over many tables would write one for each.
    """
    failed = {result.action.resource for result in outcome.failures}
    differing = {step.resource for step in outcome.after.plan.steps}
    changed = {result.action.resource: result for result in outcome.results}
    planned = outcome.before.plan.apart()
    code_versions = _recorded_code_versions(project_context, instance)
    # Sources come first in specs: an event names the versions that its sources have by now.
    for resource, spec in project_context.specs.items():
        recorded = code_versions.get(spec.key)
        if resource in changed:
            if resource in failed:
                continue
            steps = planned.get(resource, Plan()).steps
            metadata = _change_metadata(outcome, changed[resource], steps)
            if is_elsewhere(project_context.project, resource):
                # Only the integration that declares the asset knows whether its data is there.
                yield dg.AssetObservation(spec.key, metadata=metadata)
                continue
            version = live_version(outcome.after, resource)
            in_part = resource in differing
            yield _materialization(spec, version, metadata, instance, in_part=in_part)
            continue
        yield from changed_observation(project_context, outcome.after, resource, instance)
        is_as_declared = resource not in differing and outcome.after.live.get(resource)
        if not recorded or not is_as_declared:
            continue
        if recorded != spec.code_version or has_other_inputs(instance, spec):
            facts = facts_of(outcome.after, resource)
            yield _materialization(spec, live_version(outcome.after, resource), facts, instance)


def check_events(
    project_context: ProjectContext,
    plan_result: PlanResult,
    servers: Servers,
    tags: Mapping[str, str],
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the drift check of every resource that *plan_result* compared.

    Args:
        project_context: The project.
        plan_result: The comparison.
        servers: The servers, for who changed a table last.
        tags: The tags of the run.
    """
    results = project_context.check_results(plan_result, [*project_context.specs], servers)
    linked = with_approval_links(results, project_context, plan_result, tags)
    yield from map(evaluation_of, linked)


def _recorded_code_versions(
    project_context: ProjectContext, instance: dg.DagsterInstance
) -> Mapping[dg.AssetKey, str | None]:
    """Return the code version of the last materialization of each asset that is ours."""
    keys = [
        spec.key
        for resource, spec in project_context.specs.items()
        if spec.code_version is not None and _is_materialized(project_context, resource)
    ]
    return instance.get_latest_materialization_code_versions(keys)


def _is_materialized(project_context: ProjectContext, resource: ResourceId) -> bool:
    external = project_context.project.desired.life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
    return not external and not is_elsewhere(project_context.project, resource)


def _change_metadata(
    outcome: ReconcileResult, result: Result, steps: Sequence[Step[Change]]
) -> dict[str, dg.MetadataValue]:
    return {
        **facts_of(outcome.after, result.action.resource),
        "milliseconds": dg.MetadataValue.int(result.milliseconds),
        "changes": differences_table(steps, are_applied=True),
        "statements": statements_text([result.action], outcome.names),
    }


def _materialization(
    spec: dg.AssetSpec,
    data_version: str,
    metadata: Mapping[str, dg.MetadataValue],
    instance: dg.DagsterInstance,
    *,
    in_part: bool = False,
) -> dg.AssetMaterialization:
    tags = {"dagster/data_version": data_version}
    # Without these, Dagster shows no later change of the code, or calls every source a new one.
    if spec.code_version is not None:
        tags["dagster/code_version"] = _PARTLY_APPLIED if in_part else spec.code_version
        tags |= input_tags(instance, spec)
    metadata = {**metadata, **lineage_metadata(spec)}
    return dg.AssetMaterialization(spec.key, metadata=metadata, tags=tags)
