"""Resources that left the code on purpose."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from moose_dagster.declare.faults import Fault
from moose_dagster.declare.renames import earlier_table
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.plan.removal import RemovalRequest
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.topics import TopicId

_KINDS = ("table", "view", "topic")


@dataclass(frozen=True)
class Removed:
    """A table, view or topic that left the code: `Removed("orders", reason="moved to billing")`.

    By default the project stops managing the resource, whatever its life cycle. It stays unchanged
    on the server, and from the next reconcile on it is neither reported nor dropped. With
    `drop=True`, a run with `prune` removes it: at once if its last life cycle was FULLY_MANAGED; if
    it was DELETION_PROTECTED, one reconcile records the request and a later one removes it. A
    resource that this project does not manage is never removed. A plan says when the `Removed`
    itself can be deleted from the code.

    Attributes:
        name: `name` or `database.name`, a name with a dot in backticks; the name of a topic as it
            is.
        reason: Why; shown in plans, in the history and in the trash. An empty one is a fault.
        drop: Whether to remove it, False by default; tables go into the trash, topics for good.
        kind: "table" (the default), "view" (also for materialized views and dictionaries) or
            "topic".
        source: Where this is written.
    """

    name: str
    reason: str = field(kw_only=True)
    drop: bool = field(default=False, kw_only=True)
    kind: Literal["table", "view", "topic"] = field(default="table", kw_only=True)
    source: Source = field(default_factory=source_of_caller, init=False, compare=False)

    @property
    def removal_request(self) -> RemovalRequest:
        """What a plan needs of it."""
        return RemovalRequest(self.reason.strip(), self.drop)


def removed_id(removed: Removed, database: str) -> ResourceId | None:
    """Return the resource that *removed* names, or None if its name can't be read."""
    if removed.kind == "topic":
        return TopicId(removed.name) if removed.name else None
    place = earlier_table(removed.name, database)
    if place is None or removed.kind == "table":
        return place
    return ViewId(place.database, place.name)


def removed_faults(removed: Removed, id_: ResourceId | None) -> Iterator[Fault]:
    """Yield what is wrong with *removed* alone, which names *id_*."""
    if removed.kind not in _KINDS:
        yield Fault(f"kind={removed.kind!r} is not one of {', '.join(_KINDS)}.")
    if id_ is None:
        yield Fault(
            "this is not a name; write name or database.name, a name with a dot in backticks."
        )
    if not removed.reason.strip():
        yield Fault("the reason is empty; say why it left the code.")


def clash_of(
    id_: ResourceId, declared: Mapping[ResourceId, Source], earlier_names: Collection[ResourceId]
) -> Fault | None:
    """Return the fault if the code still declares the removed resource *id_*."""
    place = id_.place if isinstance(id_, ViewId) else id_
    for other in (
        (place, ViewId(place.database, place.name)) if isinstance(place, TableId) else (place,)
    ):
        if other in declared:
            return Fault(f"{other} is declared at {declared[other]}; drop one of the two.")
    if id_ in earlier_names:
        return Fault(f"{id_} is what another table is renamed from; drop one of the two.")
    return None
