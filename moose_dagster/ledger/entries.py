"""Read what a project managed last, so that the life cycle outlives its declaration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ledger.checkpoints import Checkpoint, read_checkpoints
from moose_dagster.ledger.schema import REBUILDS, RESOURCES
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import Entry
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class Entries:
    """The ledger of one project.

    Attributes:
        tables: The managed tables.
        topics: The managed topics.
        views: The managed views and dictionaries.
        claimed: What another project manages as well.
        interrupted: The open rebuilds, the oldest first.
        known: False where the ledger could not be read; then all else is empty.
    """

    tables: Mapping[TableId, Entry] = field(default_factory=dict[TableId, Entry])
    topics: Mapping[TopicId, Entry] = field(default_factory=dict[TopicId, Entry])
    views: Mapping[ViewId, Entry] = field(default_factory=dict[ViewId, Entry])
    claimed: frozenset[ResourceId] = frozenset()
    interrupted: tuple[Checkpoint, ...] = ()
    known: bool = True

    @property
    def every(self) -> Mapping[ResourceId, Entry]:
        """The entries of all kinds."""
        return {**self.tables, **self.topics, **self.views}


def read_ledger(clickhouse: ClickHouse, database: str, project: str) -> Entries:
    """Return the ledger of *project*, empty where none was ever written.

    Args:
        clickhouse: The server.
        database: The ledger's database.
        project: The owner's name.
    """
    names = clickhouse.query(
        "SELECT name FROM system.tables "
        "WHERE database = %(database)s AND name IN (%(resources)s, %(rebuilds)s)",
        {"database": database, "resources": RESOURCES, "rebuilds": REBUILDS},
    )
    if (RESOURCES,) not in [tuple(row) for row in names]:
        return Entries()
    # A ledger of an earlier version has no rebuilds.
    interrupted = read_checkpoints(clickhouse, database, project) if len(names) > 1 else ()
    resources = quoted_table(TableId(database, RESOURCES))
    rows = clickhouse.query(
        "SELECT kind, database, name, life_cycle, fingerprint, uuid, cluster, "
        f"project = %(project)s FROM {resources} FINAL "
        "WHERE (kind, database, name) IN "
        f"(SELECT kind, database, name FROM {resources} WHERE project = %(project)s)",
        {"project": project},
    )
    ours = {_resource(*row[:3]): Entry(LifeCycle(row[3]), *row[4:7]) for row in rows if row[7]}
    others = (
        row for row in rows if not row[7] and LifeCycle(row[3]) is not LifeCycle.EXTERNALLY_MANAGED
    )
    return Entries(
        tables={resource: entry for resource, entry in ours.items() if type(resource) is TableId},
        topics={
            resource: entry for resource, entry in ours.items() if isinstance(resource, TopicId)
        },
        views={resource: entry for resource, entry in ours.items() if isinstance(resource, ViewId)},
        claimed=frozenset(_resource(*row[:3]) for row in others),
        interrupted=tuple(interrupted),
    )


def _resource(kind: str, database: str, name: str) -> ResourceId:
    if kind == "topic":
        return TopicId(name)
    return ViewId(database, name) if kind == "view" else TableId(database, name)
