"""The whole house in two functions: `plan_for` looks, `reconcile` acts."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from moose_dagster.apply.ledger import Ledger, Record
from moose_dagster.apply.tables import Applying, Result
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.diff.changes import Change
from moose_dagster.diff.tables import diff_tables
from moose_dagster.errors import DeclarationError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.expressions import respelled
from moose_dagster.live.ledger import read_ledger
from moose_dagster.live.proof import prove
from moose_dagster.live.tables import Facts, LiveTables, read_tables
from moose_dagster.plan.ddl import Names
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.removal import Entry, forgotten_tables, removed_tables, why_held
from moose_dagster.plan.steps import Action, Plan, fingerprint_of
from moose_dagster.plan.tables import Known, build_table_plan
from moose_dagster.state.canonical import without_server_settings
from moose_dagster.state.tables import State, TableId
from moose_dagster.state.undeclared import settled


@dataclass(frozen=True, slots=True)
class Options:
    """What one run may do.

    Args:
        selection: Only these tables, or None for the whole project. A selection never removes anything.
        prune: Whether tables that left the code may be dropped (into the trash).
        allow_mass_removal: Whether more than half of what the project manages may be dropped at once.
        ledger_database: Where this library keeps its own two tables.
        trash_database: Where dropped tables are kept.
    """

    selection: Collection[TableId] | None = None
    prune: bool = False
    allow_mass_removal: bool = False
    ledger_database: str = "moose_dagster"
    trash_database: str = "moose_dagster_trash"


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found and what is planned.

    `facts` are those of live tables; `records` is what the ledger does not say yet.
    """

    plan: Plan
    live: State
    desired: State
    facts: Mapping[TableId, Facts]
    promises: Mapping[TableId, LifeCycle]
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reconcile did: the survey before, the result of each action, and the survey after."""

    before: Survey
    results: tuple[Result, ...]
    after: Survey
    run_id: str
    unfinished: tuple[str, ...] = field(default_factory=tuple[str, ...])
    """Changes that were answered with OK and still show as different."""

    @property
    def failures(self) -> tuple[Result, ...]:
        """The actions that failed or were not reached."""
        return tuple(result for result in self.results if result.error)


def plan_for(project: Project, clickhouse: ClickHouse, options: Options | None = None) -> Survey:
    """Compare *project* with the server and say what would be done; nothing is written.

    Args:
        project: The declarations.
        clickhouse: A connection; it needs to read `system.*` and nothing more for external tables.
        options: What the run may do.

    Raises:
        ServerError: The server refuses a query or can't be reached.
    """
    options = options or Options()
    wanted = _selected(project, options)
    ledger = read_ledger(clickhouse, options.ledger_database, project.name)
    declared = project.desired.state.tables
    gone = [] if options.selection is not None else [table for table in ledger if table not in declared]
    read = read_tables(clickhouse, {*wanted.tables, *gone})
    uuids = {table: fact.uuid for table, fact in read.facts.items()}
    removed = removed_tables(ledger, declared, uuids) if gone else {}
    live = State({table: value for table, value in read.state.tables.items() if table in {*declared, *removed}})
    desired = without_server_settings(wanted, read.server_settings)
    desired = settled(respelled(clickhouse, live, settled(desired, live)), live)
    known = Known(
        life_cycles=project.desired.life_cycles,
        removed=removed,
        held_removals=why_held(removed, ledger, prune=options.prune, mass_removal=options.allow_mass_removal),
        not_understood={t: fact.not_understood for t, fact in read.facts.items() if fact.not_understood},
        readonly_settings=read.readonly_settings,
        proofs=prove(clickhouse, _managed_changes(project, live, desired)),
    )
    forgotten = forgotten_tables(ledger, declared, removed) if options.selection is None else ()
    return Survey(
        plan=build_table_plan(live, desired, known),
        live=live,
        desired=desired,
        facts=read.facts,
        promises={**removed, **project.desired.life_cycles},
        records=(*_new_entries(project, wanted, read, ledger), *(Record(table, None) for table in forgotten)),
    )


def reconcile(
    project: Project,
    clickhouse: ClickHouse,
    options: Options | None = None,
    *,
    run_id: str = "",
    progress: Callable[[Action], None] | None = None,
) -> Outcome:
    """Bring the server as near to *project* as the life cycles allow, and look again.

    Args:
        project: The declarations.
        clickhouse: A connection that may write.
        options: What the run may do.
        run_id: What the history calls this run; a random one if empty.
        progress: Called before each action.

    Raises:
        GuardError: The plan holds something that a life cycle forbids; nothing was sent.
        ServerError: The server can't be read. Errors of single tables are results, not exceptions.
    """
    options = options or Options()
    run_id = run_id or uuid.uuid4().hex
    before = plan_for(project, clickhouse, options)
    if not before.plan.actions and not before.records:
        return Outcome(before, (), before, run_id)
    ledger = Ledger(clickhouse, options.ledger_database, project.name, run_id)
    ledger.prepare()
    if not before.plan.actions:
        ledger.record(before.records)
        return Outcome(before, (), before, run_id)
    names = Names(options.trash_database, datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f"))
    results = Applying(clickhouse, names, ledger, before.promises, progress or _silent).run(before.plan)
    after = plan_for(project, clickhouse, options)
    ledger.record(after.records)
    return Outcome(before, results, after, run_id, _unfinished(results, after))


def _silent(_action: Action) -> None:
    return


def _selected(project: Project, options: Options) -> State:
    declared = project.desired.state
    if options.selection is None:
        return declared
    unknown = [table for table in options.selection if table not in declared.tables]
    if unknown:
        raise DeclarationError([f"{table}: selected, but not declared by {project.name}." for table in unknown])
    return State({table: declared.tables[table] for table in options.selection})


def _managed_changes(project: Project, live: State, desired: State) -> tuple[Change, ...]:
    managed = {
        table
        for table, life_cycle in project.desired.life_cycles.items()
        if life_cycle is not LifeCycle.EXTERNALLY_MANAGED and table in live.tables and table in desired.tables
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


def _unfinished(results: tuple[Result, ...], after: Survey) -> tuple[str, ...]:
    done = {result.action.table for result in results if not result.error}
    return tuple(
        f"{step.reason} It was sent and answered with OK, and still differs."
        for step in after.plan.with_verdict(Verdict.APPLY)
        if step.resource in done
    )
