"""Block what can't be made yet, because something that it needs is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from moose_dagster.diff.table_changes import CreateTable, RenameTable
from moose_dagster.diff.view_changes import CreateView
from moose_dagster.plan.dependencies import block_dependents
from moose_dagster.plan.describe import describe, subject_of
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Action, C, Plan, Route, Step, steps_blocked, steps_to_apply
from moose_dagster.plan.strategy import action_for
from moose_dagster.sql.views import read_by
from moose_dagster.state.graph import Graph
from moose_dagster.state.names import ResourceId, TableId, ViewId

_LEAST_OF_A_CIRCLE = 2


def block_without_sources(plan: Plan, graph: Graph) -> Plan:
    """Return *plan* with everything blocked that needs what this plan does not create.

    Args:
        plan: The actions, in order.
        graph: What reads and fills what.
    """
    blocked = _without_circles(plan, graph)
    absent = {*_not_created(blocked)}
    if not absent:
        return blocked
    waits = dict[ResourceId, TableId]()
    for action in blocked.ordered_actions:
        if action.target is None:
            continue
        known = graph.live.needs(action.place)
        missing = (
            one for one in graph.desired.needs(action.place) if one in absent and one not in known
        )
        needed = next(missing, None)
        if needed is None:
            continue
        if isinstance(action, Action) and action.route is not Route.CREATE:
            blocked = _without_steps_that_read(needed, f"{needed} exists", action, blocked)
        else:
            waits[action.resource] = needed
            if action.route is Route.CREATE:
                absent.add(action.place)
    return block(blocked, {one: f"{needed} exists" for one, needed in waits.items()})


def _without_circles(plan: Plan, graph: Graph) -> Plan:
    """Return *plan* with what would read itself through others blocked: no server takes it."""
    blocked = plan
    waits = dict[ResourceId, str]()
    for action in plan.ordered_actions:
        circle = [] if action.target is None else [*graph.desired.circle_at(action.place)]
        if len(circle) < _LEAST_OF_A_CIRCLE or graph.live.circle_at(action.place):
            continue
        names = " reads ".join(map(str, (*circle, circle[0])))
        until = f"nothing reads itself any more: {names}"
        if action.route is Route.CREATE:
            waits[action.resource] = until
        elif isinstance(action, Action):
            blocked = _without_steps_that_read(circle[1], until, action, blocked)
    return block(blocked, waits)


def of_tables(plan: Plan) -> Plan:
    """Return the part of *plan* that is about tables."""
    steps = tuple(step for step in plan.steps if not isinstance(step.resource, ViewId))
    blocked = tuple(one for one in plan.blocked_actions if isinstance(one, Action))
    return replace(plan, steps=steps, view_actions=(), blocked_actions=blocked)


def block(plan: Plan, waits: Mapping[ResourceId, str]) -> Plan:
    """Return *plan* with tables and views blocked until what *waits* says of each has happened."""
    if not waits:
        return plan
    steps = (
        _until(step, waits[step.resource]) if step.resource in waits else step
        for step in plan.steps
    )
    blocked = (action for action in plan.ordered_actions if action.resource in waits)
    actions = (action for action in plan.actions if action.table not in waits)
    view_actions = (action for action in plan.view_actions if action.view not in waits)
    return replace(
        plan,
        steps=tuple(steps),
        actions=tuple(actions),
        view_actions=tuple(view_actions),
        blocked_actions=(*plan.blocked_actions, *blocked),
    )


def _until(step: Step[C], what: str) -> Step[C]:
    if step.verdict is not Verdict.APPLY:
        return step
    reason = f"{subject_of(step.change)}: waits until {what} ({step.life_cycle.value})."
    return replace(step, verdict=Verdict.BLOCK, reason=reason)


def _not_created(plan: Plan) -> Iterable[TableId]:
    """Yield the places of what differs as it is not there, and is not created."""
    for step in plan.steps:
        change = step.change
        if step.verdict is Verdict.APPLY:
            continue
        if isinstance(change, CreateTable):
            yield change.table.id
        elif isinstance(change, RenameTable):
            yield change.table
        elif isinstance(change, CreateView):
            yield change.view.id.place


def _without_steps_that_read(read: TableId, until: str, action: Action, plan: Plan) -> Plan:
    """Return *plan* with the steps of one table blocked *until* then whose text names *read*."""
    database = action.table.database
    of_table = [
        _until(step, until) if read in read_by(describe(step.change).declared, database) else step
        for step in action.steps
    ]
    decided = block_dependents(of_table, action.context)
    by_change = {id(step.change): step for step in decided}
    remaining = action_for(action.table, steps_to_apply(decided), action.context)
    waiting = action_for(action.table, steps_blocked(decided), action.context)
    others = (other for other in plan.actions if other.table != action.table)
    return replace(
        plan,
        steps=tuple(by_change.get(id(step.change), step) for step in plan.steps),
        actions=(*others, *([remaining] if remaining else [])),
        blocked_actions=(*plan.blocked_actions, *([waiting] if waiting else [])),
    )
