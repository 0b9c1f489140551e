"""The job that reconciles a whole project."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import dagster as dg
from pydantic import Field

from moose_dagster.ddl.names import Names
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.approval import RECONCILE, approval_links
from moose_dagster.orchestration.effects import effects_of
from moose_dagster.orchestration.impact import impacts_of
from moose_dagster.orchestration.jobs.events import asset_events, check_events
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.log import log_recovery, logged_run
from moose_dagster.orchestration.metadata import done_metadata, facts_of, plan_metadata
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.orchestration.retries import lost_connection, raise_problems
from moose_dagster.orchestration.staleness import version_tags
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation import Options, ReconcileResult, plan_for, reconcile
from moose_dagster.report.rows import summary_of

Metadata: TypeAlias = Mapping[str, dg.MetadataValue]


class ReconcileConfig(dg.Config):
    """The config of `moose_reconcile`: what one run may do. By default it only shows the plan."""

    dry_run: bool = Field(default=True, description="Show the plan and change nothing.")
    adopt: bool = Field(
        default=False,
        description="Adopt the live resources that the ledger does not know yet, losses included.",
    )
    approve: list[str] = Field(
        default=[],
        description="The approvals of steps, if the project has approval=True.",
    )
    prune: bool = Field(
        default=False,
        description="Drop what left the code: tables into the trash, topics and views for good.",
    )
    selection: list[str] = Field(
        default=[],
        description="Only these resources, as database.name, topic or asset key; empty for all.",
    )
    allow_mass_removal: bool = Field(
        default=False, description="Allow dropping more than half of the project."
    )
    recreate_topics: bool = Field(
        default=False, description="Allow deleting topics with messages to shrink them."
    )


def reconcile_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_reconcile`, which records only what has changed."""

    def reconcile_op(context: dg.OpExecutionContext, config: ReconcileConfig) -> Iterator[Any]:
        # Events are yielded: those that are only logged are lost if the op fails afterwards.
        with project_context.session(context) as servers:
            options = _options(project_context, config, servers, context.run.run_id)
            plan, metadata = yield from (_look if config.dry_run else _act)(
                context, project_context, servers, options
            )
        fails = not config.dry_run and project_context.settings.on_blocked == "fail"
        _report_blocked(context, plan, metadata, fails=fails)
        yield dg.Output(None, metadata=metadata)

    applied = effects_of(project_context.project, dry_run=False, prune=False)
    return job_of(
        project_context,
        RECONCILE,
        reconcile_op,
        "Compares the servers with what the code declares. With its default config it shows the "
        f"plan and changes nothing. With `dry_run: false`:\n\n{applied}",
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
    names = Names(options.trash_database)
    links = approval_links(project_context, plan_result, context.run.tags)
    impacts = impacts_of(context, project_context, plan_result, servers)
    life_cycles = project_context.project.desired.life_cycles
    for resource, plan in plan_result.plan.apart().items():
        if resource in project_context.specs:
            link = f"approve {resource}"
            shown = {
                **({link: links[link]} if link in links else {}),
                **facts_of(plan_result, resource),
                **impacts.of(resource),
                **plan_metadata(plan, names, impacts.found),
            }
            is_external = life_cycles[resource] is LifeCycle.EXTERNALLY_MANAGED
            tags = version_tags(plan_result, resource) if is_external else None
            yield dg.AssetObservation(
                project_context.specs[resource].key, metadata=shown, tags=tags
            )
    yield from check_events(project_context, plan_result, servers, context.run.tags)
    raise_problems(plan_result)
    # The links come first, because Dagster cuts off long messages.
    shown = plan_metadata(plan_result.plan, names, impacts.found)
    return plan_result.plan, {**links, **shown, **impacts.whole()}


def _act(
    context: dg.OpExecutionContext,
    project_context: ProjectContext,
    servers: Servers,
    options: Options,
) -> Generator[Any, None, tuple[Plan, Metadata]]:
    with logged_run(context.log) as callbacks:
        outcome = reconcile(
            project_context.project,
            servers.clickhouse,
            options,
            kafka=servers.kafka,
            callbacks=callbacks,
        )
    log_recovery(context.log, outcome)
    context.log.info(f"left: {summary_of(outcome.after.plan)}")
    yield from asset_events(project_context, outcome, context.instance)
    yield from check_events(project_context, outcome.after, servers, context.run.tags)
    # Of what still differs after this run.
    impact = impacts_of(context, project_context, outcome.after, servers).whole()
    metadata = {**done_metadata(outcome.results, outcome.names), **impact}
    _raise_failures(outcome, metadata)
    links = approval_links(project_context, outcome.after, context.run.tags)
    return outcome.after.plan, {
        **links,
        **metadata,
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
            f"selection: the project does not declare {', '.join(unknown)}; it declares {known}.",
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


def _raise_failures(outcome: ReconcileResult, metadata: Metadata) -> None:
    lines = [f"{result.action.resource}: {result.error}" for result in outcome.failures]
    lines += outcome.unfinished
    # A server that does not answer must not hide what the other one refused.
    problems = (*outcome.before.problems, *outcome.after.problems)
    lines += dict.fromkeys(map(str, problems))
    if lines:
        lost = lost_connection(outcome)
        raise dg.Failure(
            "\n".join(lines),
            metadata={**metadata, **plan_metadata(outcome.after.plan, outcome.names)},
            allow_retries=lost is not None,
        ) from (lost or next(iter(problems), None))


def _report_blocked(
    context: dg.OpExecutionContext, plan: Plan, metadata: Metadata, *, fails: bool
) -> None:
    """Log what is blocked, and fail the run if it *fails* for that."""
    blocked = [step.reason for step in plan.with_verdict(Verdict.BLOCK)]
    for reason in blocked:
        context.log.warning(f"blocked: {reason}")
    if blocked and fails:
        raise dg.Failure("\n".join(blocked), metadata=metadata, allow_retries=False)
