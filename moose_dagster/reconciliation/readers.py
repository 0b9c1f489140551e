"""Find out what views give once the tables that they read are changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff.table_changes import ChangeType, TableChange
from moose_dagster.live.query_columns import QueryColumns, Schema, columns_of_query
from moose_dagster.plan.steps import Plan
from moose_dagster.risk.levels import Assessment
from moose_dagster.risk.retyped_readers import RetypedReader, assess_retyped
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.reading_order import in_reading_order
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.views import View, ViewKind


@dataclass(frozen=True, slots=True)
class PlannedView:
    """A view as it is defined once a plan is done.

    Attributes:
        view: Its definition.
        live: The live view; None for one that the plan creates.
        is_carried: Whether this run makes it again when what it reads is changed.
        storage: The columns of the table of its own rows; none for a view without one.
    """

    view: View
    live: View | None
    is_carried: bool
    storage: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadTables:
    """The tables that views read and fill.

    Attributes:
        live: The live tables.
        schema: The columns of those that may change, once every change is made.
        targets: The columns of those that materialized views can rely on.
        others: The live views of others that may read them.
    """

    live: State
    schema: Schema
    targets: Schema
    others: tuple[View, ...] = ()


def sources_first(views: Iterable[PlannedView]) -> tuple[PlannedView, ...]:
    """Return *views*, each after those of them that it reads."""
    by_place = {planned.view.id.place: planned for planned in views}
    reads = {place: planned.view.reads for place, planned in by_place.items()}
    return tuple(by_place[place] for place in in_reading_order(reads))


def columns_after(
    clickhouse: ClickHouse, views: Sequence[PlannedView], schema: Schema
) -> dict[ViewId, QueryColumns]:
    """Return the columns of the queries that read something in *schema*, directly or through views.

    Args:
        clickhouse: The server.
        views: Every view to look at, each after those that it reads.
        schema: The columns of the tables that change.

    Raises:
        ServerUnreachable: The server went away.
    """
    known = dict(schema)
    found = dict[ViewId, QueryColumns]()
    for planned in views:
        view = planned.view
        if view.kind is ViewKind.DICTIONARY:
            continue
        if planned.live is not None and known.keys().isdisjoint(view.reads):
            continue
        answer = columns_of_query(clickhouse, view.query, view.id.database, known)
        found[view.id] = answer
        columns = view.columns if view.has_column_list else answer.columns
        if planned.is_carried and view.inner is None and columns:
            known[view.id.place] = columns
    return found


def changed_schema(live: State, desired: State, names: Mapping[TableId, TableId]) -> Schema:
    """Return the columns of the *desired* tables that queries see otherwise than live.

    Args:
        live: The live tables.
        desired: The tables as they will be.
        names: The live name of each table that is declared under another one.
    """
    schema = dict[TableId, tuple[Column, ...]]()
    for table_id, table in desired.tables.items():
        before = live.tables.get(table_id)
        if before is None or table_id in names or _seen(before) != _seen(table):
            schema[table_id] = table.columns
    return schema


def planned_schema(tables: Plan, live: State) -> Schema:
    """Return the columns of the tables that the plan of *tables* changes, as they will be."""
    planned = {**live.tables}
    for action in tables.actions:
        if action.target is not None:
            planned[action.table] = action.target
    return changed_schema(live, State(planned), {})


def assess_readers(
    clickhouse: ClickHouse,
    changes: Iterable[TableChange],
    views: Sequence[PlannedView],
    tables: ReadTables,
) -> dict[TableId, dict[str, Assessment]]:
    """Return what type changes do to the views that read the column, by table and column.

    Args:
        clickhouse: The server.
        changes: Every change of tables that may be planned.
        views: The views of the project, as planned.
        tables: The tables that the views read and fill.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    retyped = [change for change in changes if isinstance(change, ChangeType)]
    if not retyped:
        return {}
    own = {planned.view.id for planned in views}
    others = [
        PlannedView(view, view, False, _storage_of(view))
        for view in tables.others
        if view.id not in own
    ]
    every = sources_first([*views, *others])
    schema = _with_live_columns(tables.schema, tables.live)
    after = columns_after(clickhouse, every, schema)
    if not any(planned.view.id in after and planned.live is not None for planned in every):
        return {}
    filled = _Targets(clickhouse, tables.targets, {})
    found = dict[TableId, dict[str, Assessment]]()
    for change in retyped:
        before = columns_after(clickhouse, every, _without(schema, change))
        readers = [
            _reader(planned, before[planned.view.id], after[planned.view.id], filled)
            for planned in every
            if planned.view.id in before and planned.view.id in after
        ]
        assessment = assess_retyped(readers)
        if assessment is not None:
            found.setdefault(change.table, {})[change.desired.name] = assessment
    return found


@dataclass(frozen=True, slots=True)
class _Targets:
    """The columns of the tables that materialized views fill."""

    clickhouse: ClickHouse
    schema: Schema
    read: dict[TableId, Mapping[str, str]]

    def types_of(self, target: TableId) -> Mapping[str, str]:
        if target not in self.read:
            columns = self.schema.get(target) or self._live(target)
            self.read[target] = _types_of(columns)
        return self.read[target]

    def _live(self, target: TableId) -> tuple[Column, ...]:
        query = f"SELECT * FROM {quoted_table(target)}"
        return columns_of_query(self.clickhouse, query, target.database, {}).columns


def _reader(
    planned: PlannedView, before: QueryColumns, after: QueryColumns, targets: _Targets
) -> RetypedReader:
    view = planned.view
    takes = _types_of(planned.storage)
    if view.target is not None:
        takes = {**targets.types_of(view.target)}
    return RetypedReader(
        view=view,
        is_carried=planned.is_carried,
        before=_types_of(before.columns),
        after=_types_of(after.columns),
        error=after.error,
        failed_before=bool(before.error),
        stored=_types_of(planned.live.columns if planned.live else ()),
        takes=takes,
    )


def _types_of(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.type for column in columns}


def _storage_of(view: View) -> tuple[Column, ...]:
    return view.inner.columns if view.inner else ()


def _with_live_columns(schema: Schema, live: State) -> Schema:
    """Return *schema* with the columns that are dropped or renamed, which are judged elsewhere."""
    whole = dict(schema)
    for table, columns in schema.items():
        names = {column.name for column in columns}
        before = live.tables[table].columns if table in live.tables else ()
        whole[table] = (*columns, *(column for column in before if column.name not in names))
    return whole


def _without(schema: Schema, change: ChangeType) -> Schema:
    """Return *schema* as it is without *change*."""
    columns = tuple(
        replace(column, type=change.live.type) if column.name == change.desired.name else column
        for column in schema.get(change.table, ())
    )
    return {**schema, change.table: columns}


def _seen(table: Table) -> list[tuple[str, str, str]]:
    return [
        (column.name, column.type, column.default.kind if column.default else "")
        for column in table.columns
    ]
