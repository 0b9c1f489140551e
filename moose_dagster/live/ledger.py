"""Read what this project managed last, so that a removed declaration keeps its promise."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import Entry
from moose_dagster.sql.ledger import RESOURCES
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import ViewId
from moose_dagster.state.tables import TableId
from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class Entries:
    """The ledger of one project."""

    tables: Mapping[TableId, Entry] = field(default_factory=dict[TableId, Entry])
    topics: Mapping[TopicId, Entry] = field(default_factory=dict[TopicId, Entry])
    views: Mapping[ViewId, Entry] = field(default_factory=dict[ViewId, Entry])


def read_ledger(clickhouse: ClickHouse, database: str, project: str) -> Entries:
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
        return Entries()
    resources = quoted_table(TableId(database, RESOURCES))
    rows = clickhouse.query(
        f"SELECT kind, database, name, life_cycle, fingerprint, uuid FROM {resources} FINAL "
        "WHERE project = %(project)s",
        {"project": project},
    )
    entries = [(row[:3], Entry(LifeCycle(row[3]), row[4], row[5])) for row in rows]
    return Entries(
        tables={TableId(database, name): entry for (kind, database, name), entry in entries if kind == "table"},
        topics={TopicId(name): entry for (kind, _, name), entry in entries if kind == "topic"},
        views={ViewId(database, name): entry for (kind, database, name), entry in entries if kind == "view"},
    )
