"""How far loads are behind, and what waits in their dead letter queues; nothing is written."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.clients.kafka_messages import MessageReader
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.declare.project import Project
from moose_dagster.ledger.loads import Progress
from moose_dagster.live.data_parts import server_time
from moose_dagster.load.options import LoadOptions
from moose_dagster.load.session import live_topic, progress_of, selected_loads
from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages of one partition that wait.

    Attributes:
        topic: The topic.
        partition: The number of the partition.
        offset: The offset of the first one.
        messages: How many there are.
        seconds: How old the first one is, in seconds; 0 where the topic does not say.
    """

    topic: TopicId
    partition: int
    offset: int
    messages: int
    seconds: float

    def __str__(self) -> str:
        place = f"{self.topic}/{self.partition} from offset {self.offset} on"
        return f"{place}: {self.messages:,} for {self.seconds:,.0f} s"


@dataclass(frozen=True, slots=True)
class LoadHealth:
    """How a load is doing.

    Attributes:
        load: The load.
        lag: What is not loaded yet, by partition.
        dead_letters: What waits in the dead letter queue, by partition.
        freshness: How long ago a message became a row, in seconds; None for never.
    """

    load: DeclaredLoad
    lag: tuple[Waiting, ...]
    dead_letters: tuple[Waiting, ...]
    freshness: float | None


def read_health(
    project: Project, clickhouse: ClickHouse, kafka: Kafka, options: LoadOptions | None = None
) -> tuple[LoadHealth, ...]:
    """Return how the selected loads of *project* are doing.

    Raises:
        LoadError: A topic does not exist.
        ServerError: A server refuses.
        ServerUnreachable: A server does not answer.
    """
    options = options or LoadOptions()
    found = list[LoadHealth]()
    with kafka.reader() as reader:
        for load in selected_loads(project, options):
            health = _Health(clickhouse, kafka, reader, project, options.run.ledger_database)
            found.append(health.of(load))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Health:
    clickhouse: ClickHouse
    kafka: Kafka
    reader: MessageReader
    project: Project
    ledger: str

    def of(self, load: DeclaredLoad) -> LoadHealth:
        live = live_topic(self.kafka, load.topic.name)
        progress = self._progress(load, load.topic)
        lag = [
            self._waiting(load.topic, partition, span, _next(progress, partition, live.id, span))
            for partition, span in enumerate(live.spans)
        ]
        times = [one.at for one in progress.values() if one.loaded]
        return LoadHealth(
            load,
            tuple(one for one in lag if one is not None),
            self._dead_letters(load),
            server_time(self.clickhouse) - max(times) if times else None,
        )

    def _dead_letters(self, load: DeclaredLoad) -> tuple[Waiting, ...]:
        queue = load.dead_letters
        if queue is None:
            return ()
        live = live_topic(self.kafka, queue.name)
        progress = self._progress(load, queue)
        found = list[Waiting]()
        for partition, span in enumerate(live.spans):
            known = progress.get(partition)
            replayed = known.replayed if known and known.topic_id == live.id else ()
            first = span.start
            replayed_count = 0
            for start, end in replayed:
                replayed_count += max(0, min(end, span.end) - max(start, span.start))
                first = end if start <= first < end else first
            one = self._waiting(queue, partition, span, first)
            if one is not None:
                count = span.end - span.start - replayed_count
                found.append(Waiting(queue, partition, one.offset, count, one.seconds))
        return tuple(found)

    def _waiting(self, topic: TopicId, partition: int, span: Span, first: int) -> Waiting | None:
        count = span.end - first
        if count <= 0:
            return None
        chunks = self.reader.read(topic.name, partition, max(first, span.start), span.end)
        message = next((one for chunk in chunks for one in chunk), None)
        if message is None:
            return None  # only the ends of transactions are left
        seconds = time.time() - message.timestamp / 1000 if message.timestamp >= 0 else 0.0
        return Waiting(topic, partition, message.offset, count, max(0.0, seconds))

    def _progress(self, load: DeclaredLoad, topic: TopicId) -> Mapping[int, Progress]:
        return progress_of(self.clickhouse, self.ledger, self.project.owner, load, topic.name)


def _next(progress: Mapping[int, Progress], partition: int, topic_id: str, span: Span) -> int:
    known = progress.get(partition)
    is_same = known is not None and known.topic_id == topic_id
    return known.next_offset if known is not None and is_same else span.start
