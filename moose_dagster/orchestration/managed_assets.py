"""The op that materializes managed resources: it reconciles them and checks them."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from moose_dagster.orchestration.approval import approval_links, with_approval_links
from moose_dagster.orchestration.impact import impacts_of
from moose_dagster.orchestration.lineage import lineage_metadata
from moose_dagster.orchestration.log import (
    log_recovery,
    logged_run,
    named,
)
from moose_dagster.orchestration.metadata import (
    differences_table,
    done_metadata,
    facts_of,
    plan_metadata,
    statements_text,
)
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.orchestration.retries import lost_connection, raise_problems
from moose_dagster.orchestration.staleness import live_version
from moose_dagster.plan.policy import Verdict
from moose_dagster.reconciliation import PlanResult, ReconcileResult, reconcile
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import ResourceId

# The worst first: what is lost, then what can't be done.
_SEVERITY = (
    Risk.DESTRUCTIVE,
    Risk.IMPOSSIBLE,
    Risk.DATA_DEPENDENT,
    Risk.REBUILD,
    Risk.REWRITE,
    Risk.SAFE,
)


def materialization_op(
    project_context: ProjectContext, resources: Sequence[ResourceId], name: str
) -> dg.AssetsDefinition:
    """Return the op that reconciles *resources* and checks them."""
    settings = project_context.settings

    @dg.multi_asset(
        name=name,
        specs=[project_context.specs[resource] for resource in resources],
        check_specs=project_context.check_specs(resources),
        can_subset=True,
        required_resource_keys=project_context.resource_keys,
        pool=settings.pool,
        op_tags=settings.op_tags,
        hooks=settings.hooks,
    )
    def materialize(context: dg.AssetExecutionContext) -> Iterator[Any]:
        selected = project_context.resources_of(context.selected_asset_keys)
        checked = project_context.resources_of_checks(context.selected_asset_check_keys)
        only_checked = [resource for resource in checked if resource not in selected]
        plan_result = PlanResult()
        with project_context.session(context) as servers:
            if only_checked:
                plan_result = project_context.plan(servers, only_checked)
                results = project_context.check_results(plan_result, only_checked, servers)
                yield from with_approval_links(
                    results, project_context, plan_result, context.run.tags
                )
            if selected:
                also_checked = [resource for resource in selected if resource in set(checked)]
                yield from _reconciled(context, project_context, servers, selected, also_checked)
            raise_problems(plan_result)

    return materialize


def _reconciled(
    context: dg.AssetExecutionContext,
    project_context: ProjectContext,
    servers: Servers,
    selected: Sequence[ResourceId],
    checked: Sequence[ResourceId],
) -> Generator[Any]:
    """Reconcile what is selected, and yield what it came to."""
    with logged_run(context.log) as callbacks:
        outcome = reconcile(
            project_context.project,
            servers.clickhouse,
            replace(servers.options, selection=selected, run_id=context.run.run_id),
            kafka=servers.kafka,
            callbacks=callbacks,
        )
    log_recovery(context.log, outcome)
    results = project_context.check_results(outcome.after, checked, servers)
    checks = with_approval_links(results, project_context, outcome.after, context.run.tags)
    links = approval_links(project_context, outcome.after, context.run.tags)
    impact = impacts_of(context, project_context, outcome.after, servers).whole()
    yield from _results(project_context, outcome, selected, checks, {**links, **impact})


def _results(
    project_context: ProjectContext,
    outcome: ReconcileResult,
    selected: Sequence[ResourceId],
    checks: Iterable[dg.AssetCheckResult],
    metadata: Mapping[str, dg.MetadataValue],
) -> Generator[Any]:
    """Yield everything healthy, then the checks, then raise for what is not healthy."""
    unhealthy = _unhealthy(outcome, selected)
    for resource in selected:
        if resource not in unhealthy:
            yield dg.MaterializeResult(
                asset_key=project_context.specs[resource].key,
                metadata={
                    **_materialization_metadata(outcome, resource),
                    **lineage_metadata(project_context.specs[resource]),
                },
                data_version=dg.DataVersion(live_version(outcome.after, resource)),
            )
    yield from checks
    failed = outcome.failures or outcome.unfinished or outcome.after.problems
    if unhealthy and (failed or project_context.settings.on_blocked == "fail"):
        raise _failure(outcome, unhealthy, metadata)


def _unhealthy(
    outcome: ReconcileResult, selected: Sequence[ResourceId]
) -> dict[ResourceId, list[str]]:
    """Return each resource that is not as declared, with every reason, the worst one first."""
    compared = set(outcome.after.compared)
    reasons = defaultdict[ResourceId, list[str]](list)
    for result in outcome.failures:
        reasons[result.action.resource].append(result.error)
    for resource in selected:
        if resource not in compared:
            reasons[resource].append(_read_error(outcome, resource))
    steps = [step for step in outcome.after.plan.steps if step.verdict is not Verdict.DRIFT]
    for step in sorted(steps, key=lambda step: _SEVERITY.index(step.risk)):
        reasons[step.resource].append(step.reason)
    return reasons


def _read_error(outcome: ReconcileResult, resource: ResourceId) -> str:
    for problem in map(str, outcome.after.problems):
        if problem.startswith(f"{resource}: "):
            return problem
    return "could not be read"


def _materialization_metadata(
    outcome: ReconcileResult, resource: ResourceId
) -> dict[str, dg.MetadataValue]:
    plan = outcome.before.plan
    actions = [action for action in plan.every_action if action.resource == resource]
    metadata = facts_of(outcome.after, resource)
    if actions:
        results = [result for result in outcome.results if result.action.resource == resource]
        milliseconds = sum(result.milliseconds for result in results)
        metadata["changes"] = differences_table(plan.of(resource), are_applied=True)
        metadata["statements"] = statements_text(actions, outcome.names)
        metadata |= done_metadata(results, outcome.names)
        metadata["milliseconds"] = dg.MetadataValue.int(milliseconds)
    return metadata


def _failure(
    outcome: ReconcileResult,
    unhealthy: Mapping[ResourceId, Sequence[str]],
    metadata: Mapping[str, dg.MetadataValue],
) -> dg.Failure:
    metadata = {**metadata, **done_metadata(outcome.results, outcome.names)}
    lost = lost_connection(outcome)
    if lost:
        # By this cause the sensor for servers that do not answer knows the run.
        raise dg.Failure(str(lost), metadata=metadata, allow_retries=True) from lost
    lines = [named(resource, reason) for resource in unhealthy for reason in unhealthy[resource]]
    done = [str(result.action.resource) for result in outcome.results if not result.error]
    lines += (f"applied: {', '.join(done)}",) if done else ()
    return dg.Failure(
        description="\n".join(lines),
        metadata={**metadata, **plan_metadata(outcome.after.plan, outcome.names)},
        allow_retries=False,
    )
