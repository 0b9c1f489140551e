"""Load one partition: read, validate, say what comes, insert, say what is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.clients.kafka import Span
from moose_dagster.clients.kafka_messages import Message
from moose_dagster.errors import LoadError
from moose_dagster.ledger.loads import Batch, Progress
from moose_dagster.live.data_parts import read_uuid
from moose_dagster.load.batches import batches, size_of
from moose_dagster.load.dead_letters import Origin, queue_spans, written_since
from moose_dagster.load.decode import Rejected
from moose_dagster.load.options import Budget
from moose_dagster.load.results import PartitionLoad
from moose_dagster.load.table_load import Sorted, TableLoad
from moose_dagster.state.counting import counted

_OFFSETS_SHOWN = 5


@dataclass(slots=True)
class PartitionRun:
    """The load of one partition.

    Attributes:
        table_load: What the partitions of the topic share.
        progress: How far it is loaded.
        span: What the topic holds of the partition, as it was when the load began.
        budget: What is left of the limits.
        done: What became of it so far.
        is_new: Whether the ledger does not know the partition yet.
        notes: What somebody should know, as sentences.
    """

    table_load: TableLoad
    progress: Progress
    span: Span
    budget: Budget
    done: PartitionLoad
    is_new: bool
    notes: list[str] = field(default_factory=list[str])

    def run(self) -> PartitionLoad:
        """Load the partition up to where it ended at the start, or until the limits are reached.

        Raises:
            LoadError: The batch of a killed run can't be repeated.
            ServerError: A server refuses.
            ServerUnreachable: A server does not answer.
        """
        problem = ""
        if self.is_new:
            # What is deleted before the next load would not be missed otherwise.
            self.table_load.write(self.progress)
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
        rows = table_load.sort_out(messages)
        rejected = rows.rejected
        end = messages[-1].offset + 1
        problem = ""
        how = table_load.load.how
        if rejected and table_load.queue is None and how.without_queue == "stop":
            end = rejected[0].message.offset
            problem = (
                f"{self._place}: the message at offset {end} is not valid: {rejected[0].error}. "
                'Give the stream a dead letter queue, or write BatchLoad(without_queue="skip").'
            )
            rows = rows.before(end)
            rejected = ()
        if rows.accepted or rejected:
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
            self._send(batch, rows, rejected)
        return problem

    def _send(self, batch: Batch, rows: Sorted, rejected: Sequence[Rejected]) -> None:
        """Send dead letters and rows of a batch that is written down, and write that they are."""
        table_load = self.table_load
        if rejected and table_load.queue is not None:
            table_load.queue.write(rejected)
        accepted = rows.accepted
        if accepted:
            table_load.insert(rows, table_load.token_of(self._partition, batch))
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
        rows = table_load.sort_out(known)
        changed = rows.rejected
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
        self._send(batch, rows, rejected)

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
                rejected = table_load.sort_out([message]).rejected
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
