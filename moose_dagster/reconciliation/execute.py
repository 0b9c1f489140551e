"""Send the actions of tables and views; steps that are refused together are sent one by one."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from moose_dagster.apply.results import Result
from moose_dagster.apply.tables import StatementContext, TableExecutor
from moose_dagster.apply.views import ViewExecutor
from moose_dagster.ddl.trash import trashed_by
from moose_dagster.declare.project import Project
from moose_dagster.errors import LockLost, ServerUnreachable
from moose_dagster.plan.steps import Action, Plan, Route, ViewAction
from moose_dagster.plan.strategy import one_by_one
from moose_dagster.reconciliation.verify import facet_of
from moose_dagster.state.names import ResourceId, TableId


def apply_in_clickhouse(
    executor: TableExecutor,
    plan: Plan,
    plan_again: Callable[[], Plan],
    blocked: Sequence[Result] = (),
) -> tuple[Result, ...]:
    """Send the actions of tables and views in the order of *plan*.

    What comes after an action that failed is not sent.

    Args:
        executor: Sends the statements of tables.
        plan: The actions.
        plan_again: Returns the plan as it is by then.
        blocked: How the actions ended that were not sent for another reason.

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
        executor.sending.settings,
    )
    executor.ledger.keep(
        entry for action in plan.view_actions for entry in trashed_by(action, executor.names)
    )
    results = list(blocked)
    for group in _groups(plan):
        to_send, not_sent = split_dependents(group, results, plan)
        results += not_sent
        tables = tuple(action for action in to_send if isinstance(action, Action))
        if tables:
            results += _apply_tables(executor, replace(plan, actions=tables), plan_again)
        results += views.run([action for action in to_send if isinstance(action, ViewAction)])
    if views.sent:
        with suppress(ServerUnreachable, LockLost):  # the results say so, too
            executor.ledger.write_history(plan.fingerprint, views.sent)
    return tuple(results)


def _groups(plan: Plan) -> Iterator[Sequence[Action | ViewAction]]:
    """Yield the actions in order: tables or views that don't come after each other."""
    group = list[Action | ViewAction]()
    for action in plan.ordered_actions:
        first = plan.sequence.get(action.resource, frozenset())
        is_next = not group or isinstance(action, type(group[0]))
        if not is_next or any(other.resource in first for other in group):
            yield group
            group = []
        group.append(action)
    if group:
        yield group


def split_dependents(
    actions: Sequence[Action | ViewAction], results: Sequence[Result], plan: Plan
) -> tuple[Sequence[Action | ViewAction], Sequence[Result]]:
    """Return the actions that may go on, and results for those that come after a failed one.

    Args:
        actions: Those of tables or views.
        results: How earlier actions ended.
        plan: The order of all actions.
    """
    failed = {result.action.resource: result.action for result in results if result.error}
    is_lost = any(result.error and result.code is None for result in results)
    to_send = list[Action | ViewAction]()
    not_sent = list[Result]()
    for action in actions:
        first = plan.sequence.get(action.resource, frozenset())
        needed = next((failed[one] for one in failed if one in first), None)
        if is_lost:
            error = "not reached: the connection was lost before"
            not_sent.append(Result(action, 0, error, reached=False))
        elif needed is not None:
            done = "created" if needed.route is Route.CREATE else "changed"
            error = f"not sent: {needed.resource} could not be {done} before"
            not_sent.append(Result(action, 0, error, 0, reached=False))
        else:
            to_send.append(action)
    return to_send, not_sent


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
    return StatementContext(settings={**project.desired.statement_settings}, secrets=values)


def _refused_together(results: Sequence[Result]) -> frozenset[ResourceId]:
    """Return the tables whose changes the server refused as a whole, though there are several."""
    return frozenset(
        result.action.resource
        for result in results
        if result.error
        and result.code is not None
        and result.reached
        and not result.on_some_hosts
        and len(result.action.steps) > 1
    )


def _separated(
    plan: Plan, tables: Collection[ResourceId]
) -> dict[tuple[ResourceId, str, str], Action]:
    """Return what *plan* does to *tables*, each step as an action of its own, by its facet."""
    actions = [action for action in plan.actions if action.table in tables]
    alone = [single for action in actions for single in one_by_one(action)]
    return {facet_of(single.steps[0]): single for single in alone}
