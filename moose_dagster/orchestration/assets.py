"""Managed resources as materialisable assets, external ones as observable assets; checks in the same op.

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
from moose_dagster.orchestration.done import done_metadata
from moose_dagster.orchestration.impact import impacts_of
from moose_dagster.orchestration.keys import is_elsewhere
from moose_dagster.orchestration.log import copied_to, log_settled, named
from moose_dagster.orchestration.metadata import differences_table, facts_of, plan_metadata, statements_text
from moose_dagster.orchestration.retries import asked_again, lost_connection, raise_problems, refusals_stand
from moose_dagster.orchestration.specs import table_schema_of
from moose_dagster.orchestration.wiring import Wiring
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.reconcile import Outcome, Survey, plan_for, reconcile
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import Table, TableId

# The load time of one op is quadratic in its assets; ops of 250 load 10,000 in seconds.
_MOST_PER_OP = 250


def asset_definitions(wiring: Wiring) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the ops of a project in chunks: streams apart from the rest, and each of managed, external, checked."""
    kinds_of_op = {"managed": _managed, "external": _observed, "checked": _checked}
    sorted_out = dict[str, list[ResourceId]]()
    for resource in wiring.specs:
        where = "tables" if isinstance(resource, TableId) else "streams"
        sorted_out.setdefault(f"{_kind_of_op(wiring, resource)}_{where}", []).append(resource)
    return [
        kinds_of_op[name.split("_")[0]](wiring, chunk, wiring.op_name(f"{_word(wiring.project.name)}_{name}_{number}"))
        for name, resources in sorted_out.items()
        for number, chunk in enumerate(_chunks(resources, wiring))
    ]


def _kind_of_op(wiring: Wiring, resource: ResourceId) -> str:
    if is_elsewhere(wiring.project, resource):
        return "checked"
    external = wiring.project.desired.life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
    return "external" if external else "managed"


def _managed(wiring: Wiring, resources: Sequence[ResourceId], name: str) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=name,
        specs=[wiring.specs[resource] for resource in resources],
        check_specs=_check_specs(wiring, resources),
        can_subset=True,
        required_resource_keys=wiring.resource_keys,
        pool=wiring.behaviour.pool,
        retry_policy=wiring.behaviour.retry_policy,
        op_tags=wiring.behaviour.op_tags,
        hooks=wiring.behaviour.hooks,
    )
    def materialise(context: dg.AssetExecutionContext) -> Iterator[Any]:
        selected = _selected(wiring, context.selected_asset_keys)
        checked = _selected(wiring, {key.asset_key for key in context.selected_asset_check_keys})
        looked_at = [resource for resource in checked if resource not in selected]
        survey = Survey()
        with refusals_stand(), wiring.servers(context.resources) as servers:
            if looked_at:
                options = replace(servers.options, selection=looked_at)
                survey = plan_for(wiring.project, servers.clickhouse, options, kafka=servers.kafka)
                yield from wiring.check_results(survey, looked_at, servers)
            if selected:
                options = replace(servers.options, selection=selected, run_id=context.run.run_id)
                outcome = reconcile(
                    wiring.project,
                    servers.clickhouse,
                    options,
                    kafka=servers.kafka,
                    copied=copied_to(context.log),
                )
                log_settled(context.log, outcome)
                both = [resource for resource in selected if resource in set(checked)]
                checks = wiring.check_results(outcome.after, both, servers)
                links = approval_links(wiring, outcome.after, context.run.tags)
                left = impacts_of(context, wiring, outcome.after, servers).whole()
                yield from _materialised(wiring, outcome, selected, checks, {**links, **left})
            raise_problems(survey)

    return materialise


def _observed(wiring: Wiring, resources: Sequence[ResourceId], name: str) -> dg.AssetsDefinition:
    with beta():

        @dg.multi_observable_source_asset(
            name=name,
            specs=[wiring.specs[resource] for resource in resources],
            check_specs=_check_specs(wiring, resources),
            can_subset=True,
            required_resource_keys=wiring.resource_keys,
        )
        def observe(context: dg.AssetExecutionContext) -> Iterator[Any]:
            selected = _selected(wiring, context.selected_asset_keys)
            checked = _selected(wiring, {key.asset_key for key in context.selected_asset_check_keys})
            with (
                asked_again(wiring.behaviour.retry_policy, context.retry_number),
                refusals_stand(),
                wiring.servers(context.resources) as servers,
            ):
                options = replace(servers.options, selection={*selected, *checked})
                survey = plan_for(wiring.project, servers.clickhouse, options, kafka=servers.kafka)
                compared = set(survey.compared)
                for resource in (resource for resource in selected if resource in compared):
                    yield dg.ObserveResult(
                        asset_key=wiring.specs[resource].key,
                        metadata={**facts_of(survey, resource), **_live_columns(survey, resource)},
                        data_version=live_version(survey, resource),
                    )
                yield from wiring.check_results(survey, checked, servers)
                raise_problems(survey)

    return observe


