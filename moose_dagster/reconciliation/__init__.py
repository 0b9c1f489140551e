"""Run all stages: `plan_for` only looks, `reconcile` acts, `restore` brings back a table."""

from moose_dagster.ledger.trash import TrashEntry, read_trash
from moose_dagster.reconciliation.abort import Aborted, abort, interrupted_rebuilds
from moose_dagster.reconciliation.approval import check_plan
from moose_dagster.reconciliation.callbacks import RunCallbacks
from moose_dagster.reconciliation.impact import impact_of
from moose_dagster.reconciliation.results import Options, PlanResult, ReconcileResult
from moose_dagster.reconciliation.run import plan_for, reconcile
from moose_dagster.reconciliation.trash import Restored, find_in_trash, purge, restore, to_purge

__all__ = [
    "Aborted",
    "Options",
    "PlanResult",
    "ReconcileResult",
    "Restored",
    "RunCallbacks",
    "TrashEntry",
    "abort",
    "check_plan",
    "find_in_trash",
    "impact_of",
    "interrupted_rebuilds",
    "plan_for",
    "purge",
    "read_trash",
    "reconcile",
    "restore",
    "to_purge",
]
