"""How far the messages of each partition are loaded into a table, as the ledger says."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ledger.schema import LOADS
from moose_dagster.live.tables import table_exists
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId


@dataclass(frozen=True, slots=True)
class Batch:
    """What is about to be inserted; a run that finds it inserts exactly the same.

    Attributes:
        first: The offset of the first message.
        end: The offset after the last one.
        rejected: The offsets of the messages that are not valid.
        queue_ends: Where each partition of the dead letter queue ended before; what this batch has
            written there is behind.
        table_uuid: Which table gets the rows: another one does not know whether it has them.
        chosen: The offsets of the messages that are inserted, where it is not all but *rejected*:
            those of a replay. None for a load.
    """

    first: int
    end: int
    rejected: tuple[int, ...] = ()
    queue_ends: tuple[int, ...] = ()
    table_uuid: str = ""
    chosen: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one partition is loaded.

    Attributes:
        topic: The name of the topic.
        partition: The number of the partition.
        topic_id: Which topic it was; another one of the same name has another id.
        next_offset: The offset after the last one that is loaded or rejected.
        pending: What a run was about to insert; None where it has said that it did.
        loaded: How many messages became rows, in all loads.
        rejected: How many were not valid.
        lost: How many the topic deleted before they were loaded.
        replayed: The offsets of dead letters that were loaded, as pairs of the first and the one
            after the last; only for the partitions of a dead letter queue.
        at: When it was written down, in seconds since 1970 by the clock of the server; 0 before.
    """

    topic: str
    partition: int
    topic_id: str
    next_offset: int
    pending: Batch | None = None
    loaded: int = 0
    rejected: int = 0
    lost: int = 0
    replayed: tuple[tuple[int, int], ...] = ()
    at: float = 0.0


def progress_row(progress: Progress) -> tuple[object, ...]:
    """Return *progress* as the columns of the ledger, from `topic` to `replayed`."""
    pending = json.dumps(asdict(progress.pending)) if progress.pending else ""
    return (
        *(progress.topic, progress.partition, progress.topic_id, progress.next_offset),
        *(pending, progress.loaded, progress.rejected, progress.lost),
        json.dumps(progress.replayed),
    )


def read_progress(
    clickhouse: ClickHouse, database: str, project: str, table: TableId, topic: str
) -> Mapping[int, Progress]:
    """Return how far each partition of *topic* is loaded into *table*; none without a ledger.

    Args:
        clickhouse: The server.
        database: The ledger's database.
        project: The owner's key.
        table: The table that gets the rows.
        topic: The name of the topic.
    """
    ledger = TableId(database, LOADS)
    if not table_exists(clickhouse, ledger):
        return {}
    rows = clickhouse.query(
        "SELECT partition, topic_id, next_offset, pending, replayed, loaded, rejected, lost, "
        "toUnixTimestamp64Micro(at) / 1e6 "
        f"FROM {quoted_table(ledger)} FINAL WHERE project = %(project)s AND database = "
        "%(database)s AND name = %(name)s AND topic = %(topic)s ORDER BY partition",
        {
            "project": project,
            "database": table.database,
            "name": table.name,
            "topic": topic,
        },
    )
    found = dict[int, Progress]()
    for partition, topic_id, next_offset, pending, replayed, *counts in rows:
        loaded, rejected, lost, at = counts
        found[partition] = Progress(
            topic,
            partition,
            topic_id,
            next_offset,
            _pending(pending),
            loaded,
            rejected,
            lost,
            tuple((first, end) for first, end in json.loads(replayed or "[]")),
            at,
        )
    return found


def _pending(text: str) -> Batch | None:
    if not text:
        return None
    data = json.loads(text)
    chosen = data["chosen"]
    return Batch(
        data["first"],
        data["end"],
        tuple(data["rejected"]),
        tuple(data["queue_ends"]),
        data["table_uuid"],
        None if chosen is None else tuple(chosen),
    )
