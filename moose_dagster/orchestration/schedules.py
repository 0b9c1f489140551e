"""The schedule of a job, which is stopped by default."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from pydantic import ValidationError

from moose_dagster.orchestration.approval import RECONCILE
from moose_dagster.orchestration.effects import effects_of
from moose_dagster.orchestration.jobs.clone import CLONE
from moose_dagster.orchestration.jobs.reconcile import ReconcileConfig
from moose_dagster.orchestration.project_context import ProjectContext


def schedule_of(
    project_context: ProjectContext, job: dg.JobDefinition, cron: str
) -> dg.ScheduleDefinition:
    """Return the schedule of *job*. The one of `moose_reconcile` applies, and prunes if told so.

    Raises:
        ValueError: `reconcile_config` is not a config of the op.
    """
    settings = project_context.settings
    run_config: dict[str, object] | None = None
    description: str | None = None
    if job.name == project_context.job_name(RECONCILE):
        given = {"dry_run": False, **_checked(settings.reconcile_config)}
        run_config = {"ops": {project_context.op_name(RECONCILE): {"config": given}}}
        config = ReconcileConfig.model_validate(given)
        description = effects_of(
            project_context.project, dry_run=config.dry_run, prune=config.prune
        )
    if job.name == project_context.job_name(CLONE):
        op_config = {"config": {"older_than_days": settings.clone_days}}
        run_config = {"ops": {project_context.op_name(CLONE): op_config}}
    return dg.ScheduleDefinition(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        run_config=run_config,
        description=description,
        execution_timezone=settings.time_zone or None,
        default_status=dg.DefaultScheduleStatus[settings.schedule_status],
    )


def _checked(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *config*, which is one of the op: Dagster itself would only check it in a tick."""
    unknown = ", ".join(sorted({*config} - {*ReconcileConfig.model_fields}))
    if unknown:
        names = ", ".join(ReconcileConfig.model_fields)
        raise ValueError(
            f"DefinitionsSettings.reconcile_config: {unknown}: no such field; there are {names}."
        )
    try:
        ReconcileConfig(**config)
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        raise ValueError(f"DefinitionsSettings.reconcile_config: {faults}.") from error
    return config
