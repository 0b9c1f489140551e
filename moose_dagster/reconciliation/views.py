"""Plan the views of a project; the plan of tables rests on it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.databases import read_catalogs
from moose_dagster.live.tables import read_facts
from moose_dagster.live.views import LiveViews, read_views
from moose_dagster.normalize.views import Compared, compare_views, read_view_facts
from moose_dagster.plan.adoption import unmanaged, waiting_for_adoption
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.removal import RemovalDecisions, clusters_of, decide_removals
from moose_dagster.plan.steps import Plan
from moose_dagster.plan.views import (
    ViewPlanInputs,
    build_view_plan,
    rewritten_by,
)
from moose_dagster.plan.waiting import block
from moose_dagster.reconciliation.approval import Approved, plan_with_approvals
from moose_dagster.reconciliation.readers import PlannedView, planned_schema, sources_first
from moose_dagster.reconciliation.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.reconciliation.view_columns import fill_columns, retyped_dictionaries
from moose_dagster.risk.dependents import Rewritten
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column
from moose_dagster.state.views import View


@dataclass(frozen=True, slots=True)
class ViewsInForce:
    """The views that changes of tables must not break.

    Attributes:
        materialized: Every live materialized view of the server.
        rewritten: Those that the plan changes or drops.
        planned: The selected views as they will be, each after those that it reads.
        plan: The plan of the views that knows nothing of the tables.
    """

    materialized: tuple[View, ...] = ()
    rewritten: Mapping[ViewId, Rewritten] = field(default_factory=dict[ViewId, Rewritten])
    planned: tuple[PlannedView, ...] = ()
    plan: Plan = field(default_factory=Plan)


@dataclass(frozen=True, slots=True)
class ViewSides:
    """Both sides of a plan of views.

    Attributes:
        project: The declarations.
        selected: The declared resources that the run is about.
        entries: What the ledger says.
        options: What the run may do.
        read: What was read of the server.
        both: The live and the desired views in the server's spelling.
        inputs: What a plan rests on besides.
        removals: What becomes of the views that left the code.
    """

    project: Project
    selected: State
    entries: Entries
    options: Options
    read: LiveViews
    both: Compared
    inputs: ViewPlanInputs
    removals: RemovalDecisions[ViewId]

    @property
    def uuids(self) -> dict[ViewId, str]:
        """The uuid of each live view."""
        return {view: fact.uuid for view, fact in self.read.facts.items()}


def read_view_sides(
    project: Project, selected: State, clickhouse: ClickHouse, entries: Entries, options: Options
) -> ViewSides:
    """Read the *selected* views, and those that left the code."""
    declared = project.desired.state.views
    ledger = entries.views
    undeclared = undeclared_of(project, ViewId, entries, options)
    read = read_views(clickhouse, {*selected.views, *undeclared.names})
    uuids = {view: fact.uuid for view, fact in read.facts.items()}
    removals = decide_removals(undeclared, uuids, read.facts)
    live = {
        view: value
        for view, value in read.views.items()
        if view in declared or view in removals.life_cycles
    }
    both = compare_views(clickhouse, live, selected.views)
    life_cycles = project.desired.life_cycles
    managed = [
        view for view in selected.views if life_cycles[view] is not LifeCycle.EXTERNALLY_MANAGED
    ]
    inputs = ViewPlanInputs(
        life_cycles=life_cycles,
        removed={**removals.life_cycles},
        removal_remarks={**removals.remarks},
        removal_block=removal_block_of(project, entries, options),
        facts=read_view_facts(clickhouse, read, both, managed),
        not_compared=both.unknown,
        clusters=clusters_of(ledger, project.desired.clusters),
        catalogs=read_catalogs(clickhouse),
        unadopted=frozenset(() if options.adopt else unmanaged(uuids, ledger)),
        owners=entries.owners,
    )
    return ViewSides(project, selected, entries, options, read, both, inputs, removals)


def views_in_force(sides: ViewSides) -> ViewsInForce:
    """Return the views as a plan leaves them that knows nothing of the tables yet."""
    plan = _approved(sides, sides.both.desired).plan
    targets = {action.view: action.target for action in plan.view_actions}
    planned = [
        PlannedView(
            view=targets.get(view) or sides.both.live[view],
            live=sides.both.live.get(view),
            is_carried=sides.inputs.life_cycles[view] is not LifeCycle.EXTERNALLY_MANAGED,
            storage=_storage(sides, targets.get(view), view),
        )
        for view in sides.both.desired
        if (view in targets or view in sides.both.live) and view not in sides.both.unknown
    ]
    return ViewsInForce(sides.read.materialized, rewritten_by(plan), sources_first(planned), plan)


def _storage(sides: ViewSides, target: View | None, view: ViewId) -> tuple[Column, ...]:
    """Return the columns of the table of a view's own rows, once the plan is done."""
    if target is not None and target.inner is not None and target.inner.columns:
        return target.inner.columns
    live = sides.read.views.get(view)
    return live.inner.columns if live is not None and live.inner is not None else ()


