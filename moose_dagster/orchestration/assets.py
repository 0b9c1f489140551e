"""Managed resources as materializable assets, external ones as observable assets; checks in the same op.

Of an asset that is declared elsewhere, only the check is here.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.approval import approval_links
from moose_dagster.orchestration.beta import beta
from moose_dagster.orchestration.impact import impacts_of
from moose_dagster.orchestration.keys import is_elsewhere
from moose_dagster.orchestration.log import copied_to, log_recovery, named
from moose_dagster.orchestration.metadata import (
    differences_table,
    done_metadata,
    facts_of,
    plan_metadata,
    statements_text,
)
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.orchestration.retries import (
    asked_again,
    lost_connection,
    raise_problems,
    refusals_stand,
)
from moose_dagster.orchestration.specs import table_schema_of
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.reconcile import PlanResult, ReconcileResult, plan_for, reconcile
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.tables import Table

# The load time of one op is quadratic in its assets; ops of 250 load 10,000 in seconds.
_MOST_PER_OP = 250


def asset_definitions(
    project_context: ProjectContext,
) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the ops of a project in chunks: streams apart from the rest, and each of managed, external, checked."""
    kinds_of_op = {"managed": _managed, "external": _observed, "checked": _checked}
    sorted_out = dict[str, list[ResourceId]]()
    for resource in project_context.specs:
        where = "tables" if isinstance(resource, TableId) else "streams"
        sorted_out.setdefault(f"{_kind_of_op(project_context, resource)}_{where}", []).append(
            resource
        )
    return [
        kinds_of_op[name.split("_")[0]](
            project_context,
            chunk,
            project_context.op_name(f"{_word(project_context.project.name)}_{name}_{number}"),
        )
        for name, resources in sorted_out.items()
        for number, chunk in enumerate(_chunks(resources, project_context))
    ]


def _kind_of_op(project_context: ProjectContext, resource: ResourceId) -> str:
    if is_elsewhere(project_context.project, resource):
        return "checked"
    external = project_context.project.desired.life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
    return "external" if external else "managed"


def _managed(
    project_context: ProjectContext, resources: Sequence[ResourceId], name: str
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=name,
        specs=[project_context.specs[resource] for resource in resources],
        check_specs=_check_specs(project_context, resources),
        can_subset=True,
        required_resource_keys=project_context.resource_keys,
        pool=project_context.settings.pool,
        retry_policy=project_context.settings.retry_policy,
        op_tags=project_context.settings.op_tags,
        hooks=project_context.settings.hooks,
    )
    def materialize(context: dg.AssetExecutionContext) -> Iterator[Any]:
        selected = _selected(project_context, context.selected_asset_keys)
        checked = _selected(
            project_context, {key.asset_key for key in context.selected_asset_check_keys}
        )
        looked_at = [resource for resource in checked if resource not in selected]
        plan_result = PlanResult()
        with refusals_stand(), project_context.servers(context.resources) as servers:
            if looked_at:
                options = replace(servers.options, selection=looked_at)
                plan_result = plan_for(
                    project_context.project, servers.clickhouse, options, kafka=servers.kafka
                )
                yield from project_context.check_results(plan_result, looked_at, servers)
            if selected:
                options = replace(servers.options, selection=selected, run_id=context.run.run_id)
                outcome = reconcile(
                    project_context.project,
                    servers.clickhouse,
                    options,
                    kafka=servers.kafka,
                    copied=copied_to(context.log),
                )
                log_recovery(context.log, outcome)
                both = [resource for resource in selected if resource in set(checked)]
                checks = project_context.check_results(outcome.after, both, servers)
                links = approval_links(project_context, outcome.after, context.run.tags)
                left = impacts_of(context, project_context, outcome.after, servers).whole()
                yield from _materialized(
                    project_context, outcome, selected, checks, {**links, **left}
                )
            raise_problems(plan_result)

    return materialize


def _observed(
    project_context: ProjectContext, resources: Sequence[ResourceId], name: str
) -> dg.AssetsDefinition:
    with beta():

        @dg.multi_observable_source_asset(
            name=name,
            specs=[project_context.specs[resource] for resource in resources],
            check_specs=_check_specs(project_context, resources),
            can_subset=True,
            required_resource_keys=project_context.resource_keys,
        )
        def observe(context: dg.AssetExecutionContext) -> Iterator[Any]:
            selected = _selected(project_context, context.selected_asset_keys)
            checked = _selected(
                project_context, {key.asset_key for key in context.selected_asset_check_keys}
            )
            with (
                asked_again(project_context.settings.retry_policy, context.retry_number),
                refusals_stand(),
                project_context.servers(context.resources) as servers,
            ):
                options = replace(servers.options, selection={*selected, *checked})
                plan_result = plan_for(
                    project_context.project, servers.clickhouse, options, kafka=servers.kafka
                )
                compared = set(plan_result.compared)
                for resource in (resource for resource in selected if resource in compared):
                    yield dg.ObserveResult(
                        asset_key=project_context.specs[resource].key,
                        metadata={
                            **facts_of(plan_result, resource),
                            **_live_columns(plan_result, resource),
                        },
                        data_version=live_version(plan_result, resource),
                    )
                yield from project_context.check_results(plan_result, checked, servers)
                raise_problems(plan_result)

    return observe


