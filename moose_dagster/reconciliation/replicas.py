"""What the replicas of tables add to a plan: obstacles, and notes about those that need help."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.live.replicas import Replica, read_failed_mutations, read_replicas
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table

_MOST_DELAY = 300  # seconds; a Distributed table passes over a replica with more


@dataclass(frozen=True, slots=True)
class ReplicaFindings:
    """What was found of replicas.

    Attributes:
        others: How many other hosts have a replica of each table that is on no cluster.
        obstacles: By table, why no change of it can be sent, as half a sentence.
        notes: Sentences about replicas.
    """

    others: Mapping[TableId, int] = field(default_factory=dict[TableId, int])
    obstacles: Mapping[TableId, str] = field(default_factory=dict[TableId, str])
    notes: tuple[str, ...] = ()


def look_at_replicas(
    clickhouse: ClickHouse, tables: Mapping[TableId, Table], clusters: Mapping[TableId, str]
) -> ReplicaFindings:
    """Return what the replicas of *tables* are like; of others than Replicated ones nothing.

    Args:
        clickhouse: The server.
        tables: The live tables.
        clusters: The cluster of each table that is on one.
    """
    grouped = defaultdict[str, list[TableId]](list)
    for id_, table in tables.items():
        if table.engine.name.startswith("Replicated"):
            grouped[clusters.get(id_, "")].append(id_)
    others = dict[TableId, int]()
    obstacles = dict[TableId, str]()
    notes = list[str]()
    for cluster, replicated in sorted(grouped.items()):
        try:
            replicas = tuple(read_replicas(clickhouse, replicated, cluster))
            failing = tuple(read_failed_mutations(clickhouse, replicated, cluster))
        except ServerError as error:
            notes.append(f"the replicas of {', '.join(map(str, replicated))} are unknown: {error}")
            continue
        for replica in replicas:
            notes += _replica_notes(replica)
            if not cluster:
                others[replica.table] = max(0, replica.total - 1)
            if not cluster and replica.is_read_only:
                obstacles[replica.table] = (
                    "its replica on this host is read-only, as it has lost its Keeper"
                )
        notes += (
            f"{one.table}: on {one.host} the mutation {one.name} fails: {one.reason}"
            for one in failing
        )
    return ReplicaFindings(others, obstacles, tuple(notes))


def _replica_notes(replica: Replica) -> Iterator[str]:
    place = f"{replica.table}: on {replica.host} its replica"
    if replica.is_read_only:
        yield f"{place} is read-only, as it has lost its Keeper; SYSTEM RESTORE REPLICA may help."
    elif replica.delay > _MOST_DELAY:
        yield f"{place} is {replica.delay:,} seconds behind the others."
