"""Read what the server loads from tables, and which dictionaries are in memory."""

from collections.abc import Collection, Mapping

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.names import TableId

_DEPENDENTS = """
SELECT database, name, loading_dependent_database, loading_dependent_table
FROM system.tables WHERE (database, name) IN ({})"""


def read_dependents(
    clickhouse: ClickHouse, tables: Collection[TableId]
) -> Mapping[TableId, frozenset[TableId]]:
    """Return the dictionaries and tables that need each of *tables* when the server starts.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    if not tables:
        return {}
    names = ", ".join(
        f"({quoted_text(table.database)}, {quoted_text(table.name)})" for table in sorted(tables)
    )
    return {
        TableId(database, name): frozenset(map(TableId, databases, others))
        for database, name, databases, others in clickhouse.query(_DEPENDENTS.format(names))
    }


def read_loaded(clickhouse: ClickHouse) -> frozenset[TableId]:
    """Return the dictionaries that are in memory.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    rows = clickhouse.query(
        "SELECT database, name FROM system.dictionaries "
        "WHERE startsWith(toString(status), 'LOADED')"
    )
    return frozenset(TableId(database, name) for database, name in rows)
