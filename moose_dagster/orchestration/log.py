"""What a run tells its log while it acts, and afterwards."""

from collections.abc import Callable

import dagster as dg

from moose_dagster.reconcile import ReconcileResult
from moose_dagster.report.rows import copied_words
from moose_dagster.state.names import ResourceId, TableId


def copied_to(log: dg.DagsterLogManager) -> Callable[[TableId, int, int], None]:
    """Return what logs how far the copy of a rebuilt table has come."""
    return lambda table, rows, total: log.info(copied_words(table, rows, total))


def log_recovery(log: dg.DagsterLogManager, outcome: ReconcileResult) -> None:
    """Log what an earlier run had left and how it was settled."""
    for sentence in outcome.settled:
        log.warning(sentence)


def named(resource: ResourceId, reason: str) -> str:
    """Return *reason* with its resource in front, unless it says that itself."""
    return reason if str(resource) in reason else f"{resource}: {reason}"
