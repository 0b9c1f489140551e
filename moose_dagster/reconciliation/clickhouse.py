"""Plan the tables and views of a project together."""

from dataclasses import replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.ledger.entries import Entries
from moose_dagster.live.proof import ProbeOptions
from moose_dagster.plan.order import in_order
from moose_dagster.plan.views import early_views
from moose_dagster.plan.waiting import block_without_sources, of_tables
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.reconciliation.tables import plan_tables
from moose_dagster.reconciliation.views import plan_views, read_view_sides, views_in_force
from moose_dagster.state.graph import Graph
from moose_dagster.state.resources import State


def plan_clickhouse(  # noqa: PLR0913 - what every plan takes, and how far it may probe
    project: Project,
    desired: State,
    clickhouse: ClickHouse,
    entries: Entries,
    options: Options,
    *,
    probe_options: ProbeOptions,
) -> PlanResult:
    """Compare the tables and views of *project* with the server, and plan what to change.

    Args:
        project: The declarations.
        desired: Those that the run is about.
        clickhouse: The server; it is only read.
        entries: What the ledger says.
        options: What the run may do.
        probe_options: How far data may be read to prove a change.
    """
    if not (desired.tables or desired.views or options.selection is None):
        return PlanResult()
    sides = read_view_sides(project, desired, clickhouse, entries, options)
    views = views_in_force(sides)
    tables = plan_tables(
        project,
        desired,
        clickhouse,
        entries,
        options,
        view_sides=sides,
        views=views,
        probe_options=probe_options,
    )
    waiting = _ordered(PlanResult(plan=views.plan).joined(tables), tables.graph).plan
    tables = replace(tables, plan=of_tables(waiting))
    return _ordered(plan_views(clickhouse, sides, views, tables).joined(tables), tables.graph)


def _ordered(both: PlanResult, graph: Graph) -> PlanResult:
    """Return *both* in order, without what needs something that is not created."""
    early = early_views(both.plan.view_actions, both.live, both.desired)
    plan = in_order(both.plan, graph, early)
    return replace(both, plan=block_without_sources(plan, graph))
