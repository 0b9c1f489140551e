"""Send the actions of a plan about tables and views; what the server refuses together is sent once more alone."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from moose_dagster.apply.results import Result
from moose_dagster.apply.tables import StatementContext, TableExecutor
from moose_dagster.apply.views import ViewExecutor, split_blocked
from moose_dagster.ddl.trash import trashed_by
from moose_dagster.declare.project import Project
from moose_dagster.errors import ServerUnreachable
from moose_dagster.plan.steps import Action, AnyAction, Plan, Route, ViewAction
from moose_dagster.plan.strategy import one_by_one
from moose_dagster.state.names import ResourceId, TableId


def apply_in_clickhouse(
    applying: TableExecutor, plan: Plan, plan_again: Callable[[], Plan]
) -> tuple[Result, ...]:
    """Make the views' early actions, those of tables, and the other views' actions; return how they ended.

    Raises:
        GuardError: The plan holds a step its life cycle forbids; nothing was sent.
    """
    views = ViewExecutor(
        applying.clickhouse,
        applying.names,
        applying.life_cycles,
        applying.progress,
        applying.sending.verify,
        applying.sending.comment,
    )
    applying.ledger.keep(
        kept for action in plan.view_actions for kept in trashed_by(action, applying.names)
    )
    results = [*views.run([action for action in plan.view_actions if action.early])]
    going, held = split_blocked(plan.actions, results)
    results += held
    if going:
        results += _apply_tables(applying, replace(plan, actions=going), plan_again)
    results += views.run([action for action in plan.view_actions if not action.early])
    results = created_again(results, partial(_create, applying, views, plan))
    if views.sent:
        with suppress(ServerUnreachable):  # the results say so, too
            applying.ledger.write_history(plan.fingerprint, views.sent)
    return results


def _create(
    applying: TableExecutor, views: ViewExecutor, plan: Plan, actions: Sequence[AnyAction]
) -> tuple[Result, ...]:
    """Make *actions* of *plan*, tables before views; that they are made was told before."""
    tables = tuple(action for action in actions if isinstance(action, Action))
    results = (
        replace(applying, progress=silent).run(replace(plan, actions=tables)) if tables else ()
    )
    again = replace(views, progress=silent)
    return (*results, *again.run([action for action in actions if isinstance(action, ViewAction)]))


def _apply_tables(
    applying: TableExecutor, plan: Plan, plan_again: Callable[[], Plan]
) -> tuple[Result, ...]:
    """Return how the actions of *plan* ended.

    What the server refuses as a whole may hold changes that it takes alone: *plan_again* is asked
    then, and each step of those tables is sent for itself.

    Raises:
        GuardError: The plan holds a step its life cycle forbids; nothing was sent.
    """
    results = applying.run(plan)
    refused = _refused_together(results)
    if not refused:
        return results
    fresh, again = plan_again(), list[Result]()
    for number, action in enumerate(_separated(fresh, refused)):
        if action.route is Route.REBUILD:
            fresh = plan_again()  # a rebuild copies the columns that are there by now
        now = next(
            (one for one in _separated(fresh, [action.table]) if one.steps == action.steps), None
        )
        if now is not None:
            alone = replace(
                applying, names=replace(applying.names, stamp=f"{applying.names.stamp}_{number}")
            )
            again += alone.run(replace(fresh, actions=(now,), topic_actions=()))
    kept = (
        result for result in results if result.is_final or result.action.resource not in refused
    )
    return (*kept, *again)


def statement_context_of(project: Project, plan: Plan) -> StatementContext:
    """Return what goes with the statements of *plan*; a missing secret is an error before anything is sent."""
    made = {
        action.table for action in plan.actions if action.route in {Route.CREATE, Route.REBUILD}
    }
    return StatementContext(
        settings=project.desired.statement_settings,
        secrets={
            table: tuple(secret.read() for secret in secrets)
            for table, secrets in project.desired.secrets.items()
            if isinstance(table, TableId) and table in made
        },
    )


def _refused_together(results: Sequence[Result]) -> frozenset[ResourceId]:
    """Return the tables whose changes the server refused as a whole, though there are several."""
    return frozenset(
        result.action.resource
        for result in results
        if result.error
        and result.code is not None
        and result.reached
        and len(result.action.steps) > 1
    )


def _separated(plan: Plan, tables: Collection[ResourceId]) -> tuple[Action, ...]:
    """Return what *plan* does to *tables*, each step as an action of its own."""
    return tuple(
        alone for action in plan.actions if action.table in tables for alone in one_by_one(action)
    )


def silent(*_: object) -> None:
    """Tell nobody."""


# BAD_ARGUMENTS (no such dictionary), UNKNOWN_IDENTIFIER, UNKNOWN_TABLE, UNKNOWN_DATABASE,
# CANNOT_EXTRACT_TABLE_STRUCTURE (no table fits `merge`).
_NOT_THERE = frozenset({36, 47, 60, 81, 636})


Create: TypeAlias = Callable[[Sequence[AnyAction]], Sequence[Result]]


def created_again(results: Sequence[Result], create: Create) -> tuple[Result, ...]:
    """Return *results* with those of creates that *create* was asked for again, as long as it makes any.

    Where the connection or the lock was lost, nothing is sent again.

    Args:
        results: How every action of the run ended.
        create: Makes actions in their order, and tells how they ended.
    """
    results = tuple(results)
    is_anything_new = any(
        result.action.route is Route.CREATE and not result.error for result in results
    )
    while is_anything_new and not any(result.error and result.code is None for result in results):
        wanting = [result.action for result in results if _may_have_come_too_early(result)]
        ended: dict[ResourceId, Result] = {
            result.action.resource: result for result in create(wanting)
        }
        results = tuple(
            ended.get(result.action.resource, result)
            if _may_have_come_too_early(result)
            else result
            for result in results
        )
        is_anything_new = any(not result.error for result in ended.values())
    return results


def _may_have_come_too_early(result: Result) -> bool:
    return result.action.route is Route.CREATE and bool(result.error) and result.code in _NOT_THERE
