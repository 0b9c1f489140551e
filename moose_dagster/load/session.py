"""The open connections of a load or a replay, under the lock of both."""

import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.clients.kafka_messages import MessageReader, MessageWriter
from moose_dagster.declare.loads import DeclaredLoad
from moose_dagster.declare.project import Project
from moose_dagster.errors import LoadError
from moose_dagster.ledger.guarded import GuardedClickHouse
from moose_dagster.ledger.loads import Progress, read_progress
from moose_dagster.ledger.lock import locked
from moose_dagster.ledger.writer import Ledger
from moose_dagster.load.columns import columns_for
from moose_dagster.load.dead_letters import DeadLetters, queue_spans
from moose_dagster.load.decode import message_model
from moose_dagster.load.options import LoadOptions
from moose_dagster.load.repeatable import unrepeatable
from moose_dagster.load.table_load import TableLoad
from moose_dagster.state.names import TableId
from moose_dagster.state.owner import Owner


@dataclass(frozen=True, slots=True)
class LiveTopic:
    """A topic as it is now.

    Attributes:
        id: Which topic it is.
        spans: What each partition holds.
    """

    id: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Session:
    """The connections of a load or a replay, under the lock of both.

    Attributes:
        owner: The project and the environment.
        clickhouse: A connection that writes only under the lock.
        ledger: The ledger, under the lock.
        kafka: The cluster.
        reader: What reads messages.
        writer: What writes messages.
        options: What may be done.
    """

    owner: Owner
    clickhouse: ClickHouse
    ledger: Ledger
    kafka: Kafka
    reader: MessageReader
    writer: MessageWriter
    options: LoadOptions

    def open(self, load: DeclaredLoad, topic_id: str) -> TableLoad:
        """Return what loads messages into the table of *load*.

        Raises:
            LoadError: The table or the queue is missing, or the table can't recognize a repeated
                INSERT.
            ServerError: A server refuses.
        """
        columns = columns_for(self.clickhouse, load)
        if load.how.exactly_once:
            problems = list(unrepeatable(self.clickhouse, load.table))
            if problems:
                raise LoadError(
                    f"{'; '.join(problems)}. Or write BatchLoad(exactly_once=False): then a run "
                    "that is killed may load a batch twice."
                )
        queue = None
        if load.dead_letters is not None:
            queue_spans(self.kafka, load.dead_letters.name)
            queue = DeadLetters(load.dead_letters.name, load.topic.name, topic_id, self.writer)
        return TableLoad(
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

    def progress(self, load: DeclaredLoad, topic: str) -> Mapping[int, Progress]:
        """Return how far each partition of *topic* is loaded into the table of *load*.

        Raises:
            LoadError: It was loaded without an environment, and the project has one now.
        """
        return progress_of(self.clickhouse, self.ledger.database, self.owner, load, topic)


@contextmanager
def open_session(
    project: Project, clickhouse: ClickHouse, kafka: Kafka, options: LoadOptions
) -> Generator[Session]:
    """Take the lock of loads and replays, and open what reads and writes messages.

    Raises:
        LockHeld: Another load or replay of the project is running.
    """
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
        yield Session(
            project.owner,
            GuardedClickHouse(clickhouse, lock),
            ledger.under(lock),
            kafka,
            stack.enter_context(kafka.reader()),
            stack.enter_context(kafka.writer()),
            options,
        )


def progress_of(
    clickhouse: ClickHouse, ledger: str, owner: Owner, load: DeclaredLoad, topic: str
) -> Mapping[int, Progress]:
    """Return how far each partition of *topic* is loaded into the table of *load*.

    Args:
        clickhouse: The server.
        ledger: The ledger's database.
        owner: The project and the environment.
        load: The load.
        topic: The name of its topic, or of its dead letter queue.

    Raises:
        LoadError: It was loaded without an environment, and the project has one now.
    """
    found = read_progress(clickhouse, ledger, owner.key, load.table, topic)
    if found or not owner.environment:
        return found
    if read_progress(clickhouse, ledger, owner.project, load.table, topic):
        raise LoadError(
            f"it was loaded without an environment; apply the plan of {owner.environment} "
            "first, which takes over how far."
        )
    return {}


def live_topic(kafka: Kafka, topic: str) -> LiveTopic:
    """Return *topic* as it is now.

    Raises:
        LoadError: There is no such topic.
        ServerError: The broker refuses.
    """
    ids = kafka.topic_ids([topic])
    for error in ids.refused.values():
        raise error
    if topic not in ids.found:
        raise LoadError(f"the topic {topic} does not exist; apply the plan of the project first.")
    return LiveTopic(ids.found[topic], queue_spans(kafka, topic))


def selected_loads(project: Project, options: LoadOptions) -> Sequence[DeclaredLoad]:
    """Return the loads whose topic or table is selected."""
    selection = options.run.selection
    return [
        load
        for load in project.loads.values()
        if selection is None or load.topic in selection or load.table in selection
    ]
