"""The job that validates dead letters again, and loads those that pass."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.load import LoadOptions, ReplayedQueue, replay_messages
from moose_dagster.orchestration.jobs.load import both_of, selection_of
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.metadata import table_of
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.state.counting import counted

REPLAY = "replay"


class ReplayConfig(dg.Config):
    """The config of `moose_replay`: which dead letters, and whether they are loaded."""

    dry_run: bool = Field(
        default=True, description="Only show which dead letters would pass; load none of them."
    )
    selection: list[str] = Field(
        default=[],
        description="Only those of these tables (database.name) and topics; empty for all.",
    )


def replay_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_replay`. It observes the queues, and loads only with `dry_run: false`."""

    def replay_op(context: dg.OpExecutionContext, config: ReplayConfig) -> Iterator[Any]:
        with project_context.session(context) as servers:
            clickhouse, kafka = both_of(servers, "a replay")
            run = replace(
                servers.options,
                selection=selection_of(project_context, config.selection),
                run_id=context.run.run_id,
            )
            result = replay_messages(
                project_context.project,
                clickhouse,
                kafka,
                LoadOptions(run=run),
                apply=not config.dry_run,
            )
        if result.problems:
            raise dg.Failure("\n".join(result.problems), allow_retries=False)
        for queue in result.queues:
            for error in queue.errors:
                context.log.info(error)
        loaded = sum(queue.loaded for queue in result.queues)
        context.log.info(f"{counted(loaded, 'dead letter')} loaded")
        rows = [_row(queue) for queue in result.queues]
        metadata: dict[str, dg.MetadataValue] = {"loaded": dg.MetadataValue.int(loaded)}
        if rows:
            metadata["queues"] = table_of(rows, tuple(rows[0]))
        yield dg.Output(None, metadata=metadata)

    return job_of(
        project_context,
        REPLAY,
        replay_op,
        "Validate dead letters again, and load those that pass.",
    )


def _row(queue: ReplayedQueue) -> dict[str, str]:
    return {
        "queue": str(queue.queue),
        "table": str(queue.table),
        "passing": str(queue.passing),
        "failing": str(queue.failing),
        "loaded": str(queue.loaded),
        "errors": "; ".join(queue.errors),
    }
