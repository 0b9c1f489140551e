"""Whether this run may drop what left the code: one decision for everything that a project manages."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from moose_dagster.declare.project import Project
from moose_dagster.live.ledger import Entries
from moose_dagster.plan.removal import Entry, Leaving, leaving, why_held
from moose_dagster.reconcile.survey import Options
from moose_dagster.state.names import ViewId
from moose_dagster.state.resources import of_kind
from moose_dagster.state.tables import TableId
from moose_dagster.state.topics import TopicId

R = TypeVar("R", TableId, TopicId, ViewId)


def held_of(project: Project, entries: Entries, options: Options) -> str:
    """Return why nothing that left the code may be dropped, or ""."""
    return why_held(
        entries.every,
        project.desired.life_cycles,
        project.desired.tombstones,
        prune=options.prune,
        mass_removal=options.allow_mass_removal,
    )


def leaving_of(
    project: Project, kind: type[R], ledger: Mapping[R, Entry], declared: Collection[R], options: Options
) -> Leaving[R]:
    """Return what of one kind left the code; a selection leaves it alone."""
    if options.selection is not None:
        return Leaving()
    return leaving(ledger, declared, of_kind(project.desired.tombstones, kind))