def _checked(
    project_context: ProjectContext, resources: Sequence[ResourceId], name: str
) -> dg.AssetChecksDefinition:
    """Return the checks alone, of assets that others declare."""

    @dg.multi_asset_check(
        name=name,
        specs=_check_specs(project_context, resources),
        can_subset=True,
        required_resource_keys=project_context.resource_keys,
        retry_policy=project_context.settings.retry_policy,
        op_tags=project_context.settings.op_tags,
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        keys = context.op_execution_context.selected_asset_check_keys
        checked = _selected(project_context, {key.asset_key for key in keys})
        with refusals_stand(), project_context.servers(context.resources) as servers:
            options = replace(servers.options, selection=checked)
            plan_result = plan_for(
                project_context.project, servers.clickhouse, options, kafka=servers.kafka
            )
            yield from project_context.check_results(plan_result, checked, servers)
            raise_problems(plan_result)

    return check


def live_version(plan_result: PlanResult, resource: ResourceId) -> dg.DataVersion:
    """Return the data version of a resource: the fingerprint of its live schema."""
    return dg.DataVersion(fingerprint_of([plan_result.live.get(resource)]))


def _live_columns(plan_result: PlanResult, resource: ResourceId) -> dict[str, dg.TableSchema]:
    """Return the columns that an external table has, whatever the code says: each event keeps those of its time."""
    live = plan_result.live.get(resource)
    return (
        {"dagster/column_schema": table_schema_of(live.columns)} if isinstance(live, Table) else {}
    )


def _materialized(
    project_context: ProjectContext,
    outcome: ReconcileResult,
    selected: Sequence[ResourceId],
    checks: Iterable[dg.AssetCheckResult],
    more: Mapping[str, dg.MetadataValue],
) -> Generator[Any]:
    """Yield everything healthy, then the checks of what is not, then raise."""
    unhealthy = _unhealthy(outcome, selected)
    for resource in selected:
        if resource not in unhealthy:
            yield dg.MaterializeResult(
                asset_key=project_context.specs[resource].key,
                metadata=_applied(outcome, resource),
                data_version=live_version(outcome.after, resource),
            )
    yield from checks
    failed = outcome.failures or outcome.unfinished or outcome.after.problems
    if unhealthy and (failed or project_context.settings.on_blocked == "fail"):
        raise _failure(outcome, unhealthy, more)


def _unhealthy(outcome: ReconcileResult, selected: Sequence[ResourceId]) -> dict[ResourceId, str]:
    compared = set(outcome.after.compared)
    unread = {
        resource: _why_unread(outcome, resource)
        for resource in selected
        if resource not in compared
    }
    reasons = {
        step.resource: step.reason for step in outcome.after.plan.with_verdict(Verdict.BLOCK)
    }
    left = {step.resource: step.reason for step in outcome.after.plan.with_verdict(Verdict.APPLY)}
    return {
        **reasons,
        **left,
        **unread,
        **{result.action.resource: result.error for result in outcome.failures},
    }


def _why_unread(outcome: ReconcileResult, resource: ResourceId) -> str:
    problems = [str(problem) for problem in outcome.after.problems]
    return next(
        (problem for problem in problems if problem.startswith(f"{resource}: ")),
        "could not be read",
    )


def _applied(outcome: ReconcileResult, resource: ResourceId) -> dict[str, dg.MetadataValue]:
    plan = outcome.before.plan
    actions = [action for action in plan.every_action if action.resource == resource]
    metadata = facts_of(outcome.after, resource)
    if actions:
        metadata["changes"] = differences_table(plan.of(resource))
        metadata["statements"] = statements_text(actions, outcome.names)
        results = [result for result in outcome.results if result.action.resource == resource]
        metadata |= done_metadata(results, outcome.names)
        metadata["milliseconds"] = dg.MetadataValue.int(
            sum(result.milliseconds for result in results)
        )
    return metadata


def _failure(
    outcome: ReconcileResult, unhealthy: dict[ResourceId, str], more: Mapping[str, dg.MetadataValue]
) -> dg.Failure:
    lost = lost_connection(outcome)
    more = {**more, **done_metadata(outcome.results, outcome.names)}
    if lost:
        # By this cause the sensor for servers that do not answer knows the run.
        raise dg.Failure(str(lost), metadata=more, allow_retries=True) from lost
    return dg.Failure(
        description="\n".join(named(resource, reason) for resource, reason in unhealthy.items()),
        metadata={**more, **plan_metadata(outcome.after.plan, outcome.names)},
        allow_retries=False,
    )


def _check_specs(
    project_context: ProjectContext, resources: Sequence[ResourceId]
) -> list[dg.AssetCheckSpec]:
    return [
        project_context.settings.checks.spec_for(project_context.project, resource)
        for resource in resources
    ]


def _selected(project_context: ProjectContext, keys: Iterable[dg.AssetKey]) -> list[ResourceId]:
    wanted = set(keys)
    return [resource for key, resource in project_context.resource_of.items() if key in wanted]


def _chunks(
    resources: Sequence[ResourceId], project_context: ProjectContext
) -> list[list[ResourceId]]:
    """Cut into ops; two keys that Dagster would give the same output name never share one."""
    chunks, names = list[list[ResourceId]](), list[set[str]]()
    for resource in resources:
        name = _word("__".join(project_context.specs[resource].key.path))
        place = next(
            (i for i in range(len(chunks) - 1, -1, -1) if _fits(chunks[i], names[i], name)), None
        )
        if place is None:
            chunks.append([])
            names.append(set())
            place = len(chunks) - 1
        chunks[place].append(resource)
        names[place].add(name)
    return chunks


def _fits(chunk: Sequence[ResourceId], names: set[str], name: str) -> bool:
    return len(chunk) < _MOST_PER_OP and name not in names


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", text)
