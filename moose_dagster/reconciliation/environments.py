"""Which entries of the ledger are the business of a run, and which are another environment's."""

from collections.abc import Collection, Mapping

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.errors import DeclarationError
from moose_dagster.ledger.carry_over import carry_over
from moose_dagster.ledger.entries import Entries, read_ledger
from moose_dagster.ledger.writer import Ledger
from moose_dagster.plan.removal import Entry
from moose_dagster.reconciliation.lock import project_lock
from moose_dagster.reconciliation.results import Options
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.owner import Owner


def read_entries(project: Project, clickhouse: ClickHouse, options: Options) -> Entries:
    """Return what the ledger says of *project* in its environment.

    What was written with another default database, and is not named by the code, is left out.

    Raises:
        DeclarationError: There is such an entry, and *project* has no environment.
    """
    owner = project.owner
    entries = read_ledger(clickhouse, options.ledger_database, owner)
    named = _named(project)
    others = {
        resource: entry
        for resource, entry in entries.every.items()
        if resource not in named and _has_another_database(owner, resource, entry)
    }
    if others and not owner.environment:
        raise DeclarationError([_two_environments(owner, others)])
    return entries.without(others)


def carry_over_entries(owner: Owner, ledger: Ledger, options: Options) -> None:
    """Give the environment of *owner* what the ledger says of the project without one.

    Raises:
        LockHeld: A run without the environment has the lock.
    """
    if not owner.environment:
        return
    entries = read_ledger(ledger.clickhouse, ledger.database, owner)
    if entries.to_carry_over:
        without_environment = Ledger(
            ledger.clickhouse, ledger.database, owner.project, ledger.run_id
        )
        with project_lock(without_environment, options):
            carry_over(ledger, owner)


def _named(project: Project) -> Collection[ResourceId]:
    desired = project.desired
    return {
        *desired.life_cycles,
        *desired.removal_requests,
        *desired.table_renames.values(),
    }


def _has_another_database(owner: Owner, resource: ResourceId, entry: Entry) -> bool:
    """Tell whether *entry* was written with another default database.

    A ledger of an earlier version does not say it: then a database in which the project declares
    nothing counts as another one.
    """
    if entry.default_database:
        return entry.default_database != owner.database
    return isinstance(resource, TableId) and resource.database not in owner.databases


def _two_environments(owner: Owner, others: Mapping[ResourceId, Entry]) -> str:
    first = min(others, key=str)
    known = others[first].default_database or getattr(first, "database", "")
    return (
        f"{owner.project}: the ledger of this server knows it with the default database {known} "
        f"({counted(len(others), 'resource')} that this code does not declare, such as {first}), "
        f"and now it has {owner.database}. Nothing is compared. If these are two environments, "
        f'name them: Project("{owner.project}", ..., environment="dev"), --environment dev or '
        "MOOSE_DAGSTER_ENVIRONMENT=dev. If the resources left the code, say so: "
        f'Removed("{first}", reason=...).'
    )
