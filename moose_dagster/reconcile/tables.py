"""The half of the house where tables live."""

from collections.abc import Mapping

from moose_dagster.apply.ledger import Record
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.diff.changes import TableChange
from moose_dagster.diff.tables import diff_tables
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.expressions import respelled
from moose_dagster.live.proof import prove
from moose_dagster.live.tables import LiveTables, read_tables
from moose_dagster.plan.removal import Entry, forgotten, removed_from_code, why_held
from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.plan.tables import Known, build_table_plan
from moose_dagster.plan.view_readers import readers_of
from moose_dagster.reconcile.survey import Options, Survey
from moose_dagster.reconcile.views import ViewsInForce
from moose_dagster.state.canonical import without_server_settings
from moose_dagster.state.tables import State, TableId
from moose_dagster.state.undeclared import settled


def survey_tables(  # noqa: PLR0913 - what a survey of any kind takes, and the views that read the tables
    project: Project,
    wanted: State,
    clickhouse: ClickHouse,
    ledger: Mapping[TableId, Entry],
    options: Options,
    *,
    views: ViewsInForce,
) -> Survey:
    """Compare the *wanted* tables, and those that left the code, with the server."""
    declared = project.desired.state.tables
    gone = [] if options.selection is not None else [table for table in ledger if table not in declared]
    read = read_tables(clickhouse, {*wanted.tables, *gone})
    uuids = {table: fact.uuid for table, fact in read.facts.items()}
    removed = removed_from_code(ledger, declared, uuids) if gone else {}
    live = State({table: value for table, value in read.state.tables.items() if table in {*declared, *removed}})
    desired = without_server_settings(State(wanted.tables), read.server_settings)
    desired = settled(respelled(clickhouse, live, settled(desired, live)), live)
    known = Known(
        life_cycles=project.desired.life_cycles,
        removed=removed,
        held_removals=why_held(removed, ledger, prune=options.prune, mass_removal=options.allow_mass_removal),
        not_understood={table: fact.not_understood for table, fact in read.facts.items() if fact.not_understood},
        readonly_settings=read.readonly_settings,
        proofs=prove(clickhouse, _managed_changes(project, live, desired)),
        readers=readers_of(views.materialized, views.rewritten, live, desired),
    )
    lost = forgotten(ledger, declared, removed) if options.selection is None else ()
    return Survey(
        plan=build_table_plan(live, desired, known),
        live=live,
        desired=desired,
        facts=read.facts,
        promises={**removed, **project.desired.life_cycles},
        records=(*_new_entries(project, wanted, read, ledger), *(Record(table, None) for table in lost)),
    )


def _managed_changes(project: Project, live: State, desired: State) -> tuple[TableChange, ...]:
    managed = {
        table
        for table in desired.tables
        if table in live.tables and project.desired.life_cycles[table] is not LifeCycle.EXTERNALLY_MANAGED
    }
    return diff_tables(
        State({table: live.tables[table] for table in managed}),
        State({table: desired.tables[table] for table in managed}),
    )


def _new_entries(project: Project, wanted: State, read: LiveTables, ledger: Mapping[TableId, Entry]) -> list[Record]:
    records = list[Record]()
    for table, declared in wanted.tables.items():
        life_cycle = project.desired.life_cycles[table]
        external = life_cycle is LifeCycle.EXTERNALLY_MANAGED
        if table not in read.facts or (external and table not in ledger):
            continue
        entry = Entry(life_cycle, fingerprint_of([declared]), read.facts[table].uuid)
        if ledger.get(table) != entry:
            records.append(Record(table, entry))
    return records
