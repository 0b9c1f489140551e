"""Whether this run may drop what left the code: one decision for everything that a project manages."""

from moose_dagster.declare.project import Project
from moose_dagster.live.ledger import Entries
from moose_dagster.plan.removal import why_held
from moose_dagster.reconcile.survey import Options


def held_of(project: Project, entries: Entries, options: Options) -> str:
    """Return why nothing that left the code may be dropped, or ""."""
    return why_held(
        entries.every, project.desired.life_cycles, prune=options.prune, mass_removal=options.allow_mass_removal
    )
