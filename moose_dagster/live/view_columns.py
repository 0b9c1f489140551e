"""The columns of views that say more than their query: a type, a name or a comment of their own."""

from collections.abc import Collection
from dataclasses import replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.live.query_columns import QueryColumns, columns_of_queries, named_as_live
from moose_dagster.state.names import ViewId
from moose_dagster.state.views import View, ViewKind, has_column_properties


def with_column_lists(clickhouse: ClickHouse, views: Collection[View]) -> dict[ViewId, View]:
    """Return *views*, those marked that list other columns than their query gives.

    The server tells the columns of every view, whether they were written or not, so each query is
    asked for its own.

    Raises:
        ServerUnreachable: The server went away.
    """
    asked = [view for view in views if view.columns]
    answer = columns_of_queries(clickhouse, [view.query for view in asked])
    listed = {
        view.id: replace(view, has_column_list=_is_listed(view, columns))
        for view, columns in zip(asked, answer, strict=True)
    }
    return {view.id: listed.get(view.id, view) for view in views}


def _is_listed(view: View, answer: QueryColumns) -> bool:
    if answer.error:
        return has_column_properties(view)
    columns = named_as_live(answer.columns, view.columns)
    if view.kind is ViewKind.MATERIALIZED_VIEW:
        # In which order it lists them makes no difference to the table that it fills.
        return set(view.columns) != set(columns)
    return view.columns != columns
