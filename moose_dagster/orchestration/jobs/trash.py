"""The jobs that bring tables back out of the trash and remove for good what has expired there."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.orchestration.retries import refusals_stand
from moose_dagster.reconcile import Options, Restored, TrashEntry, purge, restore
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId, ViewId

RESTORE, PURGE = "restore", "purge"
_MOST_ROWS = 200


class RestoreConfig(dg.Config):
    """What is brought back: exactly one of `resource` and `entry`."""

    resource: str = Field(
        default="",
        description="The database.table whose newest entry in the trash is brought back.",
    )
    entry: str = Field(
        default="", description="The name in the trash of the entry that is brought back."
    )
    restore_as: str = Field(
        default="",
        description="Another database.table to bring it back as, which must be free; else its own name.",
    )


class PurgeConfig(dg.Config):
    """What is removed for good."""

    entries: list[str] = Field(
        default=[],
        description="Names in the trash, expired or not; empty for everything that has expired.",
    )


def restore_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_restore`: what stands under the name gives way into the trash."""

    def restore_op(context: dg.OpExecutionContext, config: RestoreConfig) -> Iterator[Any]:
        wanted, name = _wanted(config), _name(config)
        with ledger_of(project_context, context) as (clickhouse, options):
            restored = restore(project_context.project, clickhouse, wanted, options, name=name)
        context.log.info(f"restored {restored.entry.what.name.name} as {restored.name}")
        metadata = _of_restored(restored)
        resource = _declared(project_context, restored.name)
        if resource is not None:
            context.log.warning(
                f"the next reconcile brings {resource} to what the code says; change the code first."
            )
            yield dg.AssetObservation(project_context.specs[resource].key, metadata=metadata)
        yield dg.Output(None, metadata=metadata)

    return job_of(project_context, RESTORE, restore_op, "Bring a table back out of the trash.")


def purge_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_purge`: nothing that has not expired goes unless it is named."""

    def purge_op(context: dg.OpExecutionContext, config: PurgeConfig) -> Iterator[Any]:
        with ledger_of(project_context, context) as (clickhouse, options):
            removed = purge(
                project_context.project, clickhouse, options, wanted=config.entries or None
            )
        context.log.info(f"removed {counted(len(removed), 'table')} from the trash")
        yield dg.Output(None, metadata=_of_removed(removed))

    return job_of(
        project_context, PURGE, purge_op, "Remove for good what has expired in the trash."
    )


@contextmanager
def ledger_of(
    project_context: ProjectContext, context: dg.OpExecutionContext
) -> Generator[tuple[ClickHouse, Options]]:
    """Connect to the server that keeps the ledger; refusals stand."""
    with refusals_stand(), project_context.servers(context.resources) as servers:
        if servers.clickhouse is None:
            raise dg.Failure(
                "the project names no ClickHouse, and so there is no ledger.", allow_retries=False
            )
        yield servers.clickhouse, replace(servers.options, run_id=context.run.run_id)


def table_named(name: str, option: str) -> TableId:
    """Return the table that *name*, the value of *option*, means."""
    table = TableId.parse(name)
    if table is None:
        raise dg.Failure(f"{option}: {name} is no name; write database.table.", allow_retries=False)
    return table


def _wanted(config: RestoreConfig) -> str:
    if bool(config.resource) == bool(config.entry):
        raise dg.Failure(
            "give exactly one of resource (database.table) and entry.", allow_retries=False
        )
    return config.resource or config.entry


def _name(config: RestoreConfig) -> TableId | None:
    if not config.restore_as:
        return None
    return table_named(config.restore_as, "restore_as")


def _declared(project_context: ProjectContext, name: TableId) -> ResourceId | None:
    return next(
        (one for one in (name, ViewId(name.database, name.name)) if one in project_context.specs),
        None,
    )


def _of_restored(restored: Restored) -> dict[str, dg.MetadataValue]:
    what = restored.entry.what
    numbers = {
        "dagster/row_count": restored.entry.rows,
        "moose_dagster/bytes": restored.entry.bytes,
    }
    given_way = (
        f"what stood there is in the trash as {what.name.name}" if restored.replaced else "nothing"
    )
    texts = {
        "restored": str(restored.name),
        "entry": what.name.name,
        "cause": what.cause.value,
        "reason": what.reason,
        "gave_way": given_way,
    }
    shown = {
        name: dg.MetadataValue.int(value) for name, value in numbers.items() if value is not None
    }
    return {**shown, **{name: dg.MetadataValue.text(text) for name, text in texts.items()}}


def _of_removed(removed: Iterable[TrashEntry]) -> dict[str, dg.MetadataValue]:
    entries = tuple(removed)
    rows = [
        dg.TableRecord(
            {
                "resource": str(entry.what.origin),
                "entry": entry.what.name.name,
                "cause": entry.what.cause.value,
                "kept_at": entry.kept_at.isoformat(),
                "rows": "" if entry.rows is None else str(entry.rows),
                "bytes": "" if entry.bytes is None else str(entry.bytes),
            }
        )
        for entry in entries[:_MOST_ROWS]
    ]
    columns = [
        dg.TableColumn(name) for name in ("resource", "entry", "cause", "kept_at", "rows", "bytes")
    ]
    table = dg.MetadataValue.table(rows, schema=dg.TableSchema(columns))
    return {"removed": dg.MetadataValue.int(len(entries)), **({"entries": table} if rows else {})}
