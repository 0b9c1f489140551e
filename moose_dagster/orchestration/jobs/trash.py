"""The jobs that restore tables from the trash, and that empty it."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import dagster as dg
from pydantic import Field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.orchestration.jobs.op_job import job_of
from moose_dagster.orchestration.metadata import table_of
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.reconciliation import Options, Restored, TrashEntry, purge, restore
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId, ViewId

RESTORE = "restore"
PURGE = "purge"


class RestoreConfig(dg.Config):
    """The config of `moose_restore`: exactly one of `resource` and `entry`, and a name."""

    resource: str = Field(
        default="",
        description="Restore the newest entry of this database.table.",
    )
    entry: str = Field(default="", description="Restore this entry, by its name in the trash.")
    restore_as: str = Field(
        default="",
        description="Restore it as this database.table, which must not exist; empty for its name.",
    )


class PurgeConfig(dg.Config):
    """The config of `moose_purge`: which entries to remove."""

    entries: list[str] = Field(
        default=[],
        description="Names of entries, expired or not; empty for all that have expired.",
    )


def restore_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_restore`. A table that has the name already goes to the trash."""

    def restore_op(context: dg.OpExecutionContext, config: RestoreConfig) -> Iterator[Any]:
        entry = _entry(config)
        name = table_named(config.restore_as, "restore_as") if config.restore_as else None
        with ledger_of(project_context, context) as (clickhouse, options):
            restored = restore(project_context.project, clickhouse, entry, options, name=name)
        context.log.info(f"restored {restored.entry.what.name.name} as {restored.name}")
        metadata = _restored_metadata(restored)
        resource = _declared(project_context, restored.name)
        if resource is not None:
            context.log.warning(
                f"the next reconcile changes {resource} to what the code declares; to keep it as "
                "it is, change the code first."
            )
            yield dg.AssetObservation(project_context.specs[resource].key, metadata=metadata)
        yield dg.Output(None, metadata=metadata)

    return job_of(project_context, RESTORE, restore_op, "Restore a table from the trash.")


def purge_job(project_context: ProjectContext) -> dg.JobDefinition:
    """Return the job `…_purge`. It removes what has expired, or the entries it is given."""

    def purge_op(context: dg.OpExecutionContext, config: PurgeConfig) -> Iterator[Any]:
        with ledger_of(project_context, context) as (clickhouse, options):
            removed = purge(
                project_context.project, clickhouse, options, names=config.entries or None
            )
        context.log.info(f"removed {counted(len(removed), 'table')} from the trash")
        yield dg.Output(None, metadata=_removed_metadata(removed))

    return job_of(
        project_context, PURGE, purge_op, "Remove what has expired in the trash, for good."
    )


@contextmanager
def ledger_of(
    project_context: ProjectContext, context: dg.OpExecutionContext
) -> Generator[tuple[ClickHouse, Options]]:
    """Connect to the server that keeps the ledger."""
    with project_context.session(context) as servers:
        if servers.clickhouse is None:
            raise dg.Failure(
                "the project has no ClickHouse server, and so it has no ledger; give "
                "build_definitions or the component one as clickhouse.",
                allow_retries=False,
            )
        yield servers.clickhouse, replace(servers.options, run_id=context.run.run_id)


def table_named(name: str, option: str) -> TableId:
    """Return the table called *name*, which is the value of *option*."""
    table = TableId.parse(name)
    if table is None:
        raise dg.Failure(
            f"{option}: {name} is not a name of a table; write database.table.", allow_retries=False
        )
    return table


def _entry(config: RestoreConfig) -> str:
    if bool(config.resource) == bool(config.entry):
        raise dg.Failure(
            "give exactly one of resource (database.table) and entry.", allow_retries=False
        )
    return config.resource or config.entry


def _declared(project_context: ProjectContext, name: TableId) -> ResourceId | None:
    for resource in (name, ViewId(name.database, name.name)):
        if resource in project_context.specs:
            return resource
    return None


def _restored_metadata(restored: Restored) -> dict[str, dg.MetadataValue]:
    entry = restored.entry
    replaced = "nothing"
    if restored.replaced:
        replaced = f"the previous table is in the trash as {entry.what.name.name}"
    metadata: dict[str, dg.MetadataValue] = {
        "restored": dg.MetadataValue.text(str(restored.name)),
        "entry": dg.MetadataValue.text(entry.what.name.name),
        "cause": dg.MetadataValue.text(entry.what.cause.value),
        "reason": dg.MetadataValue.text(entry.what.reason),
        "replaced": dg.MetadataValue.text(replaced),
    }
    if entry.rows is not None:
        metadata["dagster/row_count"] = dg.MetadataValue.int(entry.rows)
    if entry.bytes is not None:
        metadata["moose_dagster/bytes"] = dg.MetadataValue.int(entry.bytes)
    return metadata


def _removed_metadata(removed: Iterable[TrashEntry]) -> dict[str, dg.MetadataValue]:
    rows = [_entry_row(entry) for entry in removed]
    metadata: dict[str, dg.MetadataValue] = {"removed": dg.MetadataValue.int(len(rows))}
    if rows:
        metadata["entries"] = table_of(rows, tuple(rows[0]))
    return metadata


def _entry_row(entry: TrashEntry) -> dict[str, str]:
    return {
        "resource": str(entry.what.origin),
        "entry": entry.what.name.name,
        "cause": entry.what.cause.value,
        "kept_at": entry.kept_at.isoformat(),
        "rows": "" if entry.rows is None else str(entry.rows),
        "bytes": "" if entry.bytes is None else str(entry.bytes),
    }
