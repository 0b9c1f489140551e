"""One owner for each resource: who is first writes it down before anything is sent."""

from collections.abc import Iterator

from moose_dagster.declare.project import Project
from moose_dagster.ledger.entries import read_ledger
from moose_dagster.ledger.lock import locked
from moose_dagster.ledger.writer import Ledger
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import Entry, Record
from moose_dagster.plan.steps import Route
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.state.names import TableId

# Written within it is one INSERT, whatever a run does afterwards.
_LOCK = "owners__lock"
_SECONDS = 30.0


def claim_resources(project: Project, ledger: Ledger, before: PlanResult, options: Options) -> bool:
    """Write down what *project* is about to manage for the first time.

    Returns:
        Whether another project was first with something of it, so that the plan no longer holds.

    Raises:
        LockHeld: Another run did not end doing the same.
        LockLost: Another run has the lock of the project now.
    """
    owner = project.owner
    claims = _claims(project, before)
    new = [record for record in claims if record.resource not in before.in_ledger]
    if not new:
        return False
    lock = TableId(ledger.database, _LOCK)
    wait = max(options.wait_for_lock, _SECONDS)
    with locked(ledger.clickhouse, lock, ledger.run_id, lease=options.lock_lease, wait=wait):
        owners = read_ledger(ledger.clickhouse, ledger.database, owner).owners
        ledger.record(record for record in new if record.resource not in owners)
    return any(record.resource in owners for record in new)


def _claims(project: Project, before: PlanResult) -> Iterator[Record]:
    """Yield what is written down of each table and view that exists or is about to be made."""
    for record in before.records:
        entry = record.entry
        is_managed = entry is not None and entry.life_cycle is not LifeCycle.EXTERNALLY_MANAGED
        if is_managed and isinstance(record.resource, TableId):
            yield record
    desired = project.desired
    for action in before.plan.every_action:
        resource = action.resource
        if action.route is Route.CREATE and isinstance(resource, TableId):
            cluster = desired.clusters.get(resource, "")
            life_cycle = desired.life_cycles[resource]
            fingerprint = desired.fingerprint(resource)
            yield Record(resource, Entry(life_cycle, fingerprint, "", cluster, project.database))
