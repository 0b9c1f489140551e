"""`load_messages`: from the topics of a project to its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.declare.project import Project
from moose_dagster.errors import LoadError, ServerError
from moose_dagster.ledger.loads import Progress
from moose_dagster.load.options import Budget, LoadOptions
from moose_dagster.load.partition import PartitionRun
from moose_dagster.load.results import LoadResult, PartitionLoad
from moose_dagster.load.session import Session, live_topic, open_session, selected_loads
from moose_dagster.load.table_load import TableLoad


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
    with open_session(project, clickhouse, kafka, options) as session:
        return _loaded(session, loads)


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


def _loaded(session: Session, loads: Sequence[DeclaredLoad]) -> LoadResult:
    topics = list[_Topic]()
    partitions = list[PartitionLoad]()
    problems = list[str]()
    for load in loads:
        try:
            live = live_topic(session.kafka, load.topic.name)
            progress = session.progress(load, load.topic.name)
            topics.append(_Topic(session.open(load, live.id), progress, live.spans))
        except (LoadError, ServerError) as error:
            problems.append(f"{load.topic}: {error}")
    budget = Budget.of(session.options)
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
    is_new = partition not in topic.progress
    return PartitionRun(table_load, progress, span, budget, done, is_new, notes)
