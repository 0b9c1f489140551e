"""`replay_messages`: validate dead letters again, and load those that pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.clients.kafka_messages import Message
from moose_dagster.declare.project import Project
from moose_dagster.errors import LoadError, ServerError
from moose_dagster.ledger.loads import Batch, Progress
from moose_dagster.live.data_parts import read_uuid
from moose_dagster.load.batches import batches
from moose_dagster.load.dead_letters import TOPIC, Origin, origin_of, original_of
from moose_dagster.load.offset_ranges import contains, with_offsets
from moose_dagster.load.options import Budget, LoadOptions
from moose_dagster.load.results import ReplayedQueue, ReplayResult
from moose_dagster.load.session import LiveTopic, live_topic, open_session, selected_loads
from moose_dagster.load.table_load import Sorted, TableLoad

_MOST_ERRORS = 3


def replay_messages(
    project: Project,
    clickhouse: ClickHouse,
    kafka: Kafka,
    options: LoadOptions | None = None,
    *,
    apply: bool = False,
) -> ReplayResult:
    """Validate the dead letters of the project again, and load those that pass, each once.

    Args:
        project: The declarations.
        clickhouse: A connection that may write.
        kafka: A connection that may read the dead letter queues.
        options: The limits, and what the run is called.
        apply: Whether those that pass are loaded; otherwise they are only counted.

    Raises:
        LockHeld: A load or a replay of the project is running.
        LockLost: Another one has taken the lock; what it finds, it repeats.
        ServerUnreachable: A server does not answer.
    """
    options = options or LoadOptions()
    loads = [load for load in selected_loads(project, options) if load.dead_letters]
    if not loads:
        return ReplayResult()
    queues = list[ReplayedQueue]()
    problems = list[str]()
    budget = Budget.of(options)
    with open_session(project, clickhouse, kafka, options) as session:
        for load in loads:
            if load.dead_letters is None:
                continue
            try:
                live = live_topic(kafka, load.dead_letters.name)
                progress = session.progress(load, load.dead_letters.name)
                replay = _Replay(session.open(load, live.id), progress, live, budget, apply=apply)
                queues.append(replay.run())
            except (LoadError, ServerError) as error:
                problems.append(f"{load.dead_letters}: {error}")
    return ReplayResult(tuple(queues), tuple(problems))


@dataclass(slots=True)
class _Replay:
    table_load: TableLoad
    before: Mapping[int, Progress]
    live: LiveTopic
    budget: Budget
    apply: bool
    seen: set[Origin] = field(default_factory=set[Origin])
    passing: int = 0
    failing: int = 0
    loaded: int = 0
    errors: list[str] = field(default_factory=list[str])

    def run(self) -> ReplayedQueue:
        for partition, span in enumerate(self.live.spans):
            self._replay(self._progress(partition, span), span)
        load = self.table_load.load
        return ReplayedQueue(
            load.dead_letters or load.topic,
            load.table,
            self.passing,
            self.failing,
            self.loaded,
            tuple(self.errors),
        )

    @property
    def _queue(self) -> str:
        queue = self.table_load.load.dead_letters
        return queue.name if queue else ""

    def _progress(self, partition: int, span: Span) -> Progress:
        new = Progress(self._queue, partition, self.live.id, span.start)
        progress = self.before.get(partition, new)
        # The queue was made again: its offsets are those of other messages.
        return progress if progress.topic_id == self.live.id else new

    def _replay(self, progress: Progress, span: Span) -> None:
        pending = progress.pending
        if pending is not None and self.apply:
            progress = self._repeat(progress, pending)
        reader = self.table_load.reader
        chunks = reader.read(self._queue, progress.partition, span.start, span.end)
        for letters in batches(chunks, self.table_load.load.how, self.budget):
            waiting = list(self._waiting(progress, letters))
            rows = self._validated(waiting)
            self.passing += len(rows.accepted)
            self.failing += len(rows.rejected)
            if rows.accepted and self.apply:
                offsets = tuple(one.message.offset for one in rows.accepted)
                uuid = read_uuid(self.table_load.clickhouse, self.table_load.load.table)
                batch = Batch(offsets[0], offsets[-1] + 1, table_uuid=uuid, chosen=offsets)
                progress = replace(progress, pending=batch)
                self.table_load.write(progress)
                progress = self._insert(progress, batch, rows)

    def _waiting(self, progress: Progress, letters: Sequence[Message]) -> Iterator[Message]:
        """Yield the dead letters that are not loaded; one that is there twice counts once."""
        topic = self.table_load.load.topic.name.encode()
        for letter in letters:
            origin = origin_of(letter)
            is_done = contains(progress.replayed, letter.offset)
            if origin is None or letter.headers.get(TOPIC) != topic:
                continue  # it is of another stream, or nobody knows of which message
            if not is_done and origin not in self.seen:
                yield letter
            self.seen.add(origin)

    def _validated(self, letters: Sequence[Message]) -> Sorted:
        """Return the dead letters that pass, and those that do not."""
        originals = [replace(letter, value=original_of(letter)) for letter in letters]
        rows = self.table_load.sort_out(originals)
        by_offset = {letter.offset: letter for letter in letters}
        for one in rows.rejected[: _MOST_ERRORS - len(self.errors)]:
            origin = origin_of(by_offset[one.message.offset])
            if origin is not None:
                place = f"{self.table_load.load.topic}/{origin.partition}, offset {origin.offset}"
                self.errors.append(f"{place}: {one.error}")
        return rows

    def _insert(self, progress: Progress, batch: Batch, rows: Sorted) -> Progress:
        token = self.table_load.token_of(progress.partition, batch)
        loaded = len(rows.accepted)
        if loaded:
            self.table_load.insert(rows, token)
        self.loaded += loaded
        done = replace(
            progress,
            pending=None,
            loaded=progress.loaded + loaded,
            replayed=with_offsets(progress.replayed, batch.chosen or ()),
        )
        self.table_load.write(done)
        return done

    def _repeat(self, progress: Progress, batch: Batch) -> Progress:
        """Insert the batch of a killed replay again; the table leaves out what it has."""
        table_load = self.table_load
        uuid = read_uuid(table_load.clickhouse, table_load.load.table)
        is_same = uuid == batch.table_uuid
        if not is_same and table_load.interrupted == "ask":
            raise LoadError(
                f"{self._queue}/{progress.partition}: a replay was killed while it inserted "
                f"the offsets {batch.first} to {batch.end - 1}, and {table_load.load.table} was "
                "made again since, so that it can't tell whether it has them. Look for their rows, "
                "then replay with interrupted=loaded if they are there, else with "
                "interrupted=again."
            )
        chosen = set(batch.chosen or ())
        letters = list[Message]()
        if is_same or table_load.interrupted == "again":
            reader = table_load.reader
            start = max(batch.first, self.live.spans[progress.partition].start)
            for chunk in reader.read(self._queue, progress.partition, start, batch.end):
                letters += [letter for letter in chunk if letter.offset in chosen]
        return self._insert(progress, batch, self._validated(letters))
