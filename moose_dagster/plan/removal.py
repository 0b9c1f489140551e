"""Decide what becomes of resources that left the code; only what was ours may be dropped."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.topics import TopicId

R = TypeVar("R", TableId, TopicId, ViewId)
V = TypeVar("V")

REMOVAL_REQUESTED: Final = "removal requested"
"""The fingerprint in the ledger of something protected whose removal was requested."""
_ORPHAN: Mapping[LifeCycle, str] = {
    LifeCycle.FULLY_MANAGED: "",
    LifeCycle.DELETION_PROTECTED: (
        "it was DELETION_PROTECTED when it left the code, so it stays. Declare it again, or "
        "declare Removed(..., reason=...) for it."
    ),
    LifeCycle.EXTERNALLY_MANAGED: "",
}
_FULLY = LifeCycle.FULLY_MANAGED
_EXTERNAL = LifeCycle.EXTERNALLY_MANAGED


@dataclass(frozen=True, slots=True)
class Entry:
    """What the last reconcile wrote of a resource.

    Attributes:
        life_cycle: Its life cycle.
        fingerprint: That of its declaration, or `REMOVAL_REQUESTED`.
        uuid: That of the table or view, "" for a topic.
        cluster: The cluster that its statements ran on, or "".
        default_database: The default database of the project at that time; "" in a ledger that does
            not say it.
    """

    life_cycle: LifeCycle
    fingerprint: str
    uuid: str = ""
    cluster: str = ""
    default_database: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger is to say about a resource.

    Attributes:
        resource: The table, view or topic.
        entry: None takes it out of the ledger.
        why: A sentence for the history, or "".
    """

    resource: ResourceId
    entry: Entry | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RemovalRequest:
    """What the code says of a resource that left it on purpose.

    Attributes:
        reason: Why, in words.
        drop: Whether to drop it; otherwise it is released and stays as it is.
    """

    reason: str
    drop: bool = False


@dataclass(frozen=True, slots=True)
class UndeclaredResources(Generic[R]):
    """What the code no longer declares.

    Attributes:
        entries: What the ledger says of it.
        removal_requests: What the code says of it.
    """

    entries: Mapping[R, Entry] = field(default_factory=dict[R, Entry])
    removal_requests: Mapping[R, RemovalRequest] = field(default_factory=dict[R, RemovalRequest])

    @property
    def names(self) -> frozenset[R]:
        """Everything that has an entry or a request."""
        return frozenset((*self.entries, *self.removal_requests))

    def without(self, unread: Collection[R]) -> "UndeclaredResources[R]":
        """Return this without what could not be read, which may exist or not."""
        return UndeclaredResources(
            _without(self.entries, unread), _without(self.removal_requests, unread)
        )


@dataclass(frozen=True, slots=True)
class RemovalDecisions(Generic[R]):
    """What becomes of what left the code.

    Attributes:
        life_cycles: The life cycle that counts for each live resource that a plan mentions.
        remarks: What to say besides of each of them, or "".
        records: What the ledger is to say from now on.
        notes: What to know of the others.
    """

    life_cycles: Mapping[R, LifeCycle]
    remarks: Mapping[R, str]
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
    """Return what *ledger* or *removal_requests* names and *declared* does not."""
    return UndeclaredResources(_without(ledger, declared), removal_requests or {})


def decide_removals(
    undeclared: UndeclaredResources[R], live_uuids: Mapping[R, str], live: Collection[R]
) -> RemovalDecisions[R]:
    """Return what becomes of everything that left the code.

    Args:
        undeclared: What the ledger and the code say of it.
        live_uuids: The uuid of each live resource that no other declaration or project has taken
            over.
        live: Every live resource.
    """
    life_cycles = dict[R, LifeCycle]()
    remarks = dict[R, str]()
    records = list[Record]()
    notes = list[str]()
    for resource in sorted(undeclared.names):
        entry = undeclared.entries.get(resource)
        request = undeclared.removal_requests.get(resource)
        managed = entry if entry and _is_managed(entry, live_uuids.get(resource)) else None
        if entry and not managed:
            records.append(Record(resource, None))
        records.extend(_record(resource, managed, request))
        notes.extend(_note(resource, request, managed=bool(managed), live=resource in live))
        life_cycle = life_cycle_of(managed, request) if managed else None
        if request and request.drop and not managed and resource in live:
            life_cycle = _EXTERNAL
        if life_cycle:
            life_cycles[resource] = life_cycle
            remarks[resource] = _remark(life_cycle, request)
    return RemovalDecisions(life_cycles, remarks, tuple(records), tuple(notes))


