"""The half of the house where tables live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.diff.tables import Renames, diff_tables, renamed_tables
from moose_dagster.ledger.checkpoints import without_marks
from moose_dagster.ledger.entries import Entries
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.proof import ProbeOptions, prove
from moose_dagster.live.server_limits import limits_of
from moose_dagster.live.stuck_type_changes import read_stuck_type_changes
from moose_dagster.live.tables import LiveTables, read_tables
from moose_dagster.normalize.expressions import Normalized, normalized
from moose_dagster.normalize.scratch_tables import may_be_spelling, read_scratch_tables
from moose_dagster.normalize.undeclared import fill_undeclared
from moose_dagster.plan.adoption import unmanaged, waiting_for_adoption
from moose_dagster.plan.removal import RemovalDecisions, clusters_of, decide_removals
from moose_dagster.plan.tables import TablePlanInputs, build_table_plan
from moose_dagster.reconcile.approval import approved
from moose_dagster.reconcile.removal import new_records, removal_block_of, undeclared_of
from moose_dagster.reconcile.results import Options, PlanResult
from moose_dagster.reconcile.views import ViewsInForce
from moose_dagster.risk.dependents import readers_of
from moose_dagster.risk.engines import is_table
from moose_dagster.state.canonical import without_server_settings
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.redacted import fill_redacted
from moose_dagster.state.rename import renamed
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table


@dataclass(frozen=True, slots=True)
class _Seen:
    """Both sides: what is live and the project's business, what is declared, and where the two have met before."""

    read: LiveTables
    moved: Mapping[TableId, TableId]
    left: RemovalDecisions[TableId]
    live: State
    spelled: Normalized

    @property
    def tables(self) -> dict[TableId, str]:
        """The uuid of each live table, and not of a view that stands under its name."""
        tables = self.read.state.tables
        return {
            one: fact.uuid
            for one, fact in self.read.facts.items()
            if is_table(tables[one].engine.name)
        }


def plan_tables(  # noqa: PLR0913 - what a survey of any kind takes, and the views that read the tables
    project: Project,
    wanted: State,
    clickhouse: ClickHouse,
    entries: Entries,
    options: Options,
    *,
    views: ViewsInForce,
    probe_options: ProbeOptions,
) -> PlanResult:
    """Compare the *wanted* tables, and those that left the code, with the server.

    Where `options.scratch_tables` allows, a table whose text still differs is made once, empty, to read it
    back.
    """
    seen = _seen(project, wanted, clickhouse, entries, options)
    live, desired = seen.live, seen.spelled.state
    known = replace(
        _known(project, seen, entries, options, views=views),
        proofs=prove(clickhouse, _managed_changes(project, live, desired), live, probe_options),
        limits=limits_of(
            clickhouse, _managed_and_different(project, live, desired), seen.read.server_settings
        ),
    )
    bound: dict[ResourceId, object] = {
        one: (fact.uuid, seen.live.tables.get(one), bool(fact.rows))
        for one, fact in seen.read.facts.items()
    }
    agreed = approved(
        partial(build_table_plan, seen.live, seen.spelled.state), known, bound, project, options
    )
    plan, known = agreed.plan, agreed.known
    stuck_type_changes = _half_way(project, clickhouse, seen.live)
    strange = waiting_for_adoption(plan.steps, known.unadopted)
    return PlanResult(
        plan=replace(
            plan, notes=(*plan.notes, *seen.left.notes, *_half_way_notes(stuck_type_changes))
        ),
        live=seen.live,
        desired=seen.spelled.state,
        facts=seen.read.facts,
        stuck_type_changes=stuck_type_changes,
        life_cycles=agreed.life_cycles,
        approvals=agreed.needed,
        records=(
            *new_records(project, wanted.tables, seen.tables, entries.tables, strange),
            *seen.left.records,
        ),
    )


def probe_options_of(options: Options) -> ProbeOptions:
    """Return how far a run with *options* may go to prove a change."""
    return ProbeOptions(samples=options.samples, budget=options.proof_budget_bytes)


def _seen(
    project: Project, wanted: State, clickhouse: ClickHouse, entries: Entries, options: Options
) -> _Seen:
    declared, renames = project.desired.state.tables, _renames(project)
    going = undeclared_of(project, TableId, entries, options)
    read = read_tables(clickhouse, {*wanted.tables, *going.names, *_earlier_names(wanted, renames)})
    uuids = {table: fact.uuid for table, fact in read.facts.items()}
    read = replace(read, state=without_marks(read.state, uuids, entries.interrupted))
    moved = renamed_tables(read.state, State(wanted.tables), renames)
    # What another project manages too is not dropped with this one's declaration: it moved there.
    elsewhere = {*moved.values(), *entries.claimed}
    left = decide_removals(
        going, {table: uuid for table, uuid in uuids.items() if table not in elsewhere}, read.facts
    )
    ours = {*declared, *left.life_cycles, *moved.values()}
    live = State({table: value for table, value in read.state.tables.items() if table in ours})
    spelled = normalize_as_live(
        project, clickhouse, wanted, read, under_declared_names(live, moved, renames)
    )
    if options.scratch_tables:
        spelled = _read_back(project, clickhouse, spelled, live, options.ledger_database)
    return _Seen(read, moved, left, fill_redacted(live, spelled.state), spelled)


