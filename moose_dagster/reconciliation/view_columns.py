"""Find out which columns the declared views give once the plan of tables is done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.live.query_columns import (
    QueryColumns,
    Schema,
    columns_of_queries,
    columns_of_query,
    named_as_live,
)
from moose_dagster.reconciliation.readers import PlannedView, sources_first
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Column
from moose_dagster.state.tokens import bracketed
from moose_dagster.state.views import View, ViewKind

# UNKNOWN_IDENTIFIER and UNKNOWN_TABLE; other errors, such as missing rights, tell nothing.
_BROKEN = frozenset({47, 60})

# ILLEGAL_TYPE_OF_ARGUMENT, UNKNOWN_IDENTIFIER, TYPE_MISMATCH and NO_COMMON_TYPE.
_UNFIT = frozenset({43, 47, 53, 386})


@dataclass(frozen=True, slots=True)
class DesiredColumns:
    """The desired views with the columns that they will give.

    Attributes:
        views: The desired views.
        notes: A sentence for each view whose query fails on the server.
        failing: The views that the plan would make, and whose query would fail after it.
    """

    views: Mapping[ViewId, View]
    notes: tuple[str, ...]
    failing: frozenset[ViewId]


def fill_columns(
    clickhouse: ClickHouse,
    desired: Mapping[ViewId, View],
    views: Sequence[PlannedView],
    *,
    schema: Schema,
    retyped_dictionaries: frozenset[TableId],
) -> DesiredColumns:
    """Return the *desired* views with the columns of their queries, which the server tells.

    Args:
        clickhouse: The server; it is only read.
        desired: The views, as compared.
        views: The same views as they will be.
        schema: The columns of the tables that the plan changes, as they will be.
        retyped_dictionaries: The dictionaries whose columns change.

    Raises:
        ServerUnreachable: The server went away.
    """
    filled = dict(desired)
    notes = list[str]()
    failing = set[ViewId]()
    known = dict(schema)
    answers = _columns_now(clickhouse, views)
    for planned in sources_first(views):
        view = planned.view
        # What it gives is known once the dictionary is defined again.
        is_uncertain = not retyped_dictionaries.isdisjoint(view.reads)
        is_affected = is_uncertain or not known.keys().isdisjoint(view.reads)
        if not _is_told(planned) or view.has_column_list:
            if planned.live is None and view.kind is ViewKind.VIEW and view.columns:
                known[view.id.place] = view.columns
            continue
        answer = QueryColumns() if is_uncertain else answers.get(view.id, QueryColumns())
        if not is_uncertain and (is_affected or planned.live is None):
            answer = columns_of_query(clickhouse, view.query, view.id.database, known)
        if answer.code in _UNFIT and view != planned.live:
            failing.add(view.id)
        if planned.live is None:
            known[view.id.place] = answer.columns
            continue
        columns = _columns(clickhouse, planned, answer, known, is_affected=is_affected)
        if answer.code in _BROKEN and not is_affected:
            notes.append(f"{view.id}: its query fails on the server; what it reads is not there.")
        if columns != planned.live.columns:
            filled[view.id] = replace(desired[view.id], columns=columns)
            if planned.is_carried and columns:
                known[view.id.place] = columns
    return DesiredColumns(filled, tuple(notes), frozenset(failing))


def retyped_dictionaries(
    live: Mapping[ViewId, View], views: Sequence[PlannedView]
) -> frozenset[TableId]:
    """Return the live dictionaries that will have other columns."""
    return frozenset(
        planned.view.id.place
        for planned in views
        if planned.view.kind is ViewKind.DICTIONARY
        and planned.view.id in live
        and bracketed(live[planned.view.id].query)[1] != bracketed(planned.view.query)[1]
    )


def _columns_now(
    clickhouse: ClickHouse, views: Sequence[PlannedView]
) -> dict[ViewId, QueryColumns]:
    """Return what the queries of the live views give over the live tables."""
    asked = [
        planned.view
        for planned in views
        if _is_told(planned) and planned.live is not None and not planned.view.has_column_list
    ]
    answer = columns_of_queries(clickhouse, [view.query for view in asked])
    return {view.id: columns for view, columns in zip(asked, answer, strict=True)}


def _is_told(planned: PlannedView) -> bool:
    """Tell whether the server keeps columns of the view that follow from its query."""
    view = planned.view
    if view.kind is ViewKind.DICTIONARY or view.inner is not None:
        return False
    if planned.live is None:
        return True
    # A view with parameters has no columns.
    return planned.live.kind is view.kind and bool(planned.live.columns)


def _columns(
    clickhouse: ClickHouse,
    planned: PlannedView,
    answer: QueryColumns,
    known: Mapping[TableId, tuple[Column, ...]],
    *,
    is_affected: bool,
) -> tuple[Column, ...]:
    """Return the columns that the live view should have."""
    live = planned.live.columns if planned.live else ()
    if planned.view.kind is ViewKind.MATERIALIZED_VIEW:
        return _of_materialized(clickhouse, planned.view, live, answer=answer, known=known)
    if answer.columns:
        return tuple(_with_properties(named_as_live(answer.columns, live), live))
    # Made again, it has the columns of its query, whatever they are.
    return () if is_affected else live


def _with_properties(columns: Sequence[Column], live: Sequence[Column]) -> Iterator[Column]:
    """Yield *columns* with the default, comment and codec of the live ones."""
    by_name = {column.name: column for column in live}
    for column in columns:
        yield replace(by_name.get(column.name, column), type=column.type)


def _of_materialized(
    clickhouse: ClickHouse,
    view: View,
    live: tuple[Column, ...],
    *,
    answer: QueryColumns,
    known: Mapping[TableId, tuple[Column, ...]],
) -> tuple[Column, ...]:
    """Return the columns of a materialized view, other than live only where that loses something.

    A column that has the type of the target cuts nothing, and reading a view with a column that
    the target lacks fails.
    """
    types = {column.name: column.type for column in live}
    named = named_as_live(answer.columns, live)
    different = [column for column in named if types.get(column.name) != column.type]
    if not different or view.target is None:
        return live
    target = known.get(view.target)
    if target is None:
        query = f"SELECT * FROM {quoted_table(view.target)}"
        target = columns_of_query(clickhouse, query, view.target.database, {}).columns
    takes = {column.name: column.type for column in target}
    if any(column.name not in takes for column in named):
        return live
    if all(types.get(column.name) == takes[column.name] for column in different):
        return live
    return named
