"""Finish or undo the rebuilds and type changes that an earlier run did not end."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from moose_dagster.apply.results import Result, RowsLeftBehind, StatementError, as_statement_errors
from moose_dagster.apply.revert import revert_stored_type
from moose_dagster.apply.tables import TableExecutor
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.ledger.checkpoints import Checkpoint
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.steps import Plan, Route
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.sql.create import on_cluster
from moose_dagster.state.names import ResourceId, TableId

_NOT_OURS = (
    "{}: a rebuild was interrupted, and nothing is written to the table now that it is "
    "EXTERNALLY_MANAGED. Declare it FULLY_MANAGED for one more run, which ends the rebuild or "
    "undoes it."
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of interrupted rebuilds.

    Attributes:
        done: A sentence for each that was finished or undone.
        errors: What went wrong with each other one, by table.
    """

    done: tuple[str, ...] = ()
    errors: Mapping[TableId, str] = field(default_factory=dict[TableId, str])


def recover_rebuilds(
    executor: TableExecutor,
    checkpoints: Iterable[Checkpoint],
    plan: Plan,
    selection: Collection[ResourceId] | None,
) -> Recovery:
    """Finish each rebuild whose new table is in its place; undo those that *plan* does not need.

    Args:
        executor: What sends.
        checkpoints: The open rebuilds.
        plan: What is about to be done.
        selection: The resources the run is about, or None for all; others are only finished.
    """
    rebuilt = {action.table for action in plan.actions if action.route is Route.REBUILD}
    done = list[str]()
    errors = dict[TableId, str]()
    for number, checkpoint in enumerate(checkpoints):
        table = checkpoint.rebuild.table
        if executor.life_cycles.get(table) is LifeCycle.EXTERNALLY_MANAGED:
            errors[table] = _NOT_OURS.format(table)
            continue
        rebuilding = executor.rebuilding(checkpoint)
        try:
            with as_statement_errors():
                rebuilding.claim(executor.names.another(number))
                if rebuilding.exchanged:
                    rebuilding.finish()
                    done.append(f"{table}: an interrupted rebuild was finished.")
                elif table not in rebuilt and (selection is None or table in selection):
                    rebuilding.undo()
                    done.append(
                        f"{table}: an interrupted rebuild was undone; the table is as it was."
                    )
        except RowsLeftBehind as left:
            errors[table] = f"{table}: an interrupted rebuild was finished, but {left.error}"
        except StatementError as stopped:
            errors[table] = (
                f"{table}: an interrupted rebuild could not be finished or undone: {stopped.error}"
            )
    executor.flush(plan)
    return Recovery(tuple(done), errors)


def revert_stuck_type_changes(
    executor: TableExecutor, before: PlanResult
) -> tuple[list[str], dict[TableId, str]]:
    """Revert each stuck type change; return a sentence for each, and the errors by table."""
    done = list[str]()
    errors = dict[TableId, str]()
    for table, stored in before.stuck_type_changes.items():
        clusters = (
            action.context.statement_cluster
            for action in before.plan.actions
            if action.table == table
        )
        on_cluster_clause = on_cluster(next(clusters, ""))
        try:
            done.append(
                revert_stored_type(
                    executor.clickhouse,
                    table,
                    stored,
                    on_cluster_clause,
                    partial(executor.send, table),
                )
            )
        except (StatementError, ServerError, ServerUnreachable) as stopped:
            errors[table] = f"{table}: a stuck type change could not be reverted: {stopped}"
    executor.flush(before.plan)
    return done, errors


def without_unrecovered(plan: Plan, recovery: Recovery) -> tuple[Plan, tuple[Result, ...]]:
    """Return *plan* without the tables of unfinished rebuilds, and the results of those."""
    errors = recovery.errors
    to_send = tuple(action for action in plan.actions if action.table not in errors)
    results = (
        Result(action, 0, errors[action.table], 0, reached=False)
        for action in plan.actions
        if action.table in errors
    )
    return replace(plan, actions=to_send), tuple(results)
