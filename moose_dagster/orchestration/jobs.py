"""The job that reconciles a whole project, and the job that only looks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.orchestration.assets import live_version
from moose_dagster.orchestration.checks import NAME
from moose_dagster.orchestration.keys import asset_key_for
from moose_dagster.orchestration.metadata import facts_of, plan_metadata
from moose_dagster.orchestration.wiring import Servers, Wiring
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Action, Plan, TopicAction
from moose_dagster.reconcile import Options, Outcome, Survey, plan_for, reconcile
from moose_dagster.report.rows import summary_of
from moose_dagster.state.resources import ResourceId

RECONCILE, DRIFT = "moose_reconcile", "moose_drift"
RECONCILE_OP = "reconcile"


class ReconcileConfig(dg.Config):
    """What one run of the job may do; as it stands it only looks."""

    dry_run: bool = Field(default=True, description="Show the plan and change nothing.")
    prune: bool = Field(default=False, description="Drop what left the code: tables into the trash, topics for good.")
    selection: list[str] = Field(
        default=[], description="Only these, as database.table, topic or asset key; empty for the whole project."
    )
    allow_mass_removal: bool = Field(default=False, description="Allow dropping more than half of the project.")
    recreate_topics: bool = Field(default=False, description="Allow deleting topics with messages to shrink them.")
    fail_on_blocked: bool = Field(default=False, description="Fail the run when something is blocked.")


def reconcile_job(wiring: Wiring) -> dg.JobDefinition:
    """Return the job `moose_reconcile`: silent about what did not change."""

    @dg.op(name=RECONCILE_OP, required_resource_keys=wiring.resource_keys, out=dg.Out(dg.Nothing), pool="moose_dagster")
    def reconcile_op(context: dg.OpExecutionContext, config: ReconcileConfig) -> None:
        with wiring.servers(context.resources) as servers:
            options = _options(wiring, config, servers, context.run_id)
            plan = (_look if config.dry_run else _act)(context, wiring, servers, options)
        _report_blocked(context, plan, config)

    return dg.GraphDefinition(RECONCILE, node_defs=[reconcile_op]).to_job(
        executor_def=dg.in_process_executor, description="Bring the servers to what the code says."
    )


def drift_job(wiring: Wiring) -> Any:  # noqa: ANN401 - Dagster's type of unresolved jobs has no public name
    """Return the job `moose_drift`: every check of the project, reading only."""
    keys = [spec.key for spec in wiring.specs.values()]
    return dg.define_asset_job(  # pyright: ignore[reportUnknownMemberType] - Dagster leaves its partitions untyped
        DRIFT,
        selection=dg.AssetSelection.checks(*(dg.AssetCheckKey(key, NAME) for key in keys)),
        executor_def=dg.in_process_executor,
        description="Compare every resource with the code; nothing is written.",
    )


def _look(context: dg.OpExecutionContext, wiring: Wiring, servers: Servers, options: Options) -> Plan:
    survey = plan_for(wiring.project, servers.clickhouse, options, kafka=servers.kafka)
    _log_plan(context, "dry run", survey.plan)
    for resource in dict.fromkeys(step.resource for step in survey.plan.steps):
        context.log_event(_observation(survey, resource))
    _raise_problems(survey)
    return survey.plan


def _act(context: dg.OpExecutionContext, wiring: Wiring, servers: Servers, options: Options) -> Plan:
    def show(action: Action | TopicAction) -> None:
        context.log.info(f"{action.route.value} {action.resource}: {len(action.steps)} changes")

    outcome = reconcile(wiring.project, servers.clickhouse, options, kafka=servers.kafka, progress=show)
    _log_plan(context, "planned", outcome.before.plan)
    for event in _changed(wiring, outcome):
        context.log_event(event)
    _raise_failures(outcome)
    return outcome.after.plan


def _options(wiring: Wiring, config: ReconcileConfig, servers: Servers, run_id: str) -> Options:
    names = {str(resource): resource for resource in wiring.specs}
    names |= {spec.key.to_user_string(): resource for resource, spec in wiring.specs.items()}
    unknown = [name for name in config.selection if name not in names]
    if unknown:
        known = ", ".join(sorted(map(str, wiring.specs))[:20])
        raise dg.Failure(
            f"selection: the project declares no {', '.join(unknown)}; it has {known}.", allow_retries=False
        )
    return replace(
        servers.options,
        selection=[names[name] for name in config.selection] or None,
        prune=config.prune,
        allow_mass_removal=config.allow_mass_removal,
        recreate_topics=config.recreate_topics,
        run_id=run_id,
    )


def _log_plan(context: dg.OpExecutionContext, word: str, plan: Plan) -> None:
    if plan.steps or plan.notes:
        context.add_output_metadata(plan_metadata(plan))
    context.log.info(f"{word}: {summary_of(plan)}")


def _observation(survey: Survey, resource: ResourceId) -> dg.AssetObservation:
    plan = Plan(
        steps=survey.plan.of(resource),
        actions=tuple(action for action in survey.plan.actions if action.resource == resource),
        topic_actions=tuple(action for action in survey.plan.topic_actions if action.resource == resource),
    )
    return dg.AssetObservation(asset_key_for(resource), metadata={**facts_of(survey, resource), **plan_metadata(plan)})


def _changed(wiring: Wiring, outcome: Outcome) -> Iterator[dg.AssetMaterialization]:
    failed = {result.action.resource for result in outcome.failures}
    for result in outcome.results:
        resource = result.action.resource
        if resource in failed or resource not in wiring.specs or result.action.target is None:
            continue
        # Without the code version the next change of the code would never be shown as stale.
        yield dg.AssetMaterialization(
            wiring.specs[resource].key,
            metadata={
                **facts_of(outcome.after, resource),
                "milliseconds": dg.MetadataValue.int(result.milliseconds),
                **plan_metadata(Plan(steps=outcome.before.plan.of(resource))),
            },
            tags={
                "dagster/data_version": live_version(outcome.after, resource).value,
                "dagster/code_version": str(wiring.specs[resource].code_version),
            },
        )


def _raise_problems(survey: Survey) -> None:
    if survey.problems:
        raise survey.problems[0]


def _raise_failures(outcome: Outcome) -> None:
    _raise_problems(outcome.after)
    lines = [f"{result.action.resource}: {result.error}" for result in outcome.failures]
    lines += outcome.unfinished
    if lines:
        raise dg.Failure("\n".join(lines), metadata=plan_metadata(outcome.after.plan), allow_retries=False)


def _report_blocked(context: dg.OpExecutionContext, plan: Plan, config: ReconcileConfig) -> None:
    blocked = [step.reason for step in plan.with_verdict(Verdict.BLOCK)]
    for reason in blocked:
        context.log.warning(f"blocked: {reason}")
    if blocked and config.fail_on_blocked:
        raise dg.Failure("\n".join(blocked), metadata=plan_metadata(plan), allow_retries=False)