def _known(
    project: Project, seen: _Seen, entries: Entries, options: Options, *, views: ViewsInForce
) -> TablePlanInputs:
    live, desired, facts = seen.live, seen.spelled.state, seen.read.facts
    met = {table: fact.uuid for table, fact in facts.items()}
    unadopted = frozenset[TableId]() if options.adopt else unmanaged(met, entries.tables)
    return TablePlanInputs(
        life_cycles=project.desired.life_cycles,
        removed={**seen.left.life_cycles},
        said={**seen.left.said},
        removal_block=removal_block_of(project, entries, options),
        not_understood={
            table: fact.not_understood for table, fact in facts.items() if fact.not_understood
        },
        readonly_settings=seen.read.readonly_settings,
        renames=_renames(project),
        clusters=clusters_of(entries.tables, project.desired.clusters),
        not_compared=seen.spelled.unknown,
        readers=readers_of(views.materialized, views.rewritten, live, desired),
        unadopted=frozenset(
            unadopted | {table for table, earlier in seen.moved.items() if earlier in unadopted}
        ),
    )


def _managed_and_different(project: Project, live: State, desired: State) -> Iterator[Table]:
    for id_, table in desired.tables.items():
        if _is_managed(project, id_) and live.tables.get(id_) != table:
            yield table


def _half_way(
    project: Project, clickhouse: ClickHouse, live: State
) -> Mapping[TableId, Mapping[str, str]]:
    managed = (
        table
        for table in live.tables
        if table in project.desired.state.tables and _is_managed(project, table)
    )
    return read_stuck_type_changes(
        clickhouse, State({table: live.tables[table] for table in managed})
    )


def _half_way_notes(stuck_type_changes: Mapping[TableId, Mapping[str, str]]) -> Iterator[str]:
    for table, columns in stuck_type_changes.items():
        held = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        yield (
            f"{table}: a type change stopped half-way, and it can't be read; its rows hold {held}. "
            "The next reconcile puts it back."
        )


def _renames(project: Project) -> Renames:
    return Renames(project.desired.table_renames, project.desired.column_renames)


def _earlier_names(wanted: State, renames: Renames) -> Iterator[TableId]:
    return (earlier for table, earlier in renames.tables.items() if table in wanted.tables)


def normalize_as_live(
    project: Project, clickhouse: ClickHouse, wanted: State, read: LiveTables, live: State
) -> Normalized:
    desired = without_server_settings(State(wanted.tables), read.server_settings)
    spelled = normalized(
        clickhouse, live, fill_undeclared(desired, live, project.desired.labels_only)
    )
    return replace(spelled, state=fill_undeclared(spelled.state, live))


def _read_back(
    project: Project, clickhouse: ClickHouse, spelled: Normalized, live: State, database: str
) -> Normalized:
    changes = _managed_changes(project, live, spelled.state)
    doubtful = {table_of(change) for change in changes if may_be_spelling(change)}
    doubtful |= {table for table in spelled.unknown if _is_managed(project, table)}
    tables = [spelled.state.tables[table] for table in sorted(doubtful)]
    prefix = TableId(database, f"scratch__{project.name}")
    read = read_scratch_tables(clickhouse, tables, prefix, project.desired.statement_settings)
    scratch_tables = fill_redacted(State(read.tables), spelled.state).tables
    state = fill_undeclared(State({**spelled.state.tables, **scratch_tables}), live)
    unknown = {
        table: facets for table, facets in spelled.unknown.items() if table not in scratch_tables
    }
    return Normalized(state, unknown)


def _is_managed(project: Project, table: TableId) -> bool:
    return project.desired.life_cycles[table] is not LifeCycle.EXTERNALLY_MANAGED


def under_declared_names(live: State, moved: Mapping[TableId, TableId], renames: Renames) -> State:
    """Return *live* as it looks once everything has its declared name, so that spellings can be compared."""
    tables = {table: value for table, value in live.tables.items() if table not in moved.values()}
    tables |= {table: replace(live.tables[earlier], id=table) for table, earlier in moved.items()}
    for table, columns in renames.columns.items():
        for name, earlier in columns.items():
            if table in tables and tables[table].column(earlier) and not tables[table].column(name):
                tables[table] = renamed(tables[table], earlier, name)
    return State(tables)


def _managed_changes(project: Project, live: State, desired: State) -> tuple[TableChange, ...]:
    renames = _renames(project)
    there = {table: table for table in desired.tables if table in live.tables}
    there |= renamed_tables(live, desired, renames)
    managed = {table: name for table, name in there.items() if _is_managed(project, table)}
    return diff_tables(
        State({name: live.tables[name] for name in managed.values()}),
        State({table: desired.tables[table] for table in managed}),
        renames,
    )
