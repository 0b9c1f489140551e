"""The job that evaluates every drift check and writes nothing."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from moose_dagster.orchestration.approval import with_approval_links
from moose_dagster.orchestration.checks import evaluation_of
from moose_dagster.orchestration.external_assets import changed_observation
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.log import named
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.orchestration.retries import raise_problems

DRIFT = "drift"


def drift_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_drift`: one op that evaluates every check of the project.

    A job that selects checks would carry the metadata of every asset a second time in what the web
    server loads (measured: 5.5 kB of 13 kB for a table of 20 columns).
    """

    def drift_op(context: dg.OpExecutionContext) -> Iterator[Any]:
        life_cycles = project_context.project.desired.life_cycles
        blocking = list[str]()
        with project_context.session(context) as servers:
            plan_result = project_context.plan(servers)
            compared = set(plan_result.compared)
            checked = [resource for resource in project_context.specs if resource in compared]
            found = project_context.check_results(plan_result, checked, servers)
            results = with_approval_links(found, project_context, plan_result, context.run.tags)
            for resource, result in zip(checked, results, strict=True):
                yield from changed_observation(
                    project_context, plan_result, resource, context.instance
                )
                yield evaluation_of(result)
                if project_context.settings.checks.blocks(result, life_cycles[resource]):
                    blocking.append(named(resource, result.description or ""))
            raise_problems(plan_result)
        if blocking:
            raise dg.Failure("\n".join(blocking), allow_retries=False)
        yield dg.Output(None)

    return job_of(
        project_context,
        DRIFT,
        drift_op,
        "Compare every resource with the code; nothing is written.",
        writes=False,
    )
