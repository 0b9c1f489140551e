"""What a run writes into its log while it acts, and afterwards."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import dagster as dg

from moose_dagster.plan.steps import AnyAction
from moose_dagster.reconciliation import ReconcileResult
from moose_dagster.report.rows import copied_words
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId


def copy_progress_to(log: dg.DagsterLogManager) -> Callable[[TableId, int, int], None]:
    """Return the callback that logs how many rows a rebuild has copied so far."""
    return lambda table, rows, total: log.info(copied_words(table, rows, total))


@contextmanager
def logged_actions(log: dg.DagsterLogManager) -> Generator[Callable[[AnyAction], None]]:
    """Yield the callback that logs each action, and log how far a terminated run has come."""
    started = list[str]()

    def show(action: AnyAction) -> None:
        started.append(f"{action.route.value} {action.resource}")
        log.info(f"{started[-1]}: {counted(len(action.steps), 'change')}")

    try:
        yield show
    except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt):
        log.warning(_terminated_words(started))
        raise


def _terminated_words(started: list[str]) -> str:
    if not started:
        return "terminated before anything was sent."
    sent = f"sent before: {', '.join(started[:-1])}" if started[1:] else "nothing was sent before"
    return (
        f"terminated during {started[-1]}; {sent}. The server may still finish the last statement; "
        "the next run compares again."
    )


def log_recovery(log: dg.DagsterLogManager, outcome: ReconcileResult) -> None:
    """Log how this run dealt with what an interrupted run had not finished."""
    for sentence in outcome.recovered:
        log.warning(sentence)


def named(resource: ResourceId, reason: str) -> str:
    """Return *reason* with its resource in front, unless it already names it."""
    return reason if str(resource) in reason else f"{resource}: {reason}"
