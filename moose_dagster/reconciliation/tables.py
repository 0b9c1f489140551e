"""Plan the tables of a project."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.diff.hosts import missing_on_hosts
from moose_dagster.diff.table_changes import CreateTable, RenameColumn, TableChange, table_of
from moose_dagster.diff.tables import Renames, renamed_tables
from moose_dagster.ledger.checkpoints import without_marks
from moose_dagster.ledger.entries import Entries
from moose_dagster.live.databases import read_catalogs
from moose_dagster.live.proof import ProbeOptions, prove
from moose_dagster.live.readers import read_readers
from moose_dagster.live.refused_changes import refused_changes
from moose_dagster.live.rights import missing_rights
from moose_dagster.live.server_limits import limits_of
from moose_dagster.live.stuck_type_changes import read_stuck_type_changes
from moose_dagster.live.tables import LiveTables, read_tables
from moose_dagster.normalize.expressions import Normalized
from moose_dagster.normalize.tables import (
    is_managed,
    managed_changes,
    normalize_as_live,
    read_back,
    renames_of,
    under_declared_names,
)
from moose_dagster.normalize.undeclared import shorter_primary_keys
from moose_dagster.plan.adoption import unmanaged, waiting_for_adoption
from moose_dagster.plan.removal import Record, RemovalDecisions, clusters_of, decide_removals
from moose_dagster.plan.tables import TablePlanInputs, build_table_plan
from moose_dagster.reconciliation.approval import Approved, plan_with_approvals
from moose_dagster.reconciliation.clusters import look_at_clusters
from moose_dagster.reconciliation.graph import graph_of, touched_places
from moose_dagster.reconciliation.readers import (
    ReadTables,
    assess_readers,
    changed_schema,
    planned_schema,
)
from moose_dagster.reconciliation.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.reconciliation.replicas import look_at_replicas
from moose_dagster.reconciliation.results import Options, PlanResult
from moose_dagster.reconciliation.views import ViewSides, ViewsInForce
from moose_dagster.risk.dependents import readers_of
from moose_dagster.risk.engines import is_table
from moose_dagster.risk.server_limits import ServerLimits
from moose_dagster.state.graph import Graph
from moose_dagster.state.names import ResourceId, TableId, of_kind
from moose_dagster.state.redacted import fill_redacted
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of a plan of tables.

    Attributes:
        read: What was read of the server.
        cluster_obstacles: Why no change can be sent to all hosts of a table's cluster.
        cluster_notes: What to know of the hosts of clusters.
        catalogs: The engine of each database whose tables every host has without ON CLUSTER.
        clusters: The cluster of each table that is on one.
        other_replicas: How many other hosts have a replica of each table that is on no cluster.
        on_hosts: The tables that hosts of a cluster differ in, by host.
        uuids_on_hosts: The UUID of each of these tables where it is live.
        renamed_from: The live name of each table that is declared under another one.
        removals: What becomes of the tables that left the code.
        live: The live tables that the project declares or may drop.
        compared: The desired tables in the server's spelling.
    """

    read: LiveTables
    cluster_obstacles: Mapping[TableId, str]
    cluster_notes: tuple[str, ...]
    catalogs: Mapping[str, str]
    clusters: Mapping[TableId, str]
    other_replicas: Mapping[TableId, int]
    on_hosts: Mapping[TableId, Mapping[str, Table | None]]
    uuids_on_hosts: Mapping[TableId, str]
    renamed_from: Mapping[TableId, TableId]
    removals: RemovalDecisions[TableId]
    live: State
    compared: Normalized

    @property
    def desired(self) -> State:
        """The desired tables in the server's spelling."""
        return self.compared.state

    @property
    def approval_binding(self) -> dict[ResourceId, object]:
        """What an approval of each table is bound to: another one needs another approval."""
        return {
            table: (facts.uuid, self.live.tables.get(table), bool(facts.rows))
            for table, facts in self.read.facts.items()
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the hosts of clusters, and of tables that left the code."""
        return (*self.cluster_notes, *self.removals.notes)

    @property
    def uuids(self) -> dict[TableId, str]:
        """The uuid of each live table, without those of views."""
        tables = self.read.state.tables
        return {
            table: facts.uuid
            for table, facts in self.read.facts.items()
            if is_table(tables[table].engine.name)
        }


def plan_tables(  # noqa: PLR0913 - what every plan takes, and the views that read the tables
    project: Project,
    selected: State,
    clickhouse: ClickHouse,
    entries: Entries,
    options: Options,
    *,
    view_sides: ViewSides,
    views: ViewsInForce,
    probe_options: ProbeOptions,
) -> PlanResult:
    """Compare the *selected* tables, and those that left the code, with the server.

    Where `options.scratch_tables` allows, a table that still differs is made once, empty, and read
    back.
    """
    sides = _read_sides(project, selected, clickhouse, entries, options)
    live = sides.live
    desired = sides.desired
    changes = managed_changes(project, live, desired)
    schema = changed_schema(live, _managed(project, desired), sides.renamed_from)
    proofs = prove(clickhouse, changes, live, probe_options, sides.clusters)
    touched = {*touched_places(changes, views), *sides.removals.life_cycles}
    others = read_readers(clickhouse, touched)
    graph = graph_of(project, live, view_sides, views, others)
    inputs = replace(
        _inputs(project, sides, entries, options, views=views),
        graph=graph,
        proofs=proofs,
        missing_rights=missing_rights(clickhouse, _to_exchange(changes, proofs)),
        retyped=assess_readers(
            clickhouse, changes, views.planned, ReadTables(live, schema, schema, others.views)
        ),
        limits=_limits(project, clickhouse, sides, changes, graph),
    )
    build = partial(build_table_plan, live, desired)
    approved = plan_with_approvals(build, inputs, sides.approval_binding, project, options)
    planned = planned_schema(approved.plan, live)
    if any(planned.get(table) != columns for table, columns in schema.items()):
        # A view's target may keep its type, as its change is blocked.
        read = ReadTables(live, schema, planned, others.views)
        retyped = assess_readers(clickhouse, changes, views.planned, read)
        inputs = replace(inputs, retyped=retyped)
        approved = plan_with_approvals(build, inputs, sides.approval_binding, project, options)
    stuck_type_changes = _stuck_type_changes(project, clickhouse, live)
    notes = (*_stuck_notes(stuck_type_changes), *shorter_primary_keys(selected, live))
    return PlanResult(
        plan=replace(approved.plan, notes=(*approved.plan.notes, *sides.notes, *notes)),
        live=live,
        desired=desired,
        facts=sides.read.facts,
        stuck_type_changes=stuck_type_changes,
        life_cycles=approved.life_cycles,
        approvals=approved.needed,
        records=_records(project, selected, sides, entries, approved),
        graph=graph,
    )


def probe_options_of(options: Options) -> ProbeOptions:
    """Return how far a run with *options* may go to prove a change."""
    return ProbeOptions(samples=options.samples, budget=options.proof_budget_bytes)


def _read_sides(
    project: Project, selected: State, clickhouse: ClickHouse, entries: Entries, options: Options
) -> _Sides:
    declared = project.desired.state.tables
    renames = renames_of(project)
    undeclared = undeclared_of(project, TableId, entries, options)
    earlier_names = set(_earlier_names(selected, renames))
    read = read_tables(clickhouse, {*selected.tables, *undeclared.names, *earlier_names})
    uuids = {table: facts.uuid for table, facts in read.facts.items()}
    clusters = _table_clusters(project, entries)
    on_clusters = {
        table: cluster
        for table, cluster in clusters.items()
        if table in selected.tables or table in undeclared.names
    }
    found = look_at_clusters(clickhouse, on_clusters, read)
    replicas = look_at_replicas(clickhouse, read.state.tables, clusters)
    read = replace(read, facts=found.facts)
    read = replace(read, state=without_marks(read.state, uuids, entries.interrupted))
    renamed_from = renamed_tables(read.state, State(selected.tables), renames)
    # What another project manages too is not dropped with this one's declaration: it moved there.
    elsewhere = {*renamed_from.values(), *entries.owners}
    remaining = {table: uuid for table, uuid in uuids.items() if table not in elsewhere}
    removals = decide_removals(undeclared, remaining, read.facts)
    ours = {*declared, *removals.life_cycles, *renamed_from.values()}
    live = State({table: value for table, value in read.state.tables.items() if table in ours})
    as_declared = under_declared_names(live, renamed_from, renames)
    compared = normalize_as_live(project, clickhouse, selected, read, as_declared)
    if options.scratch_tables:
        compared = read_back(project, clickhouse, compared, live, options.ledger_database)
    return _Sides(
        read=read,
        cluster_obstacles={**replicas.obstacles, **found.obstacles},
        cluster_notes=(*found.notes, *replicas.notes),
        catalogs=read_catalogs(clickhouse),
        clusters=clusters,
        other_replicas=replicas.others,
        on_hosts=found.on_hosts,
        uuids_on_hosts=found.uuids,
        renamed_from=renamed_from,
        removals=removals,
        live=fill_redacted(live, compared.state),
        compared=compared,
    )


def _records(
    project: Project,
    selected: State,
    sides: _Sides,
    entries: Entries,
    approved: Approved[TablePlanInputs],
) -> tuple[Record, ...]:
    """Return what a run records in the ledger besides the statements that it sends."""
    waiting = waiting_for_adoption(approved.plan.steps, approved.inputs.unadopted)
    left_out = {*waiting, *approved.inputs.owners}
    records = new_records(project, selected.tables, sides.uuids, entries.tables, left_out)
    return (*records, *sides.removals.records)


def _table_clusters(project: Project, entries: Entries) -> dict[TableId, str]:
    return of_kind(clusters_of(entries.tables, project.desired.clusters), TableId)


def _inputs(
    project: Project, sides: _Sides, entries: Entries, options: Options, *, views: ViewsInForce
) -> TablePlanInputs:
    facts = sides.read.facts
    uuids = {table: fact.uuid for table, fact in facts.items()}
    unadopted = frozenset[TableId]() if options.adopt else unmanaged(uuids, entries.tables)
    renamed_unadopted = {
        table for table, earlier in sides.renamed_from.items() if earlier in unadopted
    }
    return TablePlanInputs(
        life_cycles=project.desired.life_cycles,
        removed={**sides.removals.life_cycles},
        removal_remarks={**sides.removals.remarks},
        removal_block=removal_block_of(project, entries, options),
        not_understood={
            table: fact.not_understood for table, fact in facts.items() if fact.not_understood
        },
        readonly_settings=sides.read.readonly_settings,
        renames=renames_of(project),
        clusters=clusters_of(entries.tables, project.desired.clusters),
        cluster_obstacles=sides.cluster_obstacles,
        catalogs=sides.catalogs,
        other_replicas=sides.other_replicas,
        host_changes=dict(_host_changes(sides)),
        on_hosts=sides.on_hosts,
        not_compared=sides.compared.unknown,
        readers=readers_of(views.materialized, views.rewritten, sides.live, sides.desired),
        unadopted=frozenset(unadopted | renamed_unadopted),
        owners={**_owners_of_renamed(sides, entries), **entries.owners},
    )


def _to_exchange(changes: Iterable[TableChange], proofs: Iterable[TableId]) -> set[TableId]:
    """Return the tables that a clone may take the place of."""
    renamed = (table_of(change) for change in changes if isinstance(change, RenameColumn))
    return {*proofs, *renamed}


def _host_changes(sides: _Sides) -> Iterator[tuple[TableId, tuple[TableChange, ...]]]:
    for table, on_hosts in sides.on_hosts.items():
        desired = sides.desired.tables.get(table)
        if desired is None:
            continue  # it left the code
        missing = missing_on_hosts(desired, on_hosts, sides.uuids_on_hosts[table])
        if missing:
            yield table, missing


def _managed(project: Project, desired: State) -> State:
    return State({id_: table for id_, table in desired.tables.items() if is_managed(project, id_)})


def _owners_of_renamed(sides: _Sides, entries: Entries) -> dict[ResourceId, str]:
    """Return the owner of each table that is declared under another name than its owner's."""
    return {
        table: entries.owners[earlier]
        for table, earlier in sides.renamed_from.items()
        if earlier in entries.owners
    }


def _managed_and_different(project: Project, live: State, desired: State) -> Iterator[Table]:
    for id_, table in desired.tables.items():
        if is_managed(project, id_) and live.tables.get(id_) != table:
            yield table


def _limits(
    project: Project,
    clickhouse: ClickHouse,
    sides: _Sides,
    changes: Iterable[TableChange],
    graph: Graph,
) -> ServerLimits:
    """Return what the server can't take of the *changes* and of new tables."""
    different = _managed_and_different(project, sides.live, sides.desired)
    return replace(
        limits_of(clickhouse, different, sides.read.server_settings, sides.clusters.keys()),
        refused=refused_changes(
            clickhouse,
            _judged_alone((*changes, *_creates(project, sides)), graph),
            sides.live,
            project.desired.statement_settings,
        ),
    )


def _creates(project: Project, sides: _Sides) -> Iterator[CreateTable]:
    for table in _managed_and_different(project, sides.live, sides.desired):
        if table.id not in sides.live.tables and table.id not in sides.renamed_from:
            yield CreateTable(table)


def _judged_alone(changes: Iterable[TableChange], graph: Graph) -> Iterator[TableChange]:
    """Yield the *changes* of tables that read nothing that the same plan may make or change."""
    return (change for change in changes if not graph.desired.needs(table_of(change)))


def _stuck_type_changes(
    project: Project, clickhouse: ClickHouse, live: State
) -> Mapping[TableId, Mapping[str, str]]:
    declared = project.desired.state.tables
    managed = {
        table: value
        for table, value in live.tables.items()
        if table in declared and is_managed(project, table)
    }
    return read_stuck_type_changes(clickhouse, State(managed))


def _stuck_notes(stuck_type_changes: Mapping[TableId, Mapping[str, str]]) -> Iterator[str]:
    for table, columns in stuck_type_changes.items():
        stored = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        yield (
            f"{table}: a type change is stuck, and the table can't be read; its rows hold "
            f"{stored}. The next reconcile reverts the change."
        )


def _earlier_names(selected: State, renames: Renames) -> Iterator[TableId]:
    return (earlier for table, earlier in renames.tables.items() if table in selected.tables)
