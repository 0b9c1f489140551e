"""Read which live views read or fill some tables, whoever declared them, in one query."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.live.texts import as_sql, readable
from moose_dagster.sql.views import parse_view
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.views import View, ViewKind

# multiSearchAny takes 255 needles; the server prints other names with escapes.
_MOST_NEEDLES = 255
_PLAIN = re.compile(r"\w+", re.ASCII)
_VIEWS = f"""
SELECT database, name, engine, {readable("create_table_query")}, loading_dependencies_database,
    loading_dependencies_table
FROM system.tables WHERE engine IN ('View', 'MaterializedView', 'Dictionary')"""
# The name of what an interrupted CREATE OR REPLACE leaves.
_LEFT_BEHIND = "_tmp_replace_"
_KINDS = {"View": ViewKind.VIEW, "MaterializedView": ViewKind.MATERIALIZED_VIEW}


@dataclass(frozen=True, slots=True)
class ViewUse:
    """What a live view or dictionary reads, and the table that it fills.

    Attributes:
        view: Its name.
        reads: The tables and views that it reads.
        target: The table that it fills; None for none.
        definition: The view as a value; None for a dictionary, and for a view that can't be read.
    """

    view: ViewId
    reads: tuple[TableId, ...]
    target: TableId | None = None
    definition: View | None = None


def read_uses(clickhouse: ClickHouse, tables: Collection[TableId]) -> tuple[ViewUse, ...]:
    """Return the live views that may read or fill one of *tables*, in the order of their names.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    if not tables:
        return ()
    names = sorted({table.name for table in tables})
    text = _VIEWS
    parameters = dict[str, object]()
    if len(names) <= _MOST_NEEDLES and all(map(_PLAIN.fullmatch, names)):
        text = f"{text} AND multiSearchAny(create_table_query, %(names)s)"
        parameters = {"names": names}
    uses = list[ViewUse]()
    for database, name, engine, create, databases, others in clickhouse.query(
        f"{text} ORDER BY 1, 2", parameters
    ):
        if name.startswith(_LEFT_BEHIND):
            continue
        id_ = ViewId(database, name)
        kind = _KINDS.get(engine)
        if kind is None or not create:
            uses.append(ViewUse(id_, tuple(map(TableId, databases, others))))
            continue
        view = parse_view(id_, kind, as_sql(create))
        uses.append(ViewUse(id_, view.reads, view.target, view))
    return tuple(uses)