def _checked(wiring: Wiring, resources: Sequence[ResourceId], name: str) -> dg.AssetChecksDefinition:
    """Return the checks alone, of assets that others declare."""

    @dg.multi_asset_check(
        name=name,
        specs=_check_specs(wiring, resources),
        can_subset=True,
        required_resource_keys=wiring.resource_keys,
        retry_policy=wiring.behaviour.retry_policy,
        op_tags=wiring.behaviour.op_tags,
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        keys = context.op_execution_context.selected_asset_check_keys
        checked = _selected(wiring, {key.asset_key for key in keys})
        with refusals_stand(), wiring.servers(context.resources) as servers:
            options = replace(servers.options, selection=checked)
            survey = plan_for(wiring.project, servers.clickhouse, options, kafka=servers.kafka)
            yield from wiring.check_results(survey, checked, servers)
            raise_problems(survey)

    return check


def live_version(survey: Survey, resource: ResourceId) -> dg.DataVersion:
    """Return the data version of a resource: the fingerprint of its live schema."""
    return dg.DataVersion(fingerprint_of([survey.live.get(resource)]))


def _live_columns(survey: Survey, resource: ResourceId) -> dict[str, dg.TableSchema]:
    """Return the columns that an external table has, whatever the code says: each event keeps those of its time."""
    live = survey.live.get(resource)
    return {"dagster/column_schema": table_schema_of(live.columns)} if isinstance(live, Table) else {}


def _materialised(
    wiring: Wiring,
    outcome: Outcome,
    selected: Sequence[ResourceId],
    checks: Iterable[dg.AssetCheckResult],
    more: Mapping[str, dg.MetadataValue],
) -> Generator[Any]:
    """Yield everything healthy, then the checks of what is not, then raise."""
    unhealthy = _unhealthy(outcome, selected)
    for resource in selected:
        if resource not in unhealthy:
            yield dg.MaterializeResult(
                asset_key=wiring.specs[resource].key,
                metadata=_applied(outcome, resource),
                data_version=live_version(outcome.after, resource),
            )
    yield from checks
    failed = outcome.failures or outcome.unfinished or outcome.after.problems
    if unhealthy and (failed or wiring.behaviour.on_blocked == "fail"):
        raise _failure(outcome, unhealthy, more)


def _unhealthy(outcome: Outcome, selected: Sequence[ResourceId]) -> dict[ResourceId, str]:
    compared = set(outcome.after.compared)
    unread = {resource: _why_unread(outcome, resource) for resource in selected if resource not in compared}
    reasons = {step.resource: step.reason for step in outcome.after.plan.with_verdict(Verdict.BLOCK)}
    left = {step.resource: step.reason for step in outcome.after.plan.with_verdict(Verdict.APPLY)}
    return {**reasons, **left, **unread, **{result.action.resource: result.error for result in outcome.failures}}


def _why_unread(outcome: Outcome, resource: ResourceId) -> str:
    problems = [str(problem) for problem in outcome.after.problems]
    return next((problem for problem in problems if problem.startswith(f"{resource}: ")), "could not be read")


def _applied(outcome: Outcome, resource: ResourceId) -> dict[str, dg.MetadataValue]:
    plan = outcome.before.plan
    actions = [action for action in plan.every_action if action.resource == resource]
    metadata = facts_of(outcome.after, resource)
    if actions:
        metadata["changes"] = differences_table(plan.of(resource))
        metadata["statements"] = statements_text(actions, outcome.names)
        results = [result for result in outcome.results if result.action.resource == resource]
        metadata |= done_metadata(results, outcome.names)
        metadata["milliseconds"] = dg.MetadataValue.int(sum(result.milliseconds for result in results))
    return metadata


def _failure(outcome: Outcome, unhealthy: dict[ResourceId, str], more: Mapping[str, dg.MetadataValue]) -> dg.Failure:
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


def _check_specs(wiring: Wiring, resources: Sequence[ResourceId]) -> list[dg.AssetCheckSpec]:
    return [wiring.behaviour.checks.spec_for(wiring.project, resource) for resource in resources]


def _selected(wiring: Wiring, keys: Iterable[dg.AssetKey]) -> list[ResourceId]:
    wanted = set(keys)
    return [resource for key, resource in wiring.resource_of.items() if key in wanted]


def _chunks(resources: Sequence[ResourceId], wiring: Wiring) -> list[list[ResourceId]]:
    """Cut into ops; two keys that Dagster would give the same output name never share one."""
    chunks, names = list[list[ResourceId]](), list[set[str]]()
    for resource in resources:
        name = _word("__".join(wiring.specs[resource].key.path))
        place = next((i for i in range(len(chunks) - 1, -1, -1) if _fits(chunks[i], names[i], name)), None)
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
