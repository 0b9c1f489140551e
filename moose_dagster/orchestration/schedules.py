"""A schedule for a job, stopped until somebody starts it."""

import dagster as dg

from moose_dagster.orchestration.approval import RECONCILE
from moose_dagster.orchestration.project_context import ProjectContext


def schedule_of(
    project_context: ProjectContext, job: dg.JobDefinition, cron: str
) -> dg.ScheduleDefinition:
    """Return the schedule of *job*; the one that reconciles drops nothing, for `prune` stays off."""
    acts = job.name == project_context.job_name(RECONCILE)
    return dg.ScheduleDefinition(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        run_config={"ops": {project_context.op_name(RECONCILE): {"config": {"dry_run": False}}}}
        if acts
        else None,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
