"""Send the actions of tables and views; steps that are refused together are sent one by one."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from moose_dagster.apply.results import Result
from moose_dagster.apply.tables import StatementContext, TableExecutor
from moose_dagster.apply.views import ViewExecutor, split_blocked, split_dependents
from moose_dagster.ddl.tables import statements_of
from moose_dagster.ddl.trash import trashed_by
from moose_dagster.declare.project import Project
from moose_dagster.errors import LockLost, ServerUnreachable
from moose_dagster.plan.steps import Action, AnyAction, Plan, Route, ViewAction
from moose_dagster.plan.strategy import one_by_one
from moose_dagster.reconciliation.verify import facet_of
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.tokens import tokens
from moose_dagster.state.views import ViewKind


def apply_in_clickhouse(
    executor: TableExecutor, plan: Plan, plan_again: Callable[[], Plan]
) -> tuple[Result, ...]:
    """Send the early actions of views, those of tables and the other ones of views, in this order.

    Raises:
        GuardError: The plan holds a step its life cycle forbids; nothing was sent.
    """
    views = ViewExecutor(
        executor.clickhouse,
        executor.names,
        executor.life_cycles,
        executor.progress,
        executor.sending.verify,
        executor.sending.comment,
    )
    executor.ledger.keep(
        entry for action in plan.view_actions for entry in trashed_by(action, executor.names)
    )
    results = [*views.run([action for action in plan.view_actions if action.early])]
    to_send, blocked = split_blocked(plan.actions, results)
    results += blocked
    waiting = [action for action in to_send if _names_new_dictionary(action, plan, executor)]
    first = tuple(action for action in to_send if action not in waiting)
    if first:
        results += _apply_tables(executor, replace(plan, actions=first), plan_again)
    late = [action for action in plan.view_actions if not action.early]
    late_to_send, blocked = split_dependents(late, results)
    results += [*blocked, *views.run(late_to_send)]
    if waiting:
        results += _apply_tables(executor, replace(plan, actions=tuple(waiting)), plan_again)
    results = retry_creations(results, partial(_create, executor, views, plan))
    if views.sent:
        with suppress(ServerUnreachable, LockLost):  # the results say so, too
            executor.ledger.write_history(plan.fingerprint, views.sent)
    return results


def _names_new_dictionary(action: Action, plan: Plan, executor: TableExecutor) -> bool:
    """Tell whether *action* alters a table by an expression that names a dictionary of *plan*.

    The server refuses such an ALTER (36) until the dictionary exists. A creation that is refused is
    sent again later.
    """
    names = set[str]()
    for other in plan.view_actions:
        target = other.target
        is_new = other.route is Route.CREATE and not other.early
        if is_new and target is not None and target.kind is ViewKind.DICTIONARY:
            place = target.id
            names |= {quoted_text(place.name), quoted_text(f"{place.database}.{place.name}")}
    if not names or action.route is Route.CREATE:
        return False
    statements = statements_of(action, executor.names)
    return any(not names.isdisjoint(tokens(statement)) for statement in statements)


def _create(
    executor: TableExecutor, views: ViewExecutor, plan: Plan, actions: Sequence[AnyAction]
) -> tuple[Result, ...]:
    """Send *actions* of *plan*, tables before views; their progress was reported before."""
    tables = tuple(action for action in actions if isinstance(action, Action))
    results = (
        replace(executor, progress=silent).run(replace(plan, actions=tables)) if tables else ()
    )
    again = replace(views, progress=silent)
    return (*results, *again.run([action for action in actions if isinstance(action, ViewAction)]))


def _apply_tables(
    executor: TableExecutor, plan: Plan, plan_again: Callable[[], Plan]
) -> tuple[Result, ...]:
    """Return how the actions of *plan* ended.

    What the server refuses as a whole may hold changes that it takes alone: *plan_again* is asked
    then, and each step of those tables is sent for itself.

    Raises:
        GuardError: The plan holds a step its life cycle forbids; nothing was sent.
    """
    results = executor.run(plan)
    refused = _refused_together(results)
    if not refused:
        return results
    again = list[Result]()
    for number, facet in enumerate([*_separated(plan_again(), refused)]):
        # The step before it may have changed the type that it is sent with, or a rebuild's columns.
        fresh = plan_again()
        action = _separated(fresh, refused).get(facet)
        if action is not None:
            stamp = f"{executor.names.stamp}_{number}"
            alone = replace(executor, names=replace(executor.names, stamp=stamp))
            again += alone.run(replace(fresh, actions=(action,), topic_actions=()))
    final = [
        result for result in results if result.is_final or result.action.resource not in refused
    ]
    return (*final, *again)


def statement_context_of(project: Project, plan: Plan) -> StatementContext:
    """Return what goes with the statements of *plan*.

    A missing secret is an error before anything is sent.
    """
    created = {
        action.table for action in plan.actions if action.route in {Route.CREATE, Route.REBUILD}
    }
    values = dict[TableId, Sequence[str]]()
    for table, secrets in project.desired.secrets.items():
        if isinstance(table, TableId) and table in created:
            values[table] = tuple(secret.read() for secret in secrets)
    return StatementContext(settings=project.desired.statement_settings, secrets=values)


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


def _separated(
    plan: Plan, tables: Collection[ResourceId]
) -> dict[tuple[ResourceId, str, str], Action]:
    """Return what *plan* does to *tables*, each step as an action of its own, by its facet."""
    actions = [action for action in plan.actions if action.table in tables]
    alone = [single for action in actions for single in one_by_one(action)]
    return {facet_of(single.steps[0]): single for single in alone}


def silent(*_: object) -> None:
    """Report nothing."""


# BAD_ARGUMENTS (no such dictionary), UNKNOWN_IDENTIFIER, UNKNOWN_TABLE, UNKNOWN_DATABASE,
# CANNOT_EXTRACT_TABLE_STRUCTURE (no table fits `merge`).
_MISSING_RESOURCE = frozenset({36, 47, 60, 81, 636})


Create: TypeAlias = Callable[[Sequence[AnyAction]], Sequence[Result]]


def retry_creations(results: Sequence[Result], create: Create) -> tuple[Result, ...]:
    """Return *results* after creations that failed for something missing were sent again.

    They are sent again as long as one of them succeeds. Where the connection or the lock was lost,
    nothing is sent again.

    Args:
        results: How every action of the run ended.
        create: Sends actions in their order and returns how they ended.
    """
    results = tuple(results)
    has_created = any(
        result.action.route is Route.CREATE and not result.error for result in results
    )
    while has_created and not any(result.error and result.code is None for result in results):
        to_retry = [result.action for result in results if _may_succeed_later(result)]
        ended: dict[ResourceId, Result] = {
            result.action.resource: result for result in create(to_retry)
        }
        results = tuple(
            ended.get(result.action.resource, result) if _may_succeed_later(result) else result
            for result in results
        )
        has_created = any(not result.error for result in ended.values())
    return results


def _may_succeed_later(result: Result) -> bool:
    return (
        result.action.route is Route.CREATE
        and bool(result.error)
        and result.code in _MISSING_RESOURCE
    )
