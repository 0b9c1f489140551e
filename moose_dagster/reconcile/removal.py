"""Whether this run may drop what left the code: one decision for everything that a project manages."""

from typing import TypeVar

from moose_dagster.declare.project import Project
from moose_dagster.live.ledger import Entries
from moose_dagster.plan.removal import Leaving, leaving, why_held
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


def leaving_of(project: Project, kind: type[R], entries: Entries, options: Options) -> Leaving[R]:
    """Return what of one kind left the code: nothing for a selection, or where nobody knows what was managed."""
    if options.selection is not None or not entries.known:
        return Leaving()
    desired = project.desired
    return leaving(of_kind(entries.every, kind), desired.life_cycles, of_kind(desired.tombstones, kind))
