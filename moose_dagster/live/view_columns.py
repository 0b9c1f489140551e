"""The columns of views that say more than their query: a type, a name or a comment of their own."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from moose_dagster.clients.clickhouse import ClickHouse, Row
from moose_dagster.errors import ServerError
from moose_dagster.state.names import ViewId
from moose_dagster.state.views import View, ViewKind

_COLUMNS = """
SELECT database, table, name, type, comment FROM system.columns
WHERE database IN %(databases)s ORDER BY database, table, position"""


def written_columns(
    clickhouse: ClickHouse, views: Collection[View]
) -> Mapping[ViewId, tuple[str, ...]]:
    """Return the columns of *views* that differ from those of their queries.

    The server tells the columns of every view, whether they were written or not, so each query is
    asked for its own. Views with storage of their own are left out.

    Raises:
        ServerUnreachable: The server went away.
    """
    asked = [view for view in views if view.kind is not ViewKind.DICTIONARY and view.inner is None]
    if not asked:
        return {}
    columns = defaultdict[ViewId, list[Row]](list)
    for database, table, *column in clickhouse.query(
        _COLUMNS, {"databases": sorted({v.id.database for v in asked})}
    ):
        columns[ViewId(database, table)].append(column)
    found = {view.id: tuple(_written(columns[view.id], _given(clickhouse, view))) for view in asked}
    return {view: names for view, names in found.items() if names}


def _written(columns: Sequence[Row], given: Mapping[str, str] | None) -> Iterator[str]:
    for name, type_, comment in columns:
        if comment or (given is not None and given.get(name) != _on_one_line(type_)):
            yield name


def _given(clickhouse: ClickHouse, view: View) -> dict[str, str] | None:
    """Return the types of the columns of the query; None for one with parameters."""
    try:
        rows = clickhouse.query(f"DESCRIBE TABLE ({view.query})")
    except ServerError:
        return None
    return {str(row[0]): _on_one_line(row[1]) for row in rows}


def _on_one_line(type_name: str) -> str:
    # DESCRIBE tells each element of a Tuple on a line of its own.
    return "".join(type_name.split())
