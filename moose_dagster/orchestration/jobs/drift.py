"""The job that only looks."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from moose_dagster.orchestration.checks import evaluation_of
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.log import named
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.orchestration.retries import raise_problems, refusals_stand
from moose_dagster.reconcile import plan_for

DRIFT = "drift"


def drift_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_drift`: every check of the project, reading only.

    An op looks at the whole project at once. A job that selects checks would carry the metadata of
    every asset a second time in what the web server loads (measured: 5.5 kB of 13 kB for a table of
    20 columns).
    """

    def drift_op(context: dg.OpExecutionContext) -> Iterator[Any]:
        life_cycles = project_context.project.desired.life_cycles
        holding_up = list[str]()
        with refusals_stand(), project_context.servers(context.resources) as servers:
            plan_result = plan_for(
                project_context.project, servers.clickhouse, servers.options, kafka=servers.kafka
            )
            read = set(plan_result.compared)
            looked_at = [resource for resource in project_context.specs if resource in read]
            for resource, result in zip(
                looked_at,
                project_context.check_results(plan_result, looked_at, servers),
                strict=True,
            ):
                yield evaluation_of(result)
                if project_context.settings.checks.holds_up(result, life_cycles[resource]):
                    holding_up.append(named(resource, result.description or ""))
            raise_problems(plan_result)
        if holding_up:
            raise dg.Failure("\n".join(holding_up), allow_retries=False)
        yield dg.Output(None)

    return job_of(
        project_context,
        DRIFT,
        drift_op,
        "Compare every resource with the code; nothing is written.",
        writes=False,
    )
