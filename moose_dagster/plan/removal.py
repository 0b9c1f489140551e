"""What becomes of resources that left the code: only what the ledger says was ours may ever go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import ViewId
from moose_dagster.state.resources import ResourceId
from moose_dagster.state.tables import TableId
from moose_dagster.state.topics import TopicId

R = TypeVar("R", TableId, TopicId, ViewId)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the last reconcile wrote of a resource: its promise, its declaration, and which one it was.

    `uuid` is that of the table or view, empty for a topic; `cluster` the one its statements ran on, or empty.
    """

    life_cycle: LifeCycle
    fingerprint: str
    uuid: str = ""
    cluster: str = ""


def key_of(resource: ResourceId) -> tuple[str, str, str]:
    """Return what the ledger calls a resource: kind, database (empty for a topic) and name."""
    if isinstance(resource, ViewId):
        return "view", resource.database, resource.name
    if isinstance(resource, TableId):
        return "table", resource.database, resource.name
    return "topic", "", resource.name


def removed_from_code(
    ledger: Mapping[R, Entry], declared: Collection[R], live_uuids: Mapping[R, str]
) -> dict[R, LifeCycle]:
    """Return the promise of each live resource that left the code and is still the one the ledger means."""
    return {
        resource: entry.life_cycle
        for resource, entry in ledger.items()
        if resource not in declared and entry.life_cycle is not LifeCycle.EXTERNALLY_MANAGED
        if live_uuids.get(resource) == entry.uuid
    }


def clusters_of(ledger: Mapping[R, Entry], declared: Mapping[ResourceId, str]) -> dict[ResourceId, str]:
    """Return the cluster of every resource that is on one: as declared, or as the ledger says of what left the code."""
    return {**{resource: entry.cluster for resource, entry in ledger.items() if entry.cluster}, **declared}


def forgotten(ledger: Mapping[R, Entry], declared: Collection[R], removed: Collection[R]) -> tuple[R, ...]:
    """Return the entries that mean nothing any more: gone from the code, and not there or not ours."""
    return tuple(resource for resource in ledger if resource not in declared and resource not in removed)


def why_held(
    ledger: Mapping[ResourceId, Entry], declared: Collection[ResourceId], *, prune: bool, mass_removal: bool
) -> str:
    """Return why nothing that left the code may be dropped in this run, or "".

    Args:
        ledger: What the project manages, of all kinds.
        declared: What its code declares, of all kinds.
        prune: Whether the run may drop anything.
        mass_removal: Whether it may drop more than half of all.
    """
    if not prune:
        return "gone from the code; it stays until a run with prune removes it."
    managed = {one: e.life_cycle for one, e in ledger.items() if e.life_cycle is not LifeCycle.EXTERNALLY_MANAGED}
    dropped = [one for one, promise in managed.items() if promise is LifeCycle.FULLY_MANAGED and one not in declared]
    if mass_removal or len(dropped) <= 1 or 2 * len(dropped) <= len(managed):
        return ""
    return (
        f"{len(dropped)} of {len(managed)} managed resources left the code at once, which a failed import "
        "looks like; nothing is dropped. Run with allow_mass_removal if it is meant."
    )
