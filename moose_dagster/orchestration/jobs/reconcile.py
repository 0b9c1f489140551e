"""The job that reconciles a whole project."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import dagster as dg
from pydantic import Field

from moose_dagster.ddl.names import Names
from moose_dagster.orchestration.approval import RECONCILE, approval_links
from moose_dagster.orchestration.impact import impacts_of
from moose_dagster.orchestration.jobs.events import catch_up_events, changed
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.log import copied_to, log_recovery
from moose_dagster.orchestration.metadata import done_metadata, facts_of, plan_metadata
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.orchestration.retries import lost_connection, raise_problems, refusals_stand
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import AnyAction, Plan
from moose_dagster.reconcile import Options, ReconcileResult, plan_for, reconcile
from moose_dagster.report.rows import summary_of
from moose_dagster.state.counting import counted

Metadata: TypeAlias = Mapping[str, dg.MetadataValue]


class ReconcileConfig(dg.Config):
    """What one run of the job may do; as it stands it only looks."""

    dry_run: bool = Field(default=True, description="Show the plan and change nothing.")
    adopt: bool = Field(
        default=False,
        description="Say that what the project meets for the first time is its own, losses included.",
    )
    approve: list[str] = Field(
        default=[],
        description="Approvals that steps wait for, where the project asks for them.",
    )
    prune: bool = Field(
        default=False,
        description="Drop what left the code: tables into the trash, topics and views for good.",
    )
    selection: list[str] = Field(
        default=[],
        description="Only these, as database.name, topic or asset key; empty for the whole project.",
    )
    allow_mass_removal: bool = Field(
        default=False, description="Allow dropping more than half of the project."
    )
    recreate_topics: bool = Field(
        default=False, description="Allow deleting topics with messages to shrink them."
    )
    fail_on_blocked: bool = Field(
        default=False, description="Fail the run when something is blocked."
    )


def reconcile_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_reconcile`: silent about what did not change."""

    def reconcile_op(context: dg.OpExecutionContext, config: ReconcileConfig) -> Iterator[Any]:
        # Yielded, for what is only logged is lost when the op fails afterwards.
        with refusals_stand(), project_context.servers(context.resources) as servers:
            options = _options(project_context, config, servers, context.run.run_id)
            plan, metadata = yield from (_look if config.dry_run else _act)(
                context, project_context, servers, options
            )
        _report_blocked(context, plan, metadata, config)
        yield dg.Output(None, metadata=metadata)

    return job_of(
        project_context, RECONCILE, reconcile_op, "Bring the servers to what the code says."
    )


def _look(
    context: dg.OpExecutionContext,
    project_context: ProjectContext,
    servers: Servers,
    options: Options,
) -> Generator[Any, None, tuple[Plan, Metadata]]:
    plan_result = plan_for(
        project_context.project, servers.clickhouse, options, kafka=servers.kafka
    )
    context.log.info(f"dry run: {summary_of(plan_result.plan)}")
    names, links = (
        Names(options.trash_database),
        approval_links(project_context, plan_result, context.run.tags),
    )
    impacts = impacts_of(context, project_context, plan_result, servers)
    for resource, plan in plan_result.plan.apart().items():
        if resource in project_context.specs:
            link = f"approve {resource}"
            more = {link: links[link]} if link in links else {}
            shown = {
                **more,
                **facts_of(plan_result, resource),
                **impacts.of(resource),
                **plan_metadata(plan, names),
            }
            yield dg.AssetObservation(project_context.specs[resource].key, metadata=shown)
    raise_problems(plan_result)
    # The link first: Dagster cuts a long message off in a run.
    return plan_result.plan, {**links, **impacts.whole(), **plan_metadata(plan_result.plan, names)}


def _act(
    context: dg.OpExecutionContext,
    project_context: ProjectContext,
    servers: Servers,
    options: Options,
) -> Generator[Any, None, tuple[Plan, Metadata]]:
    def show(action: AnyAction) -> None:
        context.log.info(
            f"{action.route.value} {action.resource}: {counted(len(action.steps), 'change')}"
        )

    outcome = reconcile(
        project_context.project,
        servers.clickhouse,
        options,
        kafka=servers.kafka,
        progress=show,
        copied=copied_to(context.log),
    )
    log_recovery(context.log, outcome)
    context.log.info(f"planned: {summary_of(outcome.before.plan)}")
    yield from changed(project_context, outcome, servers)
    yield from catch_up_events(project_context, outcome, context.instance)
    # What is left to decide about, as it is now.
    left = impacts_of(context, project_context, outcome.after, servers).whole()
    more = {**done_metadata(outcome.results, outcome.names), **left}
    _raise_failures(outcome, more)
    links = approval_links(project_context, outcome.after, context.run.tags)
    return outcome.before.plan, {
        **links,
        **more,
        **plan_metadata(outcome.before.plan, outcome.names),
    }


def _options(
    project_context: ProjectContext, config: ReconcileConfig, servers: Servers, run_id: str
) -> Options:
    names = {str(resource): resource for resource in project_context.specs}
    names |= {
        spec.key.to_user_string(): resource for resource, spec in project_context.specs.items()
    }
    unknown = [name for name in config.selection if name not in names]
    if unknown:
        known = ", ".join(sorted(map(str, project_context.specs))[:20])
        raise dg.Failure(
            f"selection: the project declares no {', '.join(unknown)}; it has {known}.",
            allow_retries=False,
        )
    return replace(
        servers.options,
        selection=[names[name] for name in config.selection] or None,
        adopt=config.adopt,
        approve=config.approve,
        prune=config.prune,
        allow_mass_removal=config.allow_mass_removal,
        recreate_topics=config.recreate_topics,
        run_id=run_id,
    )


def _raise_failures(outcome: ReconcileResult, more: Metadata) -> None:
    lines = [f"{result.action.resource}: {result.error}" for result in outcome.failures]
    lines += outcome.unfinished
    # A server that was away hides nothing that the other one refused.
    problems = (*outcome.before.problems, *outcome.after.problems)
    lines += dict.fromkeys(map(str, problems))
    if lines:
        metadata = {**more, **plan_metadata(outcome.after.plan, outcome.names)}
        lost = lost_connection(outcome)
        cause = lost or next(iter(problems), None)
        raise dg.Failure(
            "\n".join(lines), metadata=metadata, allow_retries=lost is not None
        ) from cause


def _report_blocked(
    context: dg.OpExecutionContext, plan: Plan, metadata: Metadata, config: ReconcileConfig
) -> None:
    blocked = [step.reason for step in plan.with_verdict(Verdict.BLOCK)]
    for reason in blocked:
        context.log.warning(f"blocked: {reason}")
    if blocked and config.fail_on_blocked:
        raise dg.Failure("\n".join(blocked), metadata=metadata, allow_retries=False)
