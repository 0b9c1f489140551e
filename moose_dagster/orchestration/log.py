"""What a run writes into its log while it acts, and afterwards."""

from collections.abc import Callable

import dagster as dg

from moose_dagster.reconcile import ReconcileResult
from moose_dagster.report.rows import copied_words
from moose_dagster.state.names import ResourceId, TableId


def copy_progress_to(log: dg.DagsterLogManager) -> Callable[[TableId, int, int], None]:
    """Return the callback that logs how many rows a rebuild has copied so far."""
    return lambda table, rows, total: log.info(copied_words(table, rows, total))


def log_recovery(log: dg.DagsterLogManager, outcome: ReconcileResult) -> None:
    """Log how this run dealt with what an interrupted run had not finished."""
    for sentence in outcome.settled:
        log.warning(sentence)


def named(resource: ResourceId, reason: str) -> str:
    """Return *reason* with its resource in front, unless it already names it."""
    return reason if str(resource) in reason else f"{resource}: {reason}"
