"""Decide once for a whole project whether this run may drop what left the code."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from moose_dagster.declare.project import Project
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import (
    Entry,
    Record,
    UndeclaredResources,
    removal_block_reason,
    undeclared_resources,
)
from moose_dagster.reconciliation.results import Options
from moose_dagster.state.names import ResourceId, TableId, ViewId, of_kind
from moose_dagster.state.topics import TopicId

R = TypeVar("R", TableId, TopicId, ViewId)


def removal_block_of(project: Project, entries: Entries, options: Options) -> str:
    """Return why nothing that left the code may be dropped, or ""."""
    return removal_block_reason(
        entries.every,
        project.desired.life_cycles,
        project.desired.removal_requests,
        prune=options.prune,
        mass_removal=options.allow_mass_removal,
    )


def undeclared_of(
    project: Project, kind: type[R], entries: Entries, options: Options
) -> UndeclaredResources[R]:
    """Return what of one kind left the code, nothing for a selection or without a ledger."""
    if options.selection is not None or not entries.known:
        return UndeclaredResources()
    desired = project.desired
    return undeclared_resources(
        of_kind(entries.every, kind), desired.life_cycles, of_kind(desired.removal_requests, kind)
    )


def new_records(
    project: Project,
    desired: Iterable[R],
    live_uuids: Mapping[R, str],
    ledger: Mapping[R, Entry],
    unadopted: Collection[ResourceId],
) -> Iterator[Record]:
    """Yield what to write down of each resource whose entry in *ledger* is outdated.

    Args:
        project: The declarations.
        desired: The declared resources that the run is about.
        live_uuids: The uuid of each live resource, "" for a topic.
        ledger: What is written down so far.
        unadopted: What waits for its adoption.
    """
    for resource in desired:
        life_cycle = project.desired.life_cycles[resource]
        external = life_cycle is LifeCycle.EXTERNALLY_MANAGED
        is_new_external = external and resource not in ledger
        if resource in unadopted or resource not in live_uuids or is_new_external:
            continue
        cluster = project.desired.clusters.get(resource, "")
        fingerprint = project.desired.fingerprint(resource)
        database = project.database
        entry = Entry(life_cycle, fingerprint, live_uuids[resource], cluster, database)
        if ledger.get(resource) != entry:
            yield Record(resource, entry)
