"""A job of one op, as all of ours are: no graph of assets is planned, so that a quiet run costs next to nothing."""

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
        what: What it does, such as `reconcile`.
        body: What the op runs; its `config`, if it takes one, is that of the op.
        description: What the job says about itself.
        writes: Whether it waits for the pool.
    """
    settings = project_context.settings
    op = dg.op(
        name=project_context.op_name(what),
        required_resource_keys=project_context.resource_keys,
        # Nothing is kept of it by an IO manager.
        out=dg.Out(dg.Nothing),
        retry_policy=settings.retry_policy,
        tags=settings.op_tags,
        pool=settings.pool if writes else None,
    )(body)
    return dg.GraphDefinition(project_context.job_name(what), node_defs=[op]).to_job(  # pyright: ignore[reportUnknownMemberType] - Dagster leaves its config untyped
        executor_def=dg.in_process_executor, description=description, hooks=settings.hooks
    )
