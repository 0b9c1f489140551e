"""The schedule of a job, which is stopped until somebody starts it."""

import dagster as dg

from moose_dagster.orchestration.approval import RECONCILE
from moose_dagster.orchestration.project_context import ProjectContext


def schedule_of(
    project_context: ProjectContext, job: dg.JobDefinition, cron: str
) -> dg.ScheduleDefinition:
    """Return the schedule of *job*. The one of `moose_reconcile` applies, but never prunes."""
    run_config: dict[str, object] | None = None
    if job.name == project_context.job_name(RECONCILE):
        op_config = {"config": {"dry_run": False}}
        run_config = {"ops": {project_context.op_name(RECONCILE): op_config}}
    return dg.ScheduleDefinition(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        run_config=run_config,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
