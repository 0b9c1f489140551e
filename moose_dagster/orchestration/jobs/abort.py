"""The job that gives up interrupted rebuilds."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.jobs.trash import ledger_of, table_named
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.reconciliation import abort

ABORT = "abort"


class AbortConfig(dg.Config):
    """The config of `moose_abort`: which rebuilds to give up."""

    tables: list[str] = Field(
        default=[],
        description="Only the rebuilds of these tables, as database.table; empty for all.",
    )


def abort_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_abort`. Without it, the next reconcile continues interrupted rebuilds."""

    def abort_op(context: dg.OpExecutionContext, config: AbortConfig) -> Iterator[Any]:
        tables = [table_named(name, "tables") for name in config.tables]
        with ledger_of(project_context, context) as (clickhouse, options):
            aborted = abort(project_context.project, clickhouse, options, tables=tables or None)
        for sentence in aborted.undone or ("no rebuild is interrupted",):
            context.log.info(sentence)
        if aborted.refused:
            raise dg.Failure("\n".join(aborted.refused), allow_retries=False)
        yield dg.Output(None, metadata={"undone": dg.MetadataValue.int(len(aborted.undone))})

    return job_of(
        project_context,
        ABORT,
        abort_op,
        "Give up interrupted rebuilds; their tables stay as they were.",
    )
