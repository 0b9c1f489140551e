"""Read what this project managed last, so that a removed declaration keeps its promise."""

from collections.abc import Mapping

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import Entry
from moose_dagster.sql.ledger import RESOURCES
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.tables import TableId


def read_ledger(clickhouse: ClickHouse, database: str, project: str) -> Mapping[TableId, Entry]:
    """Return the ledger of *project*, empty where none was ever written.

    Args:
        clickhouse: The server.
        database: The ledger's database.
        project: The owner's name.
    """
    exists = clickhouse.query(
        "SELECT count() FROM system.tables WHERE database = %(database)s AND name = %(name)s",
        {"database": database, "name": RESOURCES},
    )
    if not exists[0][0]:
        return {}
    resources = quoted_table(TableId(database, RESOURCES))
    rows = clickhouse.query(
        f"SELECT database, name, life_cycle, fingerprint, uuid FROM {resources} FINAL "
        "WHERE project = %(project)s AND kind = 'table'",
        {"project": project},
    )
    return {TableId(row[0], row[1]): Entry(LifeCycle(row[2]), row[3], row[4]) for row in rows}
