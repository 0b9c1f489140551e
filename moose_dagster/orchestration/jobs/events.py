"""The events of the reconcile job: what it changed, and what somebody else had applied."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from moose_dagster.apply.results import Result
from moose_dagster.diff.changes import Change
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.checks import evaluation_of
from moose_dagster.orchestration.keys import is_elsewhere
from moose_dagster.orchestration.metadata import differences_table, facts_of, statements_text
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.orchestration.staleness import live_version
from moose_dagster.plan.steps import Plan, Step
from moose_dagster.reconcile import ReconcileResult
from moose_dagster.state.names import ResourceId

# No declaration has this fingerprint, so that Dagster still calls the asset out of sync.
_PARTLY_APPLIED = "applied in part"


def change_events(
    project_context: ProjectContext, outcome: ReconcileResult, servers: Servers
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation]:
    """Yield an event for each changed resource, and the checks of all that were touched."""
    failed = {result.action.resource for result in outcome.failures}
    differing = {step.resource for step in outcome.after.plan.steps}
    planned = outcome.before.plan.apart()
    for result in outcome.results:
        resource = result.action.resource
        if resource in project_context.specs and resource not in failed:
            steps = planned.get(resource, Plan()).steps
            yield _event(project_context, outcome, result, steps, in_part=resource in differing)
    resources = dict.fromkeys(result.action.resource for result in outcome.results)
    touched = [resource for resource in resources if resource in project_context.specs]
    for checked in project_context.check_results(outcome.after, touched, servers):
        yield evaluation_of(checked)


def catch_up_events(
    project_context: ProjectContext, outcome: ReconcileResult, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    """Yield one for each asset that is as declared although Dagster last saw it with other code.

    Somebody applied it on the command line or by hand, or the code only has another spelling. An
    asset that was never materialized has no event: a first run over many tables would write one
    for each.
    """
    busy = {result.action.resource for result in outcome.results}
    busy |= {step.resource for step in outcome.after.plan.steps}
    quiet = {
        spec.key: resource
        for resource, spec in project_context.specs.items()
        if resource not in busy
        and _is_materialized(project_context, resource)
        and outcome.after.live.get(resource)
    }
    for key, version in instance.get_latest_materialization_code_versions(quiet).items():
        spec = project_context.specs[quiet[key]]
        if spec.code_version is not None and version not in {None, spec.code_version}:
            yield _materialization(
                project_context, outcome, quiet[key], facts_of(outcome.after, quiet[key])
            )


def _is_materialized(project_context: ProjectContext, resource: ResourceId) -> bool:
    external = project_context.project.desired.life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
    return not external and not is_elsewhere(project_context.project, resource)


def _event(
    project_context: ProjectContext,
    outcome: ReconcileResult,
    result: Result,
    steps: Sequence[Step[Change]],
    *,
    in_part: bool,
) -> dg.AssetMaterialization | dg.AssetObservation:
    resource = result.action.resource
    metadata = {
        **facts_of(outcome.after, resource),
        "milliseconds": dg.MetadataValue.int(result.milliseconds),
        "changes": differences_table(steps),
        "statements": statements_text([result.action], outcome.names),
    }
    if is_elsewhere(project_context.project, resource):
        # Only the integration that declares the asset knows whether its data is there.
        return dg.AssetObservation(project_context.specs[resource].key, metadata=metadata)
    return _materialization(project_context, outcome, resource, metadata, in_part=in_part)


def _materialization(
    project_context: ProjectContext,
    outcome: ReconcileResult,
    resource: ResourceId,
    metadata: Mapping[str, dg.MetadataValue],
    *,
    in_part: bool = False,
) -> dg.AssetMaterialization:
    spec = project_context.specs[resource]
    return dg.AssetMaterialization(
        spec.key,
        metadata=metadata,
        tags={
            "dagster/data_version": live_version(outcome.after, resource),
            **_code_version(spec, in_part),
        },
    )


def _code_version(spec: dg.AssetSpec, in_part: bool) -> dict[str, str]:  # noqa: FBT001 - passed on
    """Return the tag without which Dagster would never show the next code change as stale."""
    if spec.code_version is None:  # asset_spec_for removed it
        return {}
    return {"dagster/code_version": _PARTLY_APPLIED if in_part else spec.code_version}
