"""The resources that the grants of a project are about."""

from moose_dagster.declare.project import Project
from moose_dagster.plan.grants import GrantInputs


def grant_inputs(project: Project, ledger_database: str, trash_database: str) -> GrantInputs:
    """Return what *project* needs, with the ledger and the trash in these databases."""
    desired = project.desired
    loads = project.loads.values()
    topics = {load.topic for load in loads}
    queues = {load.dead_letters for load in loads if load.dead_letters}
    return GrantInputs(
        desired=desired.state,
        life_cycles=desired.life_cycles,
        clusters=desired.clusters,
        renamed=desired.table_renames,
        removal_requests=desired.removal_requests,
        ledger=ledger_database,
        trash=trash_database,
        loaded=frozenset(load.table for load in loads),
        read_topics=frozenset(topics | queues),
        written_topics=frozenset(queues),
    )
