"""Turn two states of views and the life cycles into a plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from moose_dagster.diff import view_changes as changes
from moose_dagster.diff.view_changes import ViewChange, view_of
from moose_dagster.diff.views import diff_views, evolve_view
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import step_for
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, Route, Step, ViewAction, steps_blocked, steps_to_apply
from moose_dagster.risk.dependents import Rewritten, goes_early
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.views import ViewContext, ViewFacts, view_risk_of
from moose_dagster.sql.select import outputs
from moose_dagster.state.graph import Graph
from moose_dagster.state.names import ResourceId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.views import View, ViewKind, replaces_rows

_Steps: TypeAlias = tuple[Step[ViewChange], ...]


@dataclass(frozen=True, slots=True)
class ViewPlanInputs:
    """What a plan of views rests on besides the two states.

    Attributes:
        life_cycles: The life cycle of each declared resource.
        removed: The life cycle that counts for each view that left the code.
        removal_block: Why no view that left the code may be dropped now, or "".
        facts: What is known of each view besides its definition.
        not_compared: Views whose text the server could not read.
        clusters: The cluster of each resource that is on one.
        catalogs: The engine of each database whose views every host has without ON CLUSTER.
        unadopted: The resources that this run may only change without loss.
        owners: The other project that manages each resource, where there is one.
        unapproved: The approval that each resource waits for.
        removal_remarks: What to say besides of resources that left the code, "" for nothing.
        graph: What reads what.
    """

    life_cycles: Mapping[ResourceId, LifeCycle]
    removed: Mapping[ResourceId, LifeCycle] = field(default_factory=dict[ResourceId, LifeCycle])
    removal_block: str = ""
    facts: Mapping[ViewId, ViewFacts] = field(default_factory=dict[ViewId, ViewFacts])
    not_compared: tuple[ViewId, ...] = ()
    clusters: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    catalogs: Mapping[str, str] = field(default_factory=dict[str, str])
    unadopted: frozenset[ResourceId] = frozenset()
    owners: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    unapproved: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    removal_remarks: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    graph: Graph = field(default_factory=Graph)


def build_view_plan(
    live: Mapping[ViewId, View], desired: Mapping[ViewId, View], inputs: ViewPlanInputs
) -> Plan:
    """Return the plan that brings *live* as near to *desired* as the life cycles allow."""
    grouped = defaultdict[ViewId, list[ViewChange]](list)
    for change in diff_views(live, desired):
        grouped[view_of(change)].append(change)
    steps = list[Step[ViewChange]]()
    actions = list[ViewAction]()
    blocked_actions = list[ViewAction]()
    for view, of_view in grouped.items():
        context = ViewContext(
            live=live.get(view),
            desired=desired.get(view),
            changes=tuple(of_view),
            facts=inputs.facts.get(view, ViewFacts()),
            cluster=inputs.clusters.get(view, ""),
            catalog=inputs.catalogs.get(view.database, ""),
            readers=inputs.graph.desired.readers_of(view.place),
        )
        decided = [step_for(change, view_risk_of(change, context), inputs) for change in of_view]
        steps.extend(decided)
        action = _action_for(view, steps_to_apply(decided), context)
        if action:
            actions.append(action)
            context = replace(context, live=action.target)
        blocked = _action_for(view, steps_blocked(decided), context)
        if blocked:
            blocked_actions.append(blocked)
    notes = tuple(_notes(steps, live, inputs))
    return Plan(
        steps=tuple(steps),
        view_actions=tuple(actions),
        blocked_actions=tuple(blocked_actions),
        notes=notes,
    )


def early_views(actions: Iterable[ViewAction], live: State, desired: State) -> set[ResourceId]:
    """Return the views that must be changed before the tables are altered.

    Args:
        actions: Those of views.
        live: The live tables.
        desired: The declared tables.
    """
    return {
        action.view
        for action in actions
        if action.target is not None
        and action.context.live is not None
        and not _follows_tables(action)
        and goes_early(action.context.live, action.target, live, desired)
    }


def _follows_tables(action: ViewAction) -> bool:
    """Tell whether the server derives the columns of the view from tables as they will be."""
    view = action.target
    is_open = view is not None and view.kind is ViewKind.VIEW and not outputs(view.query)
    return is_open or any(
        isinstance(step.change, changes.ChangeViewColumns) for step in action.steps
    )


def rewritten_by(plan: Plan) -> dict[ViewId, Rewritten]:
    """Return the live views whose reading the allowed part of *plan* changes."""
    return {
        action.view: Rewritten(action.context.live, action.target)
        for action in plan.view_actions
        if action.context.live is not None
        and (action.route in {Route.DROP, Route.REBUILD} or _has_new_query(action))
    }  # fmt: skip


def _has_new_query(action: ViewAction) -> bool:
    return any(isinstance(step.change, changes.ChangeViewQuery) for step in action.steps)


def _action_for(view: ViewId, steps: _Steps, context: ViewContext) -> ViewAction | None:
    if not steps:
        return None
    first = steps[0].change
    if isinstance(first, changes.CreateView):
        return ViewAction(view, Route.CREATE, steps, context, first.view)
    if isinstance(first, changes.DropView) or context.live is None:
        return ViewAction(view, Route.DROP, steps, context, None)
    target = context.live
    for step in steps:
        if not isinstance(step.change, changes.CreateView | changes.DropView):
            target = evolve_view(target, step.change)
    recreates = any(step.risk in {Risk.REBUILD, Risk.DESTRUCTIVE} for step in steps)
    route = Route.REBUILD if recreates else Route.ALTER
    return ViewAction(view, route, steps, context, target)


def _notes(
    steps: Iterable[Step[ViewChange]], live: Mapping[ViewId, View], inputs: ViewPlanInputs
) -> Iterator[str]:
    for view in inputs.not_compared:
        yield (
            f"{view}: its query is not compared: the server can't read the live or the declared "
            "text."
        )
    for step in steps:
        change = step.change
        if step.verdict is not Verdict.APPLY:
            continue
        if isinstance(change, changes.ChangeViewQuery) and _is_fed_by_inserts(live[change.view]):
            yield (
                f"{change.view}: rows that it has written are not computed again; only later "
                "inserts use the new query."
            )
        if (
            isinstance(change, changes.ChangeRefresh | changes.CreateView)
            and step.risk is Risk.DESTRUCTIVE
        ):
            yield f"{view_of(change)}: the rows that its refreshes replace are kept in the trash."


def _is_fed_by_inserts(view: View) -> bool:
    return view.kind is ViewKind.MATERIALIZED_VIEW and not replaces_rows(view)
