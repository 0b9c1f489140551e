"""Ask which databases have the same tables on every host without ON CLUSTER."""

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.catalogs import CATALOGS

_CATALOGS = (
    "SELECT name, engine FROM system.databases "
    f"WHERE engine IN ({', '.join(map(quoted_text, sorted(CATALOGS)))})"
)


def read_catalogs(clickhouse: ClickHouse) -> dict[str, str]:
    """Return the engine of each such database, in one query that a connection asks once.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    return {str(name): str(engine) for name, engine in clickhouse.query_once(_CATALOGS)}