def _is_managed(entry: Entry, live_uuid: str | None) -> bool:
    """Tell whether the live resource is the one that *entry* is about, and ours."""
    return entry.life_cycle is not _EXTERNAL and entry.uuid == live_uuid


def _without(resources: Mapping[R, V], excluded: Collection[ResourceId]) -> dict[R, V]:
    return {resource: value for resource, value in resources.items() if resource not in excluded}


def life_cycle_of(entry: Entry, removal_request: RemovalRequest | None) -> LifeCycle | None:
    """Return the life cycle that counts for what left the code; None where it is released."""
    if removal_request is None:
        return entry.life_cycle
    if not removal_request.drop:
        return None
    return _FULLY if entry.fingerprint == REMOVAL_REQUESTED else entry.life_cycle


def clusters_of(
    ledger: Mapping[R, Entry], declared: Mapping[ResourceId, str]
) -> dict[ResourceId, str]:
    """Return the cluster of each resource that is on one, as declared or else as recorded."""
    recorded = {resource: entry.cluster for resource, entry in ledger.items() if entry.cluster}
    return {**recorded, **declared}


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
        return "it left the code; it stays until a run with prune removes it."
    managed = {
        resource: entry for resource, entry in ledger.items() if entry.life_cycle is not _EXTERNAL
    }
    dropped = [
        resource
        for resource, entry in managed.items()
        if resource not in declared
        and life_cycle_of(entry, removal_requests.get(resource)) is _FULLY
    ]
    if mass_removal or len(dropped) <= 1 or 2 * len(dropped) <= len(managed):
        return ""
    return (
        f"{len(dropped)} of {len(managed)} managed resources left the code at once. A failed "
        "import looks like this, so nothing is dropped. If it is intended, run with "
        "allow_mass_removal."
    )


def _record(
    resource: ResourceId, managed: Entry | None, request: RemovalRequest | None
) -> Iterator[Record]:
    if managed is None:
        return
    is_requested = managed.fingerprint == REMOVAL_REQUESTED
    if request is None:
        if is_requested:  # the request was taken back
            yield Record(resource, replace(managed, fingerprint=""))
    elif not request.drop:
        yield Record(resource, None, f"released: {request.reason}")
    elif managed.life_cycle is not _FULLY and not is_requested:
        why = f"removal requested: {request.reason}"
        yield Record(resource, replace(managed, fingerprint=REMOVAL_REQUESTED), why)


def _note(
    resource: ResourceId, request: RemovalRequest | None, *, managed: bool, live: bool
) -> Iterator[str]:
    if request is None or (request.drop and live):
        return
    if managed:
        yield (
            f"{resource}: the next reconcile stops managing it ({request.reason}); it stays as it "
            "is."
        )
    elif live:
        yield (
            f"{resource}: this project does not manage it; its Removed can be deleted from the "
            "code."
        )
    else:
        yield (
            f"{resource}: it does not exist (any more); its Removed can be deleted from the code."
        )


def _remark(life_cycle: LifeCycle, request: RemovalRequest | None) -> str:
    if request is None:
        return _ORPHAN[life_cycle]
    match life_cycle:
        case LifeCycle.FULLY_MANAGED:
            return f"Its removal is requested: {request.reason}"
        case LifeCycle.DELETION_PROTECTED:
            return (
                f"its removal is requested ({request.reason}), and it was DELETION_PROTECTED when "
                "it left the code: the next reconcile records the request, and a later one with "
                "prune removes it."
            )
        case LifeCycle.EXTERNALLY_MANAGED:
            return (
                f"its removal is requested ({request.reason}), but this project does not manage "
                "it, so nothing is written. Remove it by hand, or delete its Removed from the code."
            )
