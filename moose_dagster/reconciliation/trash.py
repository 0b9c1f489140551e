"""Restore tables from the trash, or delete them for good."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.on_cluster import UnevenHosts
from moose_dagster.ddl.rebuild import rename
from moose_dagster.ddl.trash import Cause
from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerError, TrashError
from moose_dagster.ledger.entries import read_ledger
from moose_dagster.ledger.trash import TrashEntry, read_trash
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.tables import table_exists
from moose_dagster.reconciliation.names import names_of_run
from moose_dagster.reconciliation.project_writer import ProjectWriter
from moose_dagster.reconciliation.results import Options
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.names import ResourceId, TableId, ViewId


@dataclass(frozen=True, slots=True)
class Restored:
    """A table that was restored from the trash.

    Attributes:
        entry: Its entry in the trash.
        name: Its name now.
        replaced: Whether another table had that name and went to the trash.
    """

    entry: TrashEntry
    name: TableId
    replaced: bool


def find_in_trash(entries: Iterable[TrashEntry], name: str) -> TrashEntry:
    """Return the entry named *name*: its name in the trash, or the newest `database.table`.

    Raises:
        TrashError: There is no such entry; the message lists the entries.
    """
    entries = tuple(entries)
    for entry in entries:
        if name in {entry.what.name.name, str(entry.what.name), str(entry.what.origin)}:
            return entry
    names = ", ".join(dict.fromkeys(str(entry.what.origin) for entry in entries)) or "nothing"
    raise TrashError(f"{name}: no such table in the trash, which holds {names}.")


def to_purge(entries: Sequence[TrashEntry], names: Collection[str] | None) -> Sequence[TrashEntry]:
    """Return the *entries* that a purge removes: those named *names*, or the expired ones.

    Raises:
        TrashError: One of *names* is not in the trash.
    """
    return (
        [entry for entry in entries if entry.expired] if names is None else _named(entries, names)
    )


def restore(
    project: Project,
    clickhouse: ClickHouse,
    entry: str,
    options: Options | None = None,
    *,
    name: TableId | None = None,
) -> Restored:
    """Restore a table from the trash, with its rows, its schema and the order of its columns.

    It gets its own name again. A table that has this name goes to the trash in one EXCHANGE.

    Args:
        project: The declarations of the owner.
        clickhouse: A connection that may write.
        entry: The entry's name in the trash, or the `database.table` whose newest entry is meant.
        options: Where ledger and trash are, how long to wait for the lock, and what the run is
            called.
        name: Another name for it, which must be free; None means its own.

    Raises:
        TrashError: It is not in the trash, *name* is taken, or the table to restore to is
            EXTERNALLY_MANAGED.
        LockHeld: A reconcile of the project is running.
        ServerError: The server refuses.
    """
    options = options or Options()
    writer = ProjectWriter(project.owner, clickhouse, options)
    with writer.locked():
        entries = read_trash(clickhouse, options.ledger_database, project.owner.key)
        found = find_in_trash(entries, entry)
        target = name or found.what.origin
        _check_life_cycle(target, project.desired.life_cycles)
        _check_no_rebuild(writer, target)
        taken = table_exists(clickhouse, target)
        if taken and name is not None:
            raise TrashError(
                f"{name} exists already; give a name that is free, or none to exchange the two."
            )
        _bring_back(writer, found, target, taken=taken)
    return Restored(found, target, taken)


def _bring_back(writer: ProjectWriter, entry: TrashEntry, target: TableId, *, taken: bool) -> None:
    what = entry.what
    clause = on_cluster(what.cluster)
    if not taken:
        writer.send(
            target,
            f"CREATE DATABASE IF NOT EXISTS {quoted_name(target.database)}{clause}",
        )
        writer.send(target, rename(what.name, target, clause))
        return
    # What is replaced gets a name that was never used: a DROP of the entry may still be on its way.
    fresh = replace(what, name=names_of_run(writer.options).in_trash(target))
    why = f"{target}: replaced by the restored {what.name.name}."
    writer.ledger.keep([fresh], entry.expires_at)
    writer.send(target, rename(what.name, fresh.name, clause))
    writer.ledger.keep([replace(fresh, origin=target, cause=Cause.REPLACED, reason=why)])
    swap = f"EXCHANGE TABLES {quoted_table(target)} AND {quoted_table(fresh.name)}{clause}"
    try:
        writer.send(target, swap)
    except ServerError as refused:
        is_exchanged = isinstance(refused, UnevenHosts)  # on some hosts of the cluster
        if refused.code is not None and not is_exchanged:  # it is still what it was
            writer.ledger.keep([fresh], entry.expires_at)
            writer.send(target, rename(fresh.name, what.name, clause))
        raise


def purge(
    project: Project,
    clickhouse: ClickHouse,
    options: Options | None = None,
    *,
    names: Collection[str] | None = None,
) -> Sequence[TrashEntry]:
    """Delete the expired tables of the trash for good, and return their entries.

    Args:
        project: The declarations of the owner.
        clickhouse: A connection that may write.
        options: Where ledger and trash are, how long to wait for the lock, and what the run is
            called.
        names: Names in the trash to remove whether they have expired or not, instead of the
            expired ones.

    Raises:
        TrashError: One of *names* is not in the trash; nothing was removed.
        LockHeld: A reconcile of the project is running.
        ServerError: The server refuses.
    """
    options = options or Options()
    entries = read_trash(clickhouse, options.ledger_database, project.owner.key)
    if not to_purge(entries, names):
        return ()
    writer = ProjectWriter(project.owner, clickhouse, options)
    with writer.locked():
        entries = read_trash(clickhouse, options.ledger_database, project.owner.key)
        chosen = to_purge(entries, names)
        for entry in chosen:
            trash_table = quoted_table(entry.what.name)
            on_cluster_clause = on_cluster(entry.what.cluster)
            writer.send(
                entry.what.origin, f"DROP TABLE IF EXISTS {trash_table}{on_cluster_clause} SYNC"
            )
    return chosen


def _check_life_cycle(target: TableId, life_cycles: Mapping[ResourceId, LifeCycle]) -> None:
    for resource in (target, ViewId(target.database, target.name)):
        if life_cycles.get(resource) is LifeCycle.EXTERNALLY_MANAGED:
            raise TrashError(
                f"{target} is EXTERNALLY_MANAGED and never written; restore it under another name."
            )


def _check_no_rebuild(writer: ProjectWriter, target: TableId) -> None:
    """Refuse a restore to a table whose rebuild has not ended, for its rows are still copied."""
    found = read_ledger(writer.clickhouse, writer.options.ledger_database, writer.owner).interrupted
    if any(one.rebuild.table == target for one in found):
        raise TrashError(
            f"{target}: a rebuild was interrupted; end it with a reconcile, "
            "or give it up with abort, and restore then."
        )


def _named(entries: Sequence[TrashEntry], names: Collection[str]) -> list[TrashEntry]:
    by_name = {entry.what.name.name: entry for entry in entries}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise TrashError(f"{', '.join(unknown)}: no such table in the trash; nothing was removed.")
    return [by_name[name] for name in names]
