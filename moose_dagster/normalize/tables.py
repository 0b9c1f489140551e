"""Make the tables of both sides comparable."""

from collections.abc import Mapping
from dataclasses import replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.declare.project import Project
from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.diff.tables import Renames, diff_tables, renamed_tables
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.tables import LiveTables
from moose_dagster.normalize.expressions import Normalized, normalized
from moose_dagster.normalize.scratch_tables import may_be_spelling, read_scratch_tables
from moose_dagster.normalize.undeclared import fill_undeclared
from moose_dagster.state.canonical import without_server_settings
from moose_dagster.state.names import TableId
from moose_dagster.state.redacted import fill_redacted
from moose_dagster.state.rename import renamed
from moose_dagster.state.resources import State


def normalize_as_live(
    project: Project, clickhouse: ClickHouse, selected: State, read: LiveTables, live: State
) -> Normalized:
    """Return the *selected* tables as the server would spell them, with open facets filled in.

    Args:
        project: The declarations.
        clickhouse: The server whose spelling counts; it is only read.
        selected: The declared resources that the run is about.
        read: What was read of the server, with the settings that it adds to tables.
        live: The live tables under their declared names.
    """
    desired = without_server_settings(State(selected.tables), read.server_settings)
    filled = fill_undeclared(desired, live, project.desired.labels_only)
    as_live = normalized(clickhouse, live, filled)
    return replace(as_live, state=fill_undeclared(as_live.state, live))


def read_back(
    project: Project, clickhouse: ClickHouse, compared: Normalized, live: State, database: str
) -> Normalized:
    """Return *compared* with the tables that still differ as the server stores them.

    The server makes each of them once, empty, as a scratch table.

    Args:
        project: The declarations.
        clickhouse: A connection that may write.
        compared: The desired tables, normalized as far as it goes without writing.
        live: The live tables.
        database: The database of the scratch tables.
    """
    changes = managed_changes(project, live, compared.state)
    doubtful = {table_of(change) for change in changes if may_be_spelling(change)}
    doubtful |= {table for table in compared.unknown if is_managed(project, table)}
    tables = [compared.state.tables[table] for table in sorted(doubtful)]
    prefix = TableId(database, f"scratch__{project.owner.key}")
    read = read_scratch_tables(clickhouse, tables, prefix, project.desired.statement_settings)
    stored = fill_redacted(State(read.tables), compared.state).tables
    state = fill_undeclared(State({**compared.state.tables, **stored}), live)
    unknown = {table: facets for table, facets in compared.unknown.items() if table not in stored}
    return Normalized(state, unknown)


def under_declared_names(
    live: State, renamed_from: Mapping[TableId, TableId], renames: Renames
) -> State:
    """Return *live* as if its tables and columns had their declared names already.

    Args:
        live: The live tables.
        renamed_from: The live name of each table that is declared under another one.
        renames: The declared renames.
    """
    earlier_names = set(renamed_from.values())
    tables = {table: value for table, value in live.tables.items() if table not in earlier_names}
    for table, earlier in renamed_from.items():
        tables[table] = replace(live.tables[earlier], id=table)
    for table, columns in renames.columns.items():
        for name, earlier in columns.items():
            if table in tables and tables[table].column(earlier) and not tables[table].column(name):
                tables[table] = renamed(tables[table], earlier, name)
    return State(tables)


def managed_changes(project: Project, live: State, desired: State) -> tuple[TableChange, ...]:
    """Return how the live tables that *project* may change differ from *desired*."""
    renames = renames_of(project)
    live_names = {table: table for table in desired.tables if table in live.tables}
    live_names |= renamed_tables(live, desired, renames)
    managed = {table: name for table, name in live_names.items() if is_managed(project, table)}
    live_tables = {name: live.tables[name] for name in managed.values()}
    desired_tables = {table: desired.tables[table] for table in managed}
    return diff_tables(State(live_tables), State(desired_tables), renames)


def renames_of(project: Project) -> Renames:
    """Return the renames of tables and columns that *project* declares."""
    return Renames(project.desired.table_renames, project.desired.column_renames)


def is_managed(project: Project, table: TableId) -> bool:
    """Tell whether *project* ever changes *table*, one of its own."""
    return project.desired.life_cycles[table] is not LifeCycle.EXTERNALLY_MANAGED
