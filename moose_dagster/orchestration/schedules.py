"""A schedule for each job, stopped until somebody starts it."""

from typing import Any

import dagster as dg

from moose_dagster.orchestration.approval import RECONCILE
from moose_dagster.orchestration.wiring import Wiring


def reconcile_schedule(wiring: Wiring, job: dg.JobDefinition, cron: str) -> dg.ScheduleDefinition:
    """Return the schedule that really reconciles; nothing is dropped, for `prune` stays off."""
    return dg.ScheduleDefinition(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        run_config={"ops": {wiring.op_name(RECONCILE): {"config": {"dry_run": False}}}},
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def drift_schedule(job: Any, cron: str) -> dg.ScheduleDefinition:  # noqa: ANN401 - an unresolved asset job
    """Return the schedule that only looks."""
    return dg.ScheduleDefinition(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def purge_schedule(job: dg.JobDefinition, cron: str) -> dg.ScheduleDefinition:
    """Return the schedule that removes for good what has expired in the trash."""
    return dg.ScheduleDefinition(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
