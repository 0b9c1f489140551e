"""What the hosts of clusters add to a plan: rows of all shards, and hosts that differ."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.live.clusters import (
    ClusterTables,
    Host,
    HostTable,
    known_clusters,
    read_cluster,
)
from moose_dagster.live.tables import Facts, HostNumber, LiveTables, read_tables
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Engine, Table

_NOT_LOOKED_AT = "the hosts of its cluster {} can't be looked at: {}"


@dataclass(frozen=True, slots=True)
class ClusterFindings:
    """What was found on the hosts of clusters.

    Attributes:
        facts: The facts of each table with the rows and bytes of all shards.
        obstacles: By table, why no change of it can be sent to all hosts, as half a sentence.
        notes: Sentences about hosts.
        on_hosts: The tables that hosts differ in, by each host that answered; None where absent.
        uuids: The UUID of each of these tables where it is live.
    """

    facts: Mapping[TableId, Facts] = field(default_factory=dict[TableId, Facts])
    obstacles: Mapping[TableId, str] = field(default_factory=dict[TableId, str])
    notes: tuple[str, ...] = ()
    on_hosts: Mapping[TableId, Mapping[str, Table | None]] = field(
        default_factory=dict[TableId, Mapping[str, Table | None]]
    )
    uuids: Mapping[TableId, str] = field(default_factory=dict[TableId, str])


def look_at_clusters(
    clickhouse: ClickHouse, clusters: Mapping[TableId, str], read: LiveTables
) -> ClusterFindings:
    """Return what the hosts of *clusters* have of the tables that are on one.

    Args:
        clickhouse: The server.
        clusters: The cluster of each table that is on one.
        read: What was read of the connected host.

    Raises:
        ServerUnreachable: The server went away.
    """
    grouped = defaultdict[str, list[TableId]](list)
    for table, cluster in clusters.items():
        grouped[cluster].append(table)
    facts = dict(read.facts)
    obstacles = dict[TableId, str]()
    notes = list[str]()
    schemas = dict[TableId, Mapping[str, Table | None]]()
    uuids = dict[TableId, str]()
    for cluster, tables in sorted(grouped.items()):
        try:
            seen = read_cluster(clickhouse, cluster, tables)
            known = () if seen.hosts else known_clusters(clickhouse)
        except ServerError as error:
            why = _NOT_LOOKED_AT.format(cluster, error)
            obstacles.update(dict.fromkeys(tables, why))
            notes += (f"{table}: {why}" for table in tables)
            continue
        if not seen.hosts:
            obstacles.update(dict.fromkeys(tables, _unknown(cluster, known)))
            continue
        notes += (_unreachable_note(cluster, host) for host in seen.unreachable)
        differing = [table for table in tables if any(_differing(seen, seen.tables.get(table, {})))]
        schemas.update(_read_on_hosts(clickhouse, cluster, seen, differing))
        uuids.update((table, _uuid(seen.tables[table])) for table in differing)
        for table in tables:
            on_hosts = seen.tables.get(table, {})
            if table in facts:
                facts[table] = _with_all_shards(facts[table], on_hosts)
            if differing := "; ".join(_differing(seen, on_hosts)):
                obstacles[table] = f"it is not the same on every host of {cluster}: {differing}"
                notes.append(f"{table}: {obstacles[table]}.")
    return ClusterFindings(facts, obstacles, tuple(notes), schemas, uuids)


def _read_on_hosts(
    clickhouse: ClickHouse, cluster: str, seen: ClusterTables, tables: Collection[TableId]
) -> dict[TableId, dict[str, Table | None]]:
    """Return each of *tables* by the name of the host, in two queries to each host."""
    found: dict[TableId, dict[str, Table | None]] = {table: {} for table in tables}
    answering = [host for host in seen.hosts if tables and host not in seen.unreachable]
    for host in answering:
        read = read_tables(clickhouse, tables, HostNumber(cluster, host.number)).state.tables
        for table in tables:
            found[table][host.name] = read.get(table)
    return found


def _uuid(on_hosts: Mapping[Host, HostTable]) -> str:
    return next(table.uuid for table in on_hosts.values())


def _unknown(cluster: str, known: tuple[str, ...]) -> str:
    others = f"it knows {', '.join(known)}" if known else "it knows none"
    return f"the server knows no cluster {cluster}; {others}"


def _unreachable_note(cluster: str, host: Host) -> str:
    return (
        f"{host.name} of the cluster {cluster} can't be reached: nothing is known of its tables, "
        "and what has to be proved on its rows is blocked."
    )


def _differing(seen: ClusterTables, on_hosts: Mapping[Host, HostTable]) -> Iterator[str]:
    """Yield for each host that answered where it differs from the first one that has the table."""
    if not on_hosts:
        return
    first = next(host for host in seen.hosts if host in on_hosts)
    for host in seen.hosts:
        if host in seen.unreachable:
            continue
        if host not in on_hosts:
            yield f"{host.name} does not have it"
        elif on_hosts[host].definition != on_hosts[first].definition:
            yield f"{host.name} has another definition than {first.name}"


def _with_all_shards(facts: Facts, on_hosts: Mapping[Host, HostTable]) -> Facts:
    """Return *facts* with the rows and bytes of all shards; replicas hold the same rows."""
    rows = defaultdict[object, int](int)
    sizes = defaultdict[object, int](int)
    for host, table in on_hosts.items():
        if table.rows is None or table.bytes is None:
            return facts
        # Without replication each host has rows of its own.
        place = host.shard if Engine(table.engine).is_replicated else host
        rows[place] = max(rows[place], table.rows)
        sizes[place] = max(sizes[place], table.bytes)
    return replace(facts, rows=sum(rows.values()), bytes=sum(sizes.values())) if rows else facts
