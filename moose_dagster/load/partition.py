"""Load one partition: read, validate, say what comes, insert, say what is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.clients.kafka_messages import Message, MessageReader
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.errors import LoadError
from moose_dagster.ledger.loads import Batch, Progress
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.data_parts import read_uuid
from moose_dagster.load.batches import batches, size_of
from moose_dagster.load.columns import RowColumn, column_values
from moose_dagster.load.dead_letters import DeadLetters, Origin, queue_spans, written_since
from moose_dagster.load.decode import Accepted, Rejected, decoded
from moose_dagster.load.options import Budget, Interrupted
from moose_dagster.load.results import PartitionLoad
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.counting import counted

_OFFSETS_SHOWN = 5


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

    def sort_out(self, messages: Sequence[Message]) -> tuple[list[Accepted], list[Rejected]]:
        """Return the messages that the table takes, and those that it does not."""
        accepted, rejected = decoded(self.model, messages)
        _, problems = column_values(self.columns, [one.row for one in accepted])
        if problems:
            rejected += [
                Rejected(accepted[place].message, "ValueError", problem)
                for place, problem in problems.items()
            ]
            rejected.sort(key=lambda one: one.message.offset)
            accepted = [one for place, one in enumerate(accepted) if place not in problems]
        return accepted, rejected

    def insert(self, accepted: Sequence[Accepted], token: str) -> None:
        """Insert the rows of *accepted*, unless the table has those of *token*."""
        values, _ = column_values(self.columns, [one.row for one in accepted])
        settings = {
            "insert_deduplicate": 1,
            "insert_deduplication_token": token,
            "deduplicate_blocks_in_dependent_materialized_views": 1,
        }
        self.clickhouse.insert_columns(quoted_table(self.load.table), values, settings)

    def token_of(self, partition: int, batch: Batch) -> str:
        """Return what the table knows *batch* by."""
        place = f"{self.topic_id}/{partition}/{batch.first}-{batch.end}"
        return f"{self.ledger.project}/{self.load.topic}/{place}"


@dataclass(slots=True)
class PartitionRun:
    """The load of one partition.

    Attributes:
        table_load: What the partitions of the topic share.
        progress: How far it is loaded.
        span: What the topic holds of the partition, as it was when the load began.
        budget: What is left of the limits.
        done: What became of it so far.
        notes: What somebody should know, as sentences.
    """

    table_load: TableLoad
    progress: Progress
    span: Span
    budget: Budget
    done: PartitionLoad
    notes: list[str] = field(default_factory=list[str])

    def run(self) -> PartitionLoad:
        """Load the partition up to where it ended at the start, or until the limits are reached.

        Raises:
            LoadError: The batch of a killed run can't be repeated.
            ServerError: A server refuses.
            ServerUnreachable: A server does not answer.
        """
        problem = ""
        pending = self.progress.pending
        if pending is not None:
            self._repeat(pending)
        self._skip_lost()
        load = self.table_load
        start = self.progress.next_offset
        chunks = load.reader.read(load.load.topic.name, self._partition, start, self.span.end)
        for messages in batches(chunks, load.load.how, self.budget):
            problem = self._load(messages)
            if problem:
                break
        else:
            self._skip_gap(load.reader.position)
        following = self.progress.next_offset
        return replace(
            self.done,
            next_offset=following,
            lag=max(0, self.span.end - following),
            notes=tuple(self.notes),
            problem=problem,
        )

    @property
    def _partition(self) -> int:
        return self.progress.partition

    @property
    def _place(self) -> str:
        return f"{self.table_load.load.topic}/{self._partition}"

    def _load(self, messages: Sequence[Message]) -> str:
        """Load one batch, and return why the load stops after it, or ""."""
        table_load = self.table_load
        accepted, rejected = table_load.sort_out(messages)
        end = messages[-1].offset + 1
        problem = ""
        how = table_load.load.how
        if rejected and table_load.queue is None and how.without_queue == "stop":
            end = rejected[0].message.offset
            accepted = [one for one in accepted if one.message.offset < end]
            problem = (
                f"{self._place}: the message at offset {end} is not valid: {rejected[0].error}. "
                'Give the stream a dead letter queue, or write BatchLoad(without_queue="skip").'
            )
            rejected = []
        if accepted or rejected:
            first = self.progress.next_offset
            ends = self._queue_ends() if rejected else ()
            batch = Batch(
                first,
                end,
                tuple(one.message.offset for one in rejected),
                ends,
                read_uuid(table_load.clickhouse, table_load.load.table),
            )
            self.progress = replace(self.progress, pending=batch)
            table_load.write(self.progress)
            self._send(batch, accepted, rejected)
        return problem

    def _send(
        self, batch: Batch, accepted: Sequence[Accepted], rejected: Sequence[Rejected]
    ) -> None:
        """Send dead letters and rows of a batch that is written down, and write that they are."""
        table_load = self.table_load
        if rejected and table_load.queue is not None:
            table_load.queue.write(rejected)
        if accepted:
            table_load.insert(accepted, table_load.token_of(self._partition, batch))
        self._finish(batch, len(accepted), len(batch.rejected))
        size = sum(size_of(one.message) for one in accepted)
        self.done = replace(
            self.done,
            loaded=self.done.loaded + len(accepted),
            bytes=self.done.bytes + size,
            rejected=self.done.rejected + len(batch.rejected),
        )
        if rejected and table_load.queue is None:
            some = ", ".join(map(str, batch.rejected[:_OFFSETS_SHOWN]))
            more = ", ..." if len(batch.rejected) > _OFFSETS_SHOWN else ""
            self.notes.append(
                f"{self._place}: {counted(len(batch.rejected), 'message')} skipped because they "
                f"are not valid, at offset {some}{more}."
            )

    def _finish(self, batch: Batch, loaded: int, rejected: int) -> None:
        self.progress = replace(
            self.progress,
            pending=None,
            next_offset=max(self.progress.next_offset, batch.end),
            loaded=self.progress.loaded + loaded,
            rejected=self.progress.rejected + rejected,
        )
        self.table_load.write(self.progress)

    def _repeat(self, batch: Batch) -> None:
        """Insert the batch of a killed run again; the table leaves out what it has."""
        table_load = self.table_load
        uuid = read_uuid(table_load.clickhouse, table_load.load.table)
        if uuid != batch.table_uuid and table_load.interrupted == "ask":
            raise LoadError(
                f"{self._place}: a run was killed while it inserted the offsets {batch.first} to "
                f"{batch.end - 1}, and {table_load.load.table} was made again since, so that it "
                "can't tell whether it has them. Look for their rows, then load with "
                "interrupted=loaded if they are there, else with interrupted=again."
            )
        if uuid != batch.table_uuid and table_load.interrupted == "loaded":
            loaded = batch.end - batch.first - len(batch.rejected)
            self._finish(batch, loaded, len(batch.rejected))
            return
        messages = list[Message]()
        start = max(batch.first, self.span.start)
        name = table_load.load.topic.name
        for chunk in table_load.reader.read(name, self._partition, start, batch.end):
            messages += chunk
        refused = set(batch.rejected)
        known = [one for one in messages if one.offset not in refused]
        accepted, changed = table_load.sort_out(known)
        rejected = list(self._refused_before(batch, messages))
        rejected += changed
        if changed:
            self.notes.append(
                f"{self._place}: {counted(len(changed), 'message')} of an interrupted batch "
                "are not valid any more, since the model has changed; the table may have them."
            )
        if batch.first < self.span.start:
            gone = min(self.span.start, batch.end) - batch.first
            self.notes.append(
                f"{self._place}: the topic has deleted {counted(gone, 'message')} of an "
                "interrupted batch; whether the table has them is not known."
            )
        self._send(batch, accepted, rejected)

    def _refused_before(self, batch: Batch, messages: Sequence[Message]) -> Iterator[Rejected]:
        """Yield the messages that the killed run refused, and has not put into the queue yet."""
        table_load = self.table_load
        queue = table_load.queue
        sent = set[Origin]()
        if queue is not None and batch.rejected:
            spans = queue_spans(table_load.kafka, queue.queue)
            sent = written_since(table_load.reader, queue.queue, batch.queue_ends, spans)
        refused = set(batch.rejected)
        for message in messages:
            origin = Origin(table_load.topic_id, self._partition, message.offset)
            if message.offset in refused and origin not in sent:
                _, rejected = table_load.sort_out([message])
                changed = Rejected(message, "ValueError", "it was not valid for the model before.")
                yield from rejected or [changed]

    def _queue_ends(self) -> tuple[int, ...]:
        queue = self.table_load.queue
        if queue is None:
            return ()
        return tuple(span.end for span in queue_spans(self.table_load.kafka, queue.queue))

    def _skip_lost(self) -> None:
        """Count what the topic deleted before it was loaded."""
        following = self.progress.next_offset
        if self.span.start <= following:
            return
        lost = self.span.start - following
        self.progress = replace(
            self.progress, next_offset=self.span.start, lost=self.progress.lost + lost
        )
        self.done = replace(self.done, lost=lost)
        self.notes.append(
            f"{self._place}: {counted(lost, 'message')} from offset {following} on were deleted by "
            "the topic's retention before they were loaded, and are lost. Load more often, or "
            "raise retention_period."
        )
        self.table_load.write(self.progress)

    def _skip_gap(self, position: int) -> None:
        """Go past offsets that have no message, as at the end of a transaction."""
        is_spent = self.budget.is_spent
        if not is_spent and position > self.progress.next_offset:
            self.progress = replace(self.progress, next_offset=position)
            self.table_load.write(self.progress)
