"""What becomes of tables that left the code: only what the ledger says was ours may ever go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.tables import TableId


@dataclass(frozen=True, slots=True)
class Entry:
    """What the last reconcile wrote of a table: its promise, its declaration, and which table it was."""

    life_cycle: LifeCycle
    fingerprint: str
    uuid: str


def removed_tables(
    ledger: Mapping[TableId, Entry], declared: Collection[TableId], live_uuids: Mapping[TableId, str]
) -> dict[TableId, LifeCycle]:
    """Return the promise of each live table that left the code and is still the one the ledger means."""
    return {
        table: entry.life_cycle
        for table, entry in ledger.items()
        if table not in declared and entry.life_cycle is not LifeCycle.EXTERNALLY_MANAGED
        if live_uuids.get(table) == entry.uuid
    }


def forgotten_tables(
    ledger: Mapping[TableId, Entry], declared: Collection[TableId], removed: Collection[TableId]
) -> tuple[TableId, ...]:
    """Return the entries that mean nothing any more: gone from the code, and not there or not ours."""
    return tuple(table for table in ledger if table not in declared and table not in removed)


def why_held(
    removed: Mapping[TableId, LifeCycle], ledger: Mapping[TableId, Entry], *, prune: bool, mass_removal: bool
) -> str:
    """Return why no removed table may be dropped in this run, or ""."""
    if not prune:
        return "gone from the code; it stays until a run with prune drops it (into the trash)."
    dropped = [table for table, life_cycle in removed.items() if life_cycle is LifeCycle.FULLY_MANAGED]
    managed = [entry for entry in ledger.values() if entry.life_cycle is not LifeCycle.EXTERNALLY_MANAGED]
    if mass_removal or len(dropped) <= 1 or 2 * len(dropped) <= len(managed):
        return ""
    return (
        f"{len(dropped)} of {len(managed)} managed tables left the code at once, which a failed import "
        "looks like; nothing is dropped. Run with allow_mass_removal if it is meant."
    )
