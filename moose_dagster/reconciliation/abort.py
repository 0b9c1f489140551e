"""Give up rebuilds that an earlier run did not end."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace

from moose_dagster.apply.results import StatementError, as_statement_errors
from moose_dagster.apply.tables import StatementContext, TableExecutor
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.ledger.entries import read_ledger
from moose_dagster.ledger.writer import Ledger
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation.lock import comment_of, project_lock, wait_for_statements
from moose_dagster.reconciliation.names import names_of_run
from moose_dagster.reconciliation.results import Options
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId


@dataclass(frozen=True, slots=True)
class Aborted:
    """What became of interrupted rebuilds.

    Attributes:
        undone: A sentence for each rebuild that was given up.
        refused: A sentence for each rebuild that could not be given up.
    """

    undone: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def interrupted_rebuilds(
    project: Project,
    clickhouse: ClickHouse,
    options: Options | None = None,
    *,
    tables: Collection[TableId] | None = None,
) -> tuple[str, ...]:
    """Return a sentence for each rebuild that has not ended, even where another run works on it."""
    checkpoints = _open_rebuilds(project, clickhouse, options or Options(), tables)
    return tuple(
        f"{checkpoint.rebuild.table}, {counted(checkpoint.rows, 'row')} copied so far"
        for checkpoint in checkpoints
    )


def abort(
    project: Project,
    clickhouse: ClickHouse,
    options: Options | None = None,
    *,
    tables: Collection[TableId] | None = None,
) -> Aborted:
    """Undo interrupted rebuilds: the live table stays as it was, and what was copied is dropped.

    A rebuild whose new table has taken its place already is refused: the next reconcile ends it.

    Args:
        project: The declarations of the owner.
        clickhouse: A connection that may write.
        options: Where ledger and trash are, how long to wait for the lock, and what the run is
            called.
        tables: Only the rebuilds of these, or None for all.

    Raises:
        LockHeld: A reconcile of the project is running.
        ServerError: The server can't be read.
    """
    options = options or Options()
    if not _open_rebuilds(project, clickhouse, options, tables):
        return Aborted()
    ledger = Ledger(
        clickhouse, options.ledger_database, project.owner.key, options.run_id or uuid.uuid4().hex
    )
    with project_lock(ledger, options) as lock:
        ledger = ledger.under(lock)
        wait_for_statements(clickhouse, project.owner.key, options)
        sending = StatementContext(verify=lock.verify, comment=comment_of(project.owner.key))
        executor = TableExecutor(
            clickhouse, names_of_run(options), ledger, {}, lambda _: None, sending
        )
        aborted = Aborted()
        for number, checkpoint in enumerate(_open_rebuilds(project, clickhouse, options, tables)):
            aborted = _undo(executor, number, checkpoint, aborted)
        executor.flush(Plan())
    return aborted


def _open_rebuilds(
    project: Project, clickhouse: ClickHouse, options: Options, tables: Collection[TableId] | None
) -> list[Checkpoint]:
    interrupted = read_ledger(clickhouse, options.ledger_database, project.owner).interrupted
    return [each for each in interrupted if tables is None or each.rebuild.table in tables]


def _undo(executor: TableExecutor, number: int, checkpoint: Checkpoint, so_far: Aborted) -> Aborted:
    table = checkpoint.rebuild.table
    rebuilding = executor.rebuilding(checkpoint)
    try:
        with as_statement_errors():
            rebuilding.claim(executor.names.another(number))
            if rebuilding.exchanged:
                text = (
                    f"{table}: the new table has taken its place already; the next reconcile ends "
                    "the rebuild."
                )
                return replace(so_far, refused=(*so_far.refused, text))
            rebuilding.undo()
    except StatementError as stopped:
        return replace(so_far, refused=(*so_far.refused, f"{table}: {stopped.error}"))
    return replace(
        so_far, undone=(*so_far.undone, f"{table}: the rebuild was undone; the table is as it was.")
    )
