"""What validates messages and inserts them into one table."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from moose_dagster.clients.clickhouse import ClickHouse, ColumnValues
from moose_dagster.clients.kafka import Kafka
from moose_dagster.clients.kafka_messages import Message, MessageReader
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.ledger.loads import Batch, Progress
from moose_dagster.ledger.writer import Ledger
from moose_dagster.load.columns import RowColumn, column_values
from moose_dagster.load.dead_letters import DeadLetters
from moose_dagster.load.decode import Accepted, Rejected, decoded
from moose_dagster.load.options import Interrupted
from moose_dagster.sql.quoting import quoted_table


@dataclass(frozen=True, slots=True)
class Sorted:
    """Messages that are validated.

    Attributes:
        accepted: Those that the table takes.
        rejected: Those that it does not, in the order of their offsets.
        values: The accepted ones as columns.
    """

    accepted: Sequence[Accepted]
    rejected: Sequence[Rejected]
    values: Sequence[ColumnValues]

    def before(self, offset: int) -> "Sorted":
        """Return the accepted messages before *offset* alone."""
        accepted = [one for one in self.accepted if one.message.offset < offset]
        values = [replace(one, values=one.values[: len(accepted)]) for one in self.values]
        return Sorted(accepted, (), values)


@dataclass(slots=True)
class TableLoad:
    """What the partitions of one topic share while they are loaded into one table.

    Attributes:
        load: The topic, the table and the options.
        topic_id: Which topic it is.
        model: The model of a message.
        columns: The columns that messages fill.
        clickhouse: A connection that writes only under the lock.
        ledger: The ledger, under the lock.
        kafka: The cluster.
        reader: What reads messages.
        queue: The dead letter queue; None for none.
        interrupted: What becomes of the batch of a killed run where nobody knows whether the table
            has it.
        entries: How many entries of the ledger this run has written.
    """

    load: DeclaredLoad
    topic_id: str
    model: type[BaseModel]
    columns: tuple[RowColumn, ...]
    clickhouse: ClickHouse
    ledger: Ledger
    kafka: Kafka
    reader: MessageReader
    queue: DeadLetters | None
    interrupted: Interrupted
    entries: int = 0

    def write(self, progress: Progress) -> None:
        """Write down how far a partition is loaded."""
        self.entries += 1
        self.ledger.write_progress(self.load.table, progress, self.entries)

    def sort_out(self, messages: Sequence[Message]) -> "Sorted":
        """Return the messages that the table takes, and those that it does not."""
        accepted, rejected = decoded(self.model, messages)
        values, problems = column_values(self.columns, [one.row for one in accepted])
        if problems:
            rejected += [
                Rejected(accepted[place].message, "ValueError", problem)
                for place, problem in problems.items()
            ]
            rejected.sort(key=lambda one: one.message.offset)
            accepted = [one for place, one in enumerate(accepted) if place not in problems]
            values, _ = column_values(self.columns, [one.row for one in accepted])
        return Sorted(accepted, rejected, values)

    def insert(self, rows: "Sorted", token: str) -> None:
        """Insert the rows that are accepted, unless the table has those of *token*."""
        settings = {
            "insert_deduplicate": 1,
            "insert_deduplication_token": token,
            "deduplicate_blocks_in_dependent_materialized_views": 1,
        }
        self.clickhouse.insert_columns(quoted_table(self.load.table), rows.values, settings)

    def token_of(self, partition: int, batch: Batch) -> str:
        """Return what the table knows *batch* by."""
        place = f"{self.topic_id}/{partition}/{batch.first}-{batch.end}"
        if batch.chosen is not None:
            chosen = ",".join(map(str, batch.chosen)).encode()
            place = f"{place}/{hashlib.sha256(chosen).hexdigest()}"
        return f"{self.ledger.project}/{self.load.topic}/{place}"
