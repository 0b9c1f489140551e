"""Find stuck type changes: the metadata has the new type, the rows can't be converted to it."""

from collections import defaultdict
from collections.abc import Mapping

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.types import canonical_type

# What fails is tried again for ever; a mutation that is only slow has no reason yet.
_STUCK = (
    "SELECT database, table FROM system.mutations "
    "WHERE database IN %(databases)s AND NOT is_done AND latest_fail_reason != ''"
)


def read_stuck_type_changes(
    clickhouse: ClickHouse, live: State
) -> Mapping[TableId, Mapping[str, str]]:
    """Return the type that the rows still hold, by table of *live* and column."""
    if not live.tables:
        return {}
    databases = {"databases": sorted({table.database for table in live.tables})}
    stuck = {TableId(*row) for row in clickhouse.query(_STUCK, databases)} & live.tables.keys()
    if not stuck:
        return {}
    found = defaultdict[TableId, dict[str, str]](dict)
    for database, name, column, stored_type in clickhouse.query(
        "SELECT database, table, column, groupUniqArray(type) FROM system.parts_columns "
        f"WHERE active AND (database, table) IN ({_STUCK}) "
        "GROUP BY database, table, column ORDER BY column",
        databases,
    ):
        table = TableId(database, name)
        live_column = live.tables[table].column(column) if table in stuck else None
        if live_column is None:
            continue
        # What was written since has the new type already.
        stored = {canonical_type(type_) for type_ in stored_type} - {live_column.type}
        if len(stored) == 1:
            found[table][column] = stored.pop()
    return found
