"""A job of one op: Dagster plans no asset graph, so an idle run takes 0.3 s."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from moose_dagster.orchestration.project_context import ProjectContext


def job_of(
    project_context: ProjectContext,
    what: str,
    body: Callable[..., Iterator[Any]],
    description: str,
    *,
    writes: bool = True,
) -> dg.JobDefinition:
    """Return the job `<prefix>_<what>` of one op, in the process of its run.

    Args:
        project_context: The project.
        what: The name of the op, such as `reconcile`.
        body: The function of the op; if it has a parameter `config`, that is the op's config.
        description: The description of the job.
        writes: Whether the op writes, and so waits for the pool.
    """
    settings = project_context.settings
    op = dg.op(
        name=project_context.op_name(what),
        required_resource_keys=project_context.resource_keys,
        # No IO manager stores anything of it.
        out=dg.Out(dg.Nothing),
        tags=settings.op_tags,
        pool=settings.pool if writes else None,
    )(body)
    return dg.GraphDefinition(project_context.job_name(what), node_defs=[op]).to_job(  # pyright: ignore[reportUnknownMemberType] - untyped in Dagster
        executor_def=dg.in_process_executor,
        description=description,
        hooks=settings.hooks,
        tags=settings.job_tags,
    )
