"""`load_messages`: from the topics of a project to its tables."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.clients.kafka_messages import MessageReader, MessageWriter
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.declare.project import Project
from moose_dagster.errors import LoadError, ServerError
from moose_dagster.ledger.guarded import GuardedClickHouse
from moose_dagster.ledger.loads import Progress, read_progress
from moose_dagster.ledger.lock import locked
from moose_dagster.ledger.writer import Ledger
from moose_dagster.load.columns import columns_for
from moose_dagster.load.dead_letters import DeadLetters, queue_spans
from moose_dagster.load.decode import message_model
from moose_dagster.load.options import Budget, LoadOptions
from moose_dagster.load.partition import PartitionRun, TableLoad
from moose_dagster.load.repeatable import unrepeatable
from moose_dagster.load.results import LoadResult, PartitionLoad
from moose_dagster.state.names import TableId
from moose_dagster.state.owner import Owner


def load_messages(
    project: Project, clickhouse: ClickHouse, kafka: Kafka, options: LoadOptions | None = None
) -> LoadResult:
    """Load the messages of the project's topics into their tables, each exactly once.

    Each partition is read from where the last load ended to where it ends now. What is wrong with
    one topic or partition stops no other one.

    Args:
        project: The declarations.
        clickhouse: A connection that may write.
        kafka: A connection that may read the topics and write the dead letter queues.
        options: The limits, and what the run is called.

    Raises:
        LockHeld: Another load of the project is running.
        LockLost: Another load has taken the lock; what it finds, it repeats.
        ServerUnreachable: A server does not answer.
    """
    options = options or LoadOptions()
    loads = selected_loads(project, options)
    if not loads:
        return LoadResult()
    run = options.run
    ledger = Ledger(
        clickhouse, run.ledger_database, project.owner.key, run.run_id or uuid.uuid4().hex
    )
    ledger.prepare()
    name = TableId(run.ledger_database, f"load__{ledger.project}")
    with ExitStack() as stack:
        lock = stack.enter_context(
            locked(clickhouse, name, ledger.run_id, lease=run.lock_lease, wait=run.wait_for_lock)
        )
        reader = stack.enter_context(kafka.reader())
        writer = stack.enter_context(kafka.writer())
        session = _Session(
            GuardedClickHouse(clickhouse, lock), ledger.under(lock), kafka, reader, writer, options
        )
        return session.run(project.owner, loads)


def selected_loads(project: Project, options: LoadOptions) -> Sequence[DeclaredLoad]:
    """Return the loads whose topic or table is selected."""
    selection = options.run.selection
    return [
        load
        for load in project.loads.values()
        if selection is None or load.topic in selection or load.table in selection
    ]


@dataclass(frozen=True, slots=True)
class _Topic:
    """A topic that is about to be loaded.

    Attributes:
        table_load: What its partitions share.
        progress: How far each partition is loaded.
        spans: What each partition holds.
    """

    table_load: TableLoad
    progress: Mapping[int, Progress]
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class _Session:
    clickhouse: ClickHouse
    ledger: Ledger
    kafka: Kafka
    reader: MessageReader
    writer: MessageWriter
    options: LoadOptions

    def run(self, owner: Owner, loads: Sequence[DeclaredLoad]) -> LoadResult:
        topics = list[_Topic]()
        partitions = list[PartitionLoad]()
        problems = list[str]()
        for load in loads:
            try:
                topics.append(self._opened(owner, load))
            except (LoadError, ServerError) as error:
                problems.append(f"{load.topic}: {error}")
        budget = Budget.of(self.options)
        remaining = sum(len(topic.spans) for topic in topics)
        for topic in topics:
            for partition in range(len(topic.spans)):
                share = budget.share(remaining)
                remaining -= 1
                try:
                    partitions.append(_run_of(topic, partition, share).run())
                except (LoadError, ServerError) as error:
                    problems.append(str(error))
        problems += [part.problem for part in partitions if part.problem]
        return LoadResult(tuple(partitions), tuple(problems))

    def _opened(self, owner: Owner, load: DeclaredLoad) -> _Topic:
        """Read what is live, and refuse what can't be loaded."""
        columns = columns_for(self.clickhouse, load)
        if load.how.exactly_once:
            problems = list(unrepeatable(self.clickhouse, load.table))
            if problems:
                raise LoadError(
                    f"{'; '.join(problems)}. Or write BatchLoad(exactly_once=False): then a run "
                    "that is killed may load a batch twice."
                )
        topic_id, spans = _live_topic(self.kafka, load.topic.name)
        progress = self._progress(owner, load)
        queue = None
        if load.dead_letters is not None:
            queue_spans(self.kafka, load.dead_letters.name)
            queue = DeadLetters(load.dead_letters.name, load.topic.name, topic_id, self.writer)
        table_load = TableLoad(
            load,
            topic_id,
            message_model(load),
            columns,
            self.clickhouse,
            self.ledger,
            self.kafka,
            self.reader,
            queue,
            self.options.interrupted,
        )
        return _Topic(table_load, progress, spans)

    def _progress(self, owner: Owner, load: DeclaredLoad) -> Mapping[int, Progress]:
        database = self.ledger.database
        found = read_progress(self.clickhouse, database, owner.key, load.table, load.topic.name)
        if found or not owner.environment:
            return found
        earlier = read_progress(
            self.clickhouse, database, owner.project, load.table, load.topic.name
        )
        if earlier:
            raise LoadError(
                f"it was loaded without an environment; apply the plan of {owner.environment} "
                "first, which takes over how far."
            )
        return {}


def _live_topic(kafka: Kafka, topic: str) -> tuple[str, Sequence[Span]]:
    layouts = kafka.layouts_of([topic])
    ids = kafka.topic_ids([topic])
    for error in (*layouts.refused.values(), *ids.refused.values()):
        raise error
    if topic not in layouts.found or topic not in ids.found:
        raise LoadError("the topic does not exist; apply the plan of the project first.")
    spans = kafka.spans({topic: layouts.found[topic].partitions})
    for error in spans.refused.values():
        raise error
    return ids.found[topic], spans.found[topic]


def _run_of(topic: _Topic, partition: int, budget: Budget) -> PartitionRun:
    """Return the run of one partition.

    Raises:
        LoadError: The partition ends before what was loaded of it.
    """
    table_load = topic.table_load
    span = topic.spans[partition]
    load = table_load.load
    notes = list[str]()
    new = Progress(load.topic.name, partition, table_load.topic_id, span.start)
    progress = topic.progress.get(partition, new)
    if progress.topic_id != table_load.topic_id:
        notes.append(
            f"{load.topic}/{partition}: the topic was made again after the offset "
            f"{progress.next_offset} was loaded, so it is loaded from its start; what the earlier "
            "topic had after that offset is lost."
        )
        counts = (progress.loaded, progress.rejected, progress.lost)
        progress = replace(new, loaded=counts[0], rejected=counts[1], lost=counts[2])
    if progress.next_offset > span.end:
        raise LoadError(
            f"{load.topic}/{partition}: it ends at the offset {span.end}, and it was loaded up to "
            f"{progress.next_offset}; the cluster has lost messages. Nothing of it is loaded until "
            "it is longer again, or the topic is made again."
        )
    done = PartitionLoad(
        load.topic, load.table, partition, progress.next_offset, progress.next_offset
    )
    return PartitionRun(table_load, progress, span, budget, done, notes)
