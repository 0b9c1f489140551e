"""What becomes of resources that left the code: only what the ledger says was ours may ever go."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.topics import TopicId

R = TypeVar("R", TableId, TopicId, ViewId)

ASKED: Final = "removal asked for"
"""What stands in the ledger in place of a fingerprint once the removal of something protected was asked for."""
_ORPHAN: Mapping[LifeCycle, str] = {
    LifeCycle.FULLY_MANAGED: "",
    LifeCycle.DELETION_PROTECTED: (
        "it left the code as DELETION_PROTECTED, and stays. Put it back into the code, or say with "
        "Removed(..., reason=...) what is to become of it."
    ),
    LifeCycle.EXTERNALLY_MANAGED: "",
}
_FULLY, _EXTERNAL = LifeCycle.FULLY_MANAGED, LifeCycle.EXTERNALLY_MANAGED


@dataclass(frozen=True, slots=True)
class Entry:
    """What the last reconcile wrote of a resource: its promise, its declaration, and which one it was.

    `uuid` is that of the table or view, empty for a topic; `cluster` the one its statements ran on,
    or empty.
    """

    life_cycle: LifeCycle
    fingerprint: str
    uuid: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger is to say about a resource; `entry=None` takes it out, `why` goes into the history."""

    resource: ResourceId
    entry: Entry | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """What the code says of a resource that left it on purpose: why, and whether to drop it or to let it go."""

    reason: str
    drop: bool = False


@dataclass(frozen=True, slots=True)
class UndeclaredResources(Generic[R]):
    """What the code no longer declares: what the ledger says of it, and what the code says."""

    entries: Mapping[R, Entry] = field(default_factory=dict[R, Entry])
    removal_requests: Mapping[R, RemovalRequest] = field(default_factory=dict[R, RemovalRequest])

    @property
    def names(self) -> frozenset[R]:
        """Everything that one of the two speaks of."""
        return frozenset((*self.entries, *self.removal_requests))

    def without(self, unread: Collection[R]) -> "UndeclaredResources[R]":
        """Return this without what could not be read: whether it is still there, nobody knows."""
        return UndeclaredResources(
            {one: entry for one, entry in self.entries.items() if one not in unread},
            {
                one: removal_request
                for one, removal_request in self.removal_requests.items()
                if one not in unread
            },
        )


@dataclass(frozen=True, slots=True)
class RemovalDecisions(Generic[R]):
    """What becomes of what left the code.

    `life_cycles` are those of live resources that a plan mentions, `said` what to say of each
    besides, or "", `records` what the ledger is to say from now on.
    """

    life_cycles: Mapping[R, LifeCycle]
    said: Mapping[R, str]
    records: tuple[Record, ...]
    notes: tuple[str, ...]


def key_of(resource: ResourceId) -> tuple[str, str, str]:
    """Return what the ledger calls a resource: kind, database (empty for a topic) and name."""
    if isinstance(resource, ViewId):
        return "view", resource.database, resource.name
    if isinstance(resource, TableId):
        return "table", resource.database, resource.name
    return "topic", "", resource.name


def undeclared_resources(
    ledger: Mapping[R, Entry],
    declared: Collection[ResourceId],
    removal_requests: Mapping[R, RemovalRequest] | None = None,
) -> UndeclaredResources[R]:
    """Return what *ledger* and *removal_requests* speak of and *declared* does not hold."""
    return UndeclaredResources(
        {one: entry for one, entry in ledger.items() if one not in declared}, removal_requests or {}
    )


def decide_removals(
    going: UndeclaredResources[R], live_uuids: Mapping[R, str], there: Collection[R]
) -> RemovalDecisions[R]:
    """Return what becomes of everything that left the code.

    Args:
        going: What the ledger and the code say of it.
        live_uuids: The uuid of each live resource that no other declaration or project has taken
            over.
        there: Every live resource.
    """
    life_cycles, said = dict[R, LifeCycle](), dict[R, str]()
    records, notes = list[Record](), list[str]()
    for one in sorted(going.names):
        entry, removal_request = going.entries.get(one), going.removal_requests.get(one)
        ours = (
            entry
            if entry and entry.life_cycle is not _EXTERNAL and live_uuids.get(one) == entry.uuid
            else None
        )
        if entry and not ours:
            records.append(Record(one, None))
        records.extend(_record(one, ours, removal_request))
        notes.extend(_note(one, removal_request, ours=bool(ours), there=one in there))
        promise = life_cycle_of(ours, removal_request) if ours else None
        if removal_request and removal_request.drop and not ours and one in there:
            promise = _EXTERNAL
        if promise:
            life_cycles[one] = promise
            said[one] = _said(promise, removal_request) if removal_request else _ORPHAN[promise]
    return RemovalDecisions(life_cycles, said, tuple(records), tuple(notes))


