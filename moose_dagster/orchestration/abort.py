"""The job that gives up rebuilds which an earlier run did not end."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.orchestration.trash import ledger_of, table_named
from moose_dagster.orchestration.wiring import Wiring
from moose_dagster.reconcile import abort

ABORT = "abort"


class AbortConfig(dg.Config):
    """Whose rebuilds are given up."""

    tables: list[str] = Field(default=[], description="Only those of these database.table; empty for all.")


def abort_job(wiring: Wiring) -> dg.JobDefinition:
    """Return the job `…_abort`: without it, the next reconcile goes on with what was interrupted."""

    @dg.op(
        name=wiring.op_name(ABORT),
        required_resource_keys=wiring.resource_keys,
        out=dg.Out(dg.Nothing),
        retry_policy=wiring.behaviour.retry_policy,
        pool="moose_dagster",
    )
    def abort_op(context: dg.OpExecutionContext, config: AbortConfig) -> Iterator[Any]:
        tables = [table_named(name, "tables") for name in config.tables]
        with ledger_of(wiring, context) as (clickhouse, options):
            aborted = abort(wiring.project, clickhouse, options, tables=tables or None)
        for sentence in aborted.undone or ("no rebuild is interrupted",):
            context.log.info(sentence)
        if aborted.refused:
            raise dg.Failure("\n".join(aborted.refused), allow_retries=False)
        yield dg.Output(None, metadata={"undone": dg.MetadataValue.int(len(aborted.undone))})

    return dg.GraphDefinition(wiring.job_name(ABORT), node_defs=[abort_op]).to_job(  # pyright: ignore[reportUnknownMemberType] - as in jobs.py
        executor_def=dg.in_process_executor, description="Give up rebuilds that an earlier run did not end."
    )
