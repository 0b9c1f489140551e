"""The rooms of the house where views live; tables must know which of them read from them."""

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
    build_view_plan,
    rewritten_by,
    timed,
    waiting_for,
)
from moose_dagster.reconcile.approval import approved
from moose_dagster.reconcile.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.reconcile.results import Options, PlanResult
from moose_dagster.risk.dependents import Rewritten
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.views import View


@dataclass(frozen=True, slots=True)
class ViewsInForce:
    """Every live materialized view of the server, and those that a plan rewrites or drops."""

    materialized: tuple[View, ...] = ()
    rewritten: Mapping[ViewId, Rewritten] = field(default_factory=dict[ViewId, Rewritten])


def plan_views(
    project: Project, wanted: State, clickhouse: ClickHouse, entries: Entries, options: Options
) -> tuple[PlanResult, ViewsInForce]:
    """Compare the *wanted* views, and those that left the code, with the server."""
    declared, ledger = project.desired.state.views, entries.views
    going = undeclared_of(project, ViewId, entries, options)
    read = read_views(clickhouse, {*wanted.views, *going.names})
    uuids = {view: fact.uuid for view, fact in read.facts.items()}
    left = decide_removals(going, uuids, read.facts)
    live = {
        view: value
        for view, value in read.views.items()
        if view in declared or view in left.life_cycles
    }
    both = compare_views(clickhouse, live, wanted.views)
    life_cycles = project.desired.life_cycles
    managed = [
        view for view in wanted.views if life_cycles[view] is not LifeCycle.EXTERNALLY_MANAGED
    ]
    known = ViewPlanInputs(
        life_cycles=life_cycles,
        removed={**left.life_cycles},
        said={**left.said},
        removal_block=removal_block_of(project, entries, options),
        facts=read_view_facts(clickhouse, read, both, managed),
        not_compared=both.unknown,
        clusters=clusters_of(ledger, project.desired.clusters),
        unadopted=frozenset(() if options.adopt else unmanaged(uuids, ledger)),
    )
    bound: dict[ResourceId, object] = {
        view: (fact.uuid, both.live.get(view)) for view, fact in read.facts.items()
    }
    agreed = approved(
        partial(build_view_plan, both.live, both.desired), known, bound, project, options
    )
    plan, known = agreed.plan, agreed.known
    plan_result = PlanResult(
        plan=replace(plan, notes=(*plan.notes, *left.notes)),
        live=State(views=both.live),
        desired=State(views=both.desired),
        facts={**read.facts, **read_facts(clickhouse, _filled(read, wanted))},
        life_cycles=agreed.life_cycles,
        approvals=agreed.needed,
        records=(
            *new_records(
                project,
                wanted.views,
                uuids,
                ledger,
                waiting_for_adoption(plan.steps, known.unadopted),
            ),
            *left.records,
        ),
    )
    return plan_result, ViewsInForce(read.materialized, rewritten_by(plan))


def _filled(read: LiveViews, wanted: State) -> set[TableId]:
    """Return the tables that live views fill and whose facts are not read with the *wanted* tables."""
    targets = {view.target for view in read.views.values() if view.target is not None}
    return targets - wanted.tables.keys()


def with_timing(views: PlanResult, tables: PlanResult) -> PlanResult:
    """Return the survey of *views* with the order that the changes of *tables* ask for."""
    made = {action.target.id for action in tables.plan.actions if action.target is not None}
    plan = waiting_for(views.plan, tables.desired.tables.keys() - tables.live.tables.keys() - made)
    actions = timed(plan.view_actions, tables.live, tables.desired)
    return replace(views, plan=replace(plan, view_actions=actions))
