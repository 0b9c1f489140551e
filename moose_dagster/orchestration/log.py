"""What a run writes into its log while it acts, and afterwards."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from moose_dagster.plan.steps import AnyAction, Plan
from moose_dagster.reconciliation import ReconcileResult, RunCallbacks
from moose_dagster.report.rows import copied_words, started_words, summary_of
from moose_dagster.report.totals import totals_of
from moose_dagster.state.names import ResourceId, TableId


@contextmanager
def logged_run(log: dg.DagsterLogManager) -> Generator[RunCallbacks]:
    """Yield what logs the plan and each action, and log how far a terminated run has come."""
    started = list[str]()

    def planned(plan: Plan) -> None:
        totals = totals_of(plan)
        log.info(f"planned: {summary_of(plan)}{f' ({totals})' if totals else ''}")

    def show(action: AnyAction) -> None:
        started.append(f"{action.route.value} {action.resource}")
        log.info(started_words(action))

    def copied(table: TableId, rows: int, total: int) -> None:
        log.info(copied_words(table, rows, total))

    try:
        yield RunCallbacks(planned, show, copied)
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
