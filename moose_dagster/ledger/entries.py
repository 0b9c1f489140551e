"""Read what a project managed last, so that the life cycle outlives its declaration."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from moose_dagster.clients.clickhouse import ClickHouse, Row
from moose_dagster.ledger.checkpoints import Checkpoint, read_checkpoints
from moose_dagster.ledger.schema import REBUILDS, RESOURCES
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import Entry
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import ResourceId, TableId, ViewId, of_kind
from moose_dagster.state.owner import Owner
from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class Entries:
    """The ledger of one owner.

    Attributes:
        tables: The managed tables.
        topics: The managed topics.
        views: The managed views and dictionaries.
        owners: The other owner of each resource that has one.
        interrupted: The open rebuilds, the oldest first.
        known: False where the ledger could not be read; then all else is empty.
        to_carry_over: Whether some of them are still written for the project without environment.
    """

    tables: Mapping[TableId, Entry] = field(default_factory=dict[TableId, Entry])
    topics: Mapping[TopicId, Entry] = field(default_factory=dict[TopicId, Entry])
    views: Mapping[ViewId, Entry] = field(default_factory=dict[ViewId, Entry])
    owners: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    interrupted: tuple[Checkpoint, ...] = ()
    known: bool = True
    to_carry_over: bool = False

    @property
    def every(self) -> Mapping[ResourceId, Entry]:
        """The entries of all kinds."""
        return {**self.tables, **self.topics, **self.views}

    def without(self, resources: Collection[ResourceId]) -> "Entries":
        """Return this without the entries of *resources*."""
        return replace(
            self,
            tables=_without(self.tables, resources),
            topics=_without(self.topics, resources),
            views=_without(self.views, resources),
        )


def read_ledger(clickhouse: ClickHouse, database: str, owner: Owner) -> Entries:
    """Return the ledger of *owner*, empty where none was ever written.

    Args:
        clickhouse: The server.
        database: The ledger's database.
        owner: Whose entries.
    """
    found = clickhouse.query(
        "SELECT name, position(create_table_query, 'default_database') > 0, total_rows = 0 "
        "FROM system.tables "
        "WHERE database = %(database)s AND name IN (%(resources)s, %(rebuilds)s)",
        {"database": database, "resources": RESOURCES, "rebuilds": REBUILDS},
    )
    tables = {str(name): bool(says_database) for name, says_database, _ in found}
    if RESOURCES not in tables:
        return Entries()
    # A ledger of an earlier version has no rebuilds, and does not say the default database.
    has_rebuilds = any(name == REBUILDS and not is_empty for name, _, is_empty in found)
    interrupted = read_checkpoints(clickhouse, database, owner.key) if has_rebuilds else ()
    rows = _rows(clickhouse, database, owner, says_database=tables[RESOURCES])
    ours = _entries(row for row in rows if row[7] == owner.key)
    earlier = _entries(row for row in rows if row[7] != owner.key and is_earlier(owner, row))
    every: dict[ResourceId, Entry] = {**earlier, **ours}
    return Entries(
        tables=of_kind(every, TableId),
        topics=of_kind(every, TopicId),
        views=of_kind(every, ViewId),
        owners=_others(rows, owner),
        interrupted=tuple(interrupted),
        to_carry_over=bool(earlier),
    )


def is_earlier(owner: Owner, row: Row) -> bool:
    """Whether *row* of the project without an environment is about this environment.

    Args:
        owner: The project in its environment.
        row: Kind, database and name first, the default database and the owner's key last.
    """
    kind, database, name, *_, key, default_database = row
    if not owner.environment or key != owner.project:
        return False
    if default_database:
        return bool(default_database == owner.database)
    return TopicId(name) in owner.topics if kind == "topic" else database in owner.databases


def resource_of(row: Row) -> ResourceId:
    """Return the resource that *row* is about: kind, database and name come first."""
    kind, database, name = row[:3]
    if kind == "topic":
        return TopicId(name)
    return ViewId(database, name) if kind == "view" else TableId(database, name)


def _rows(
    clickhouse: ClickHouse, database: str, owner: Owner, *, says_database: bool
) -> Sequence[Row]:
    """Return what *owner* has written, and what others manage, the oldest first."""
    resources = quoted_table(TableId(database, RESOURCES))
    default_database = "default_database" if says_database else "''"
    return clickhouse.query(
        "SELECT kind, database, name, life_cycle, fingerprint, uuid, cluster, project, "
        f"{default_database} FROM {resources} FINAL "
        "WHERE project IN (%(owner)s, %(project)s) OR life_cycle != %(external)s "
        "ORDER BY recorded_at, project",
        {
            "owner": owner.key,
            "project": owner.project,
            "external": LifeCycle.EXTERNALLY_MANAGED.value,
        },
    )


def _others(rows: Iterable[Row], owner: Owner) -> dict[ResourceId, str]:
    """Return the other owner of each resource: whoever wrote it down first."""
    owners = dict[ResourceId, str]()
    for row in rows:
        is_ours = row[7] == owner.key or is_earlier(owner, row)
        if LifeCycle(row[3]) is not LifeCycle.EXTERNALLY_MANAGED:
            owners.setdefault(resource_of(row), "" if is_ours else row[7])
    return {resource: other for resource, other in owners.items() if other}


def _entries(rows: Iterable[Row]) -> dict[ResourceId, Entry]:
    return {
        resource_of(row): Entry(LifeCycle(row[3]), *row[4:7], default_database=row[8])
        for row in rows
    }


R = TypeVar("R", bound=ResourceId)


def _without(entries: Mapping[R, Entry], excluded: Collection[ResourceId]) -> dict[R, Entry]:
    return {resource: entry for resource, entry in entries.items() if resource not in excluded}
