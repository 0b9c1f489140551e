"""Look at every host of a cluster: what each has of a table, and which one does not answer."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.live.texts import readable
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.names import TableId

# `shardNum()` numbers the replicas of `clusterAllReplicas` in the order of system.clusters, because
# each replica is a shard there.
_HOSTS = """
SELECT host_name, port, shard_num FROM system.clusters
WHERE cluster = %(cluster)s ORDER BY shard_num, replica_num"""
_ANSWERED = "SELECT DISTINCT shardNum() FROM clusterAllReplicas({}, system.one)"
_TABLES = f"""
SELECT shardNum(), database, name, engine, {readable("create_table_query")}, toString(uuid),
    total_rows, total_bytes
FROM clusterAllReplicas({{}}, system.tables) WHERE database IN %(databases)s"""
_SKIP = " SETTINGS skip_unavailable_shards = 1"


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a cluster.

    Attributes:
        name: Its name and port, as `host:9000`.
        shard: The number of its shard, from 1 on.
        number: Its own number, by which clusterAllReplicas counts hosts, from 1 on.
    """

    name: str
    shard: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class HostTable:
    """A table on one host.

    Attributes:
        engine: The name of its engine.
        definition: Its CREATE statement as the host prints it.
        uuid: Its UUID there.
        rows: How many rows it has there; None where the engine can't tell without a scan.
        bytes: How many bytes they take on disk; None as for `rows`.
    """

    engine: str
    definition: str
    uuid: str
    rows: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class ClusterTables:
    """What every host of a cluster has.

    Attributes:
        hosts: The hosts; none where the server knows no such cluster.
        unreachable: Those that did not answer.
        tables: By table, what each host has of it; a host that lacks it is not in it.
    """

    hosts: tuple[Host, ...] = ()
    unreachable: tuple[Host, ...] = ()
    tables: Mapping[TableId, Mapping[Host, HostTable]] = field(
        default_factory=dict[TableId, Mapping[Host, HostTable]]
    )


def read_cluster(clickhouse: ClickHouse, cluster: str, ids: Collection[TableId]) -> ClusterTables:
    """Return what every host of *cluster* has of *ids*, in three queries.

    Raises:
        ServerError: The server refuses, such as for want of the right REMOTE.
    """
    hosts = dict[tuple[str, int], Host]()
    for name, port, shard in clickhouse.query(_HOSTS, {"cluster": cluster}):
        # A host that is written down twice is asked once.
        key = (str(name), int(port))
        hosts.setdefault(key, Host(f"{name}:{port}", int(shard), len(hosts) + 1))
    if not hosts:
        return ClusterTables()
    by_number = dict(enumerate(hosts.values(), 1))
    literal = quoted_text(cluster)
    answered = {int(row[0]) for row in clickhouse.query(_ANSWERED.format(literal) + _SKIP)}
    tables = defaultdict[TableId, dict[Host, HostTable]](dict)
    databases = sorted({table.database for table in ids})
    for number, database, name, engine, definition, uuid, rows, size in clickhouse.query(
        _TABLES.format(literal) + _SKIP, {"databases": databases}
    ):
        table = TableId(database, name)
        if table in ids:
            tables[table][by_number[number]] = HostTable(
                engine, str(definition), str(uuid), rows, size
            )
    unreachable = [host for number, host in by_number.items() if number not in answered]
    return ClusterTables(tuple(by_number.values()), tuple(unreachable), tables)


def known_clusters(clickhouse: ClickHouse) -> tuple[str, ...]:
    """Return the names of the clusters that the server knows."""
    rows = clickhouse.query("SELECT DISTINCT cluster FROM system.clusters ORDER BY cluster")
    return tuple(str(name) for (name,) in rows)
