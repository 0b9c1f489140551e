"""Ask how the replicas of tables are: which can't be written, lag, or fail with a mutation."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.names import TableId

_REPLICAS = """
SELECT hostName(), database, table, is_readonly, absolute_delay, total_replicas
FROM {} WHERE database IN %(databases)s"""
_MUTATIONS = """
SELECT hostName(), database, table, mutation_id, latest_fail_reason
FROM {} WHERE database IN %(databases)s AND NOT is_done AND latest_fail_reason != ''"""


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica of a table on one host.

    Attributes:
        host: The name of the host.
        table: The table.
        is_read_only: Whether it has lost its Keeper, and takes no statement.
        delay: How far it is behind the others, in seconds.
        total: How many replicas the table has in its shard; 0 where Keeper can't tell.
    """

    host: str
    table: TableId
    is_read_only: bool
    delay: int
    total: int


@dataclass(frozen=True, slots=True)
class FailedMutation:
    """A mutation that a host tries again and again.

    Attributes:
        host: The name of the host.
        table: The table.
        name: The name of the mutation.
        reason: The message of its last failure.
    """

    host: str
    table: TableId
    name: str
    reason: str


def read_replicas(
    clickhouse: ClickHouse, tables: Collection[TableId], cluster: str
) -> Iterator[Replica]:
    """Yield the replicas of *tables* on all hosts of *cluster*, "" for this server alone.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    databases = {"databases": sorted({table.database for table in tables})}
    sql = _of(_REPLICAS, "replicas", cluster)
    for host, database, name, is_read_only, delay, total in clickhouse.query(sql, databases):
        table = TableId(database, name)
        if table in tables:
            yield Replica(str(host), table, bool(is_read_only), int(delay), int(total))


def read_failed_mutations(
    clickhouse: ClickHouse, tables: Collection[TableId], cluster: str
) -> Iterator[FailedMutation]:
    """Yield the mutations of *tables* that fail, on all hosts of *cluster* as above.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    databases = {"databases": sorted({table.database for table in tables})}
    sql = _of(_MUTATIONS, "mutations", cluster)
    for host, database, name, mutation, reason in clickhouse.query(sql, databases):
        table = TableId(database, name)
        if table in tables:
            yield FailedMutation(str(host), table, str(mutation), str(reason))


def _of(sql: str, table: str, cluster: str) -> str:
    if not cluster:
        return sql.format(f"system.{table}")
    place = f"clusterAllReplicas({quoted_text(cluster)}, system.{table})"
    return f"{sql.format(place)} SETTINGS skip_unavailable_shards = 1"