def life_cycle_of(entry: Entry, removal_request: RemovalRequest | None) -> LifeCycle | None:
    """Return the promise that counts for what left the code; None where it is let go."""
    if removal_request is None:
        return entry.life_cycle
    if not removal_request.drop:
        return None
    return _FULLY if entry.fingerprint == ASKED else entry.life_cycle


def clusters_of(
    ledger: Mapping[R, Entry], declared: Mapping[ResourceId, str]
) -> dict[ResourceId, str]:
    """Return the cluster of every resource that is on one: as declared, or as the ledger says of what left the code."""
    return {
        **{resource: entry.cluster for resource, entry in ledger.items() if entry.cluster},
        **declared,
    }


def removal_block_reason(
    ledger: Mapping[ResourceId, Entry],
    declared: Collection[ResourceId],
    removal_requests: Mapping[ResourceId, RemovalRequest],
    *,
    prune: bool,
    mass_removal: bool,
) -> str:
    """Return why nothing that left the code may be dropped in this run, or "".

    Args:
        ledger: What the project manages, of all kinds.
        declared: What its code declares, of all kinds.
        removal_requests: What its code says of what left it.
        prune: Whether the run may drop anything.
        mass_removal: Whether it may drop more than half of all.
    """
    if not prune:
        return "gone from the code; it stays until a run with prune removes it."
    managed = {one: entry for one, entry in ledger.items() if entry.life_cycle is not _EXTERNAL}
    dropped = [
        one
        for one, entry in managed.items()
        if one not in declared and life_cycle_of(entry, removal_requests.get(one)) is _FULLY
    ]
    if mass_removal or len(dropped) <= 1 or 2 * len(dropped) <= len(managed):
        return ""
    return (
        f"{len(dropped)} of {len(managed)} managed resources left the code at once, which a failed import "
        "looks like; nothing is dropped. Run with allow_mass_removal if it is meant."
    )


def _record(
    one: ResourceId, ours: Entry | None, removal_request: RemovalRequest | None
) -> Iterator[Record]:
    if ours is None:
        return
    if removal_request is None:
        if ours.fingerprint == ASKED:  # taken back
            yield Record(one, replace(ours, fingerprint=""))
    elif not removal_request.drop:
        yield Record(one, None, f"released: {removal_request.reason}")
    elif ours.life_cycle is not _FULLY and ours.fingerprint != ASKED:
        yield Record(
            one, replace(ours, fingerprint=ASKED), f"removal asked for: {removal_request.reason}"
        )


def _note(
    one: ResourceId, removal_request: RemovalRequest | None, *, ours: bool, there: bool
) -> Iterator[str]:
    if removal_request is None or (removal_request.drop and there):
        return
    if ours:
        yield f"{one}: let go by the next reconcile ({removal_request.reason}); it stays as it is, no longer managed."
    elif there:
        yield f"{one}: this project does not manage it; its Removed can be taken out of the code."
    else:
        yield f"{one}: there is no such resource (any more); its Removed can be taken out of the code."


def _said(promise: LifeCycle, removal_request: RemovalRequest) -> str:
    match promise:
        case LifeCycle.FULLY_MANAGED:
            return f"Its removal is asked for: {removal_request.reason}"
        case LifeCycle.DELETION_PROTECTED:
            return (
                f"its removal is asked for ({removal_request.reason}), and it was left as DELETION_PROTECTED: the next "
                "reconcile writes the request down, and one after it, with prune, removes it."
            )
        case LifeCycle.EXTERNALLY_MANAGED:
            return (
                f"its removal is asked for ({removal_request.reason}), and this project does not manage it: nothing is "
                "written. Remove it by hand, or take its Removed out of the code."
            )
