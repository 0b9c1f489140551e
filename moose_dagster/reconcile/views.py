"""Plan the views of a project; the plan of tables rests on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.tables import read_facts
from moose_dagster.live.views import LiveViews, read_views
from moose_dagster.normalize.views import compare_views, read_view_facts
from moose_dagster.plan.adoption import unmanaged, waiting_for_adoption
from moose_dagster.plan.removal import clusters_of, decide_removals
from moose_dagster.plan.views import (
    ViewPlanInputs,
    block_views_without_sources,
    build_view_plan,
    rewritten_by,
    with_early_actions,
)
from moose_dagster.reconcile.approval import plan_with_approvals
from moose_dagster.reconcile.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.reconcile.results import Options, PlanResult
from moose_dagster.risk.dependents import Rewritten
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.views import View


@dataclass(frozen=True, slots=True)
class ViewsInForce:
    """The materialized views that changes of tables must not break.

    Attributes:
        materialized: Every live one of the server.
        rewritten: Those that the plan changes or drops.
    """

    materialized: tuple[View, ...] = ()
    rewritten: Mapping[ViewId, Rewritten] = field(default_factory=dict[ViewId, Rewritten])


def plan_views(
    project: Project, selected: State, clickhouse: ClickHouse, entries: Entries, options: Options
) -> tuple[PlanResult, ViewsInForce]:
    """Compare the *selected* views, and those that left the code, with the server."""
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
        unadopted=frozenset(() if options.adopt else unmanaged(uuids, ledger)),
    )
    bound: dict[ResourceId, object] = {
        view: (fact.uuid, both.live.get(view)) for view, fact in read.facts.items()
    }
    agreed = plan_with_approvals(
        partial(build_view_plan, both.live, both.desired), inputs, bound, project, options
    )
    plan = agreed.plan
    inputs = agreed.inputs
    plan_result = PlanResult(
        plan=replace(plan, notes=(*plan.notes, *removals.notes)),
        live=State(views=both.live),
        desired=State(views=both.desired),
        facts={**read.facts, **read_facts(clickhouse, _filled(read, selected))},
        life_cycles=agreed.life_cycles,
        approvals=agreed.needed,
        records=(
            *new_records(
                project,
                selected.views,
                uuids,
                ledger,
                waiting_for_adoption(plan.steps, inputs.unadopted),
            ),
            *removals.records,
        ),
    )
    return plan_result, ViewsInForce(read.materialized, rewritten_by(plan))


def _filled(read: LiveViews, selected: State) -> set[TableId]:
    """Return the tables that live views fill and that the plan of tables does not read."""
    targets = {view.target for view in read.views.values() if view.target is not None}
    return targets - selected.tables.keys()


def with_timing(views: PlanResult, tables: PlanResult) -> PlanResult:
    """Return the plan of *views* in the order that the changes of *tables* need."""
    created = {action.target.id for action in tables.plan.actions if action.target is not None}
    missing = tables.desired.tables.keys() - tables.live.tables.keys() - created
    plan = block_views_without_sources(views.plan, missing)
    actions = with_early_actions(plan.view_actions, tables.live, tables.desired)
    return replace(views, plan=replace(plan, view_actions=actions))