def plan_views(
    clickhouse: ClickHouse, sides: ViewSides, views: ViewsInForce, tables: PlanResult
) -> PlanResult:
    """Compare views with the server, knowing what becomes of the *tables* that they read."""
    filled = fill_columns(
        clickhouse,
        sides.both.desired,
        views.planned,
        schema=planned_schema(tables.plan, tables.live),
        retyped_dictionaries=retyped_dictionaries(sides.both.live, views.planned),
    )
    sides = replace(sides, inputs=replace(sides.inputs, graph=tables.graph))
    agreed = _approved(sides, filled.views)
    waits = _waiting_for_tables(filled.failing, views.planned, tables.plan)
    plan = block(agreed.plan, waits)
    return PlanResult(
        plan=replace(plan, notes=(*plan.notes, *filled.notes, *sides.removals.notes)),
        live=State(views=sides.both.live),
        desired=State(views=filled.views),
        facts={
            **sides.read.facts,
            **read_facts(clickhouse, _filled(sides.read, sides.selected)),
        },
        life_cycles=agreed.life_cycles,
        approvals=agreed.needed,
        records=(
            *new_records(
                sides.project,
                sides.selected.views,
                sides.uuids,
                sides.entries.views,
                {*waiting_for_adoption(plan.steps, agreed.inputs.unadopted), *sides.entries.owners},
            ),
            *sides.removals.records,
        ),
    )


def _waiting_for_tables(
    failing: Collection[ViewId], views: Iterable[PlannedView], tables: Plan
) -> dict[ResourceId, str]:
    """Return what each of the *failing* views waits for: a blocked change of what it reads."""
    blocked = dict[TableId, TableId]()
    for step in tables.with_verdict(Verdict.BLOCK):
        if isinstance(step.resource, TableId):
            blocked[step.resource] = step.resource
    waits = dict[ResourceId, str]()
    for planned in views:
        view = planned.view
        needed = next((blocked[read] for read in view.reads if read in blocked), None)
        if view.id in failing and needed is not None:
            blocked[view.id.place] = needed
            waits[view.id] = f"the blocked change of {needed} may be made"
    return waits


def _approved(sides: ViewSides, desired: Mapping[ViewId, View]) -> Approved[ViewPlanInputs]:
    live = sides.both.live
    bound: dict[ResourceId, object] = {
        view: (fact.uuid, live.get(view)) for view, fact in sides.read.facts.items()
    }
    build = partial(build_view_plan, live, desired)
    return plan_with_approvals(build, sides.inputs, bound, sides.project, sides.options)


def _filled(read: LiveViews, selected: State) -> set[TableId]:
    """Return the tables that live views fill and that the plan of tables does not read."""
    targets = {view.target for view in read.views.values() if view.target is not None}
    return targets - selected.tables.keys()
