"""Plan from one state of the code to another one, without a server."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from moose_dagster.declare.project import Project
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.normalize.tables import renames_of
from moose_dagster.normalize.undeclared import fill_undeclared
from moose_dagster.plan.order import in_order
from moose_dagster.plan.removal import Entry, RemovalDecisions, decide_removals
from moose_dagster.plan.steps import Plan
from moose_dagster.plan.tables import TablePlanInputs, build_table_plan
from moose_dagster.plan.topics import TopicPlanInputs, build_topic_plan
from moose_dagster.plan.views import ViewPlanInputs, build_view_plan, early_views
from moose_dagster.plan.waiting import block_without_sources
from moose_dagster.reconciliation.removal import removal_block_of, undeclared_of
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.reconciliation.selection import select_resources
from moose_dagster.risk.views import ViewFacts
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.sql.reads import readers_in
from moose_dagster.state.graph import Graph, side_of
from moose_dagster.state.names import ResourceId, TableId, ViewId, of_kind
from moose_dagster.state.resources import State
from moose_dagster.state.topics import TopicId
from moose_dagster.state.views import View

NOTE: Final = (
    "two states of the code were compared, and no server was asked: what depends on what is stored "
    "is blocked here, and what was changed by hand is not seen."
)
# No server says how many there are, and so nothing counts as empty.
_SOME = 1
R = TypeVar("R", TableId, TopicId, ViewId)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the code declared at another time.

    Attributes:
        state: The resources.
        life_cycles: The life cycle of each of them.
    """

    state: State
    life_cycles: Mapping[ResourceId, LifeCycle]


def plan_between(earlier: Earlier, project: Project, options: Options) -> PlanResult:
    """Return what a run would do if everything were live as *earlier* declares it.

    Args:
        earlier: What counts as live, and as managed by the project.
        project: The declarations.
        options: What the run may do.

    Raises:
        DeclarationError: A selected resource is not declared.
    """
    sides = _Sides(earlier.state, project, options, _entries(earlier))
    selected = select_resources(project, options)
    live = State(
        sides.live(earlier.state.tables, selected.tables, TableId),
        sides.live(earlier.state.topics, selected.topics, TopicId),
        sides.live(earlier.state.views, selected.views, ViewId),
    )
    tables = fill_undeclared(State(selected.tables), live, project.desired.labels_only).tables
    desired = replace(selected, tables=tables)
    graph = Graph(side_of(readers_in(earlier.state)), side_of(readers_in(project.desired.state)))
    plans = (
        sides.plan_tables(live, desired, graph),
        sides.plan_topics(live, desired),
        sides.plan_views(live, desired, graph),
    )
    steps = tuple(step for plan in plans for step in plan.steps)
    blocked = tuple(action for plan in plans for action in plan.blocked_actions)
    notes = (note for plan in plans for note in plan.notes)
    whole = Plan(
        steps=steps,
        actions=plans[0].actions,
        topic_actions=plans[1].topic_actions,
        view_actions=plans[2].view_actions,
        blocked_actions=blocked,
        notes=(NOTE, *notes),
    )
    early = early_views(whole.view_actions, live, desired)
    plan = block_without_sources(in_order(whole, graph, early), graph)
    return PlanResult(plan=plan, live=live, desired=desired, graph=graph)


@dataclass(frozen=True, slots=True)
class _Sides:
    """What is compared, and what the run may do."""

    earlier: State
    project: Project
    options: Options
    entries: Entries

    def live(
        self, earlier: Mapping[R, V], selected: Collection[ResourceId], kind: type[R]
    ) -> dict[R, V]:
        """Return what counts as live of what is selected, was renamed or left the code."""
        renamed = set(self.project.desired.table_renames.values())
        chosen = {*selected, *renamed, *self.removals(kind).life_cycles}
        return {resource: value for resource, value in earlier.items() if resource in chosen}

    def removals(self, kind: type[R]) -> RemovalDecisions[R]:
        """Return what becomes of what left the code."""
        undeclared = undeclared_of(self.project, kind, self.entries, self.options)
        renamed: set[ResourceId] = {*self.project.desired.table_renames.values()}
        undeclared = undeclared.without([one for one in undeclared.names if one in renamed])
        uuids = dict.fromkeys(undeclared.entries, "")
        return decide_removals(undeclared, uuids, uuids)

    @property
    def removal_block(self) -> str:
        """Why nothing that left the code may be dropped, or ""."""
        return removal_block_of(self.project, self.entries, self.options)

    def plan_tables(self, live: State, desired: State, graph: Graph) -> Plan:
        removals = self.removals(TableId)
        inputs = TablePlanInputs(
            self.project.desired.life_cycles,
            removed={**removals.life_cycles},
            removal_remarks={**removals.remarks},
            removal_block=self.removal_block,
            renames=renames_of(self.project),
            clusters=self.project.desired.clusters,
            graph=graph,
        )
        return build_table_plan(State(live.tables), State(desired.tables), inputs)

    def plan_topics(self, live: State, desired: State) -> Plan:
        removals = self.removals(TopicId)
        inputs = TopicPlanInputs(
            self.project.desired.life_cycles,
            removed={**removals.life_cycles},
            removal_remarks={**removals.remarks},
            removal_block=self.removal_block,
            messages=dict.fromkeys(live.topics, _SOME),
            recreate=self.options.recreate_topics,
            overrides={id_: frozenset(topic.configs) for id_, topic in live.topics.items()},
        )
        return build_topic_plan(live.topics, desired.topics, inputs)

    def plan_views(self, live: State, desired: State, graph: Graph) -> Plan:
        removals = self.removals(ViewId)
        inputs = ViewPlanInputs(
            self.project.desired.life_cycles,
            removed={**removals.life_cycles},
            removal_remarks={**removals.remarks},
            removal_block=self.removal_block,
            facts={id_: _facts(view) for id_, view in live.views.items()},
            clusters=self.project.desired.clusters,
            graph=graph,
        )
        return build_view_plan(live.views, desired.views, inputs)


def _facts(view: View) -> ViewFacts:
    storage = quoted_table(view.id) if view.inner is not None else ""
    return ViewFacts(storage=storage, rows=_SOME if storage else 0, target_rows=_SOME)


def _entries(earlier: Earlier) -> Entries:
    """Return the ledger that a run of the earlier code would have left."""
    every = {
        resource: Entry(life_cycle, "") for resource, life_cycle in earlier.life_cycles.items()
    }
    return Entries(of_kind(every, TableId), of_kind(every, TopicId), of_kind(every, ViewId))
