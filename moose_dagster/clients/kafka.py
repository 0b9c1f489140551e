"""The connection to Kafka; the client library's types and errors stay in here."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# (confluent-kafka 2.16 hands out futures without a result type, re-exports without saying so, and
# types OffsetSpec.earliest() as possibly None)

import time
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from confluent_kafka import KafkaException, TopicCollection, TopicPartition, TopicPartitionInfo
from confluent_kafka.admin import (
    AdminClient,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    PartitionMetadata,
    TopicDescription,
)

from moose_dagster.clients.kafka_calls import SECONDS_BETWEEN_TRIES, KafkaCalls, where
from moose_dagster.clients.kafka_configs import Config, configs_of, set_entries
from moose_dagster.clients.kafka_errors import (
    ConnectionErrors,
    is_unknown_topic,
    passes_by_itself,
    server_failure,
)
from moose_dagster.clients.kafka_messages import (
    MessageReader,
    MessageWriter,
    open_reader,
    open_writer,
)
from moose_dagster.errors import ServerError, ServerFailure

T = TypeVar("T")
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """Where a Kafka cluster listens.

    Attributes:
        bootstrap_servers: `host:port`, several with commas.
        properties: librdkafka's, secrets included; they are never shown.
    """

    bootstrap_servers: str
    properties: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a topic is spread.

    Attributes:
        partitions: How many there are.
        replication_factor: The copies of each.
    """

    partitions: int
    replication_factor: int


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets of one partition.

    Attributes:
        start: The first one.
        end: The one after the last.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What a cluster says of topics; one that does not exist is in neither mapping.

    Attributes:
        found: The answer, by topic.
        refused: The error, by topic.
    """

    found: Mapping[str, T] = field(default_factory=dict[str, T])
    refused: Mapping[str, ServerFailure] = field(default_factory=dict[str, ServerFailure])


class Kafka(Protocol):
    """What the library needs of a Kafka cluster.

    Every method is a constant number of calls for any number of topics; what passes by itself, as
    a topic without a leader, is tried again for as long as a call may take. The writing methods
    return the topics that were refused, each with the broker's error.
    """

    def layouts(self) -> Answers[Layout]:
        """Return every topic that the principal may describe."""
        ...

    def layouts_of(self, topics: Collection[str]) -> Answers[Layout]:
        """Return *topics* by their names; one that may not be described is refused."""
        ...

    def configs(self, topics: Collection[str]) -> Answers[Mapping[str, Config]]:
        """Return the effective configs of *topics*."""
        ...

    def spans(self, partitions: Mapping[str, int]) -> Answers[Sequence[Span]]:
        """Return the offsets of every partition of topics given with their number of partitions."""
        ...

    def offsets_at(self, partitions: Mapping[str, int], timestamp: int) -> Answers[Sequence[int]]:
        """Return per partition the first offset at or after *timestamp* (ms), -1 for none."""
        ...

    def topic_ids(self, topics: Collection[str]) -> Answers[str]:
        """Return the id of *topics*; a topic that is made again has another one."""
        ...

    def reader(self) -> AbstractContextManager[MessageReader]:
        """Open what reads messages."""
        ...

    def writer(self) -> AbstractContextManager[MessageWriter]:
        """Open what writes messages."""
        ...

    def create(
        self, topics: Sequence[tuple[str, Layout, Mapping[str, str]]]
    ) -> Mapping[str, ServerError]:
        """Create topics with layout and configs."""
        ...

    def add_partitions(self, totals: Mapping[str, int]) -> Mapping[str, ServerError]:
        """Raise the number of partitions of topics to the given totals."""
        ...

    def set_configs(self, configs: Mapping[str, Mapping[str, str]]) -> Mapping[str, ServerError]:
        """Set the given configs of topics and leave all others as they are."""
        ...

    def delete(self, topics: Collection[str]) -> Mapping[str, ServerError]:
        """Delete topics."""
        ...


class ConnectedKafka:
    """A Kafka cluster reached through confluent-kafka's admin client."""

    def __init__(self, admin: AdminClient, calls: KafkaCalls, address: KafkaAddress) -> None:
        self._admin = admin
        self._address = address
        self._calls = calls
        self._seconds = calls.seconds

    def layouts(self) -> Answers[Layout]:
        """Return every topic that the principal may describe."""
        metadata = self._calls.metadata()
        found = {
            name: _layout(topic.partitions.values())
            for name, topic in metadata.topics.items()
            if topic.error is None
        }
        refused = {
            name: server_failure(topic.error, "Describe")
            for name, topic in metadata.topics.items()
            if topic.error is not None
        }
        return Answers(found, _without_unknown(refused))

    def layouts_of(self, topics: Collection[str]) -> Answers[Layout]:
        """Return *topics* by their names; one that may not be described is refused."""
        described, refused = self._described(topics)
        found = {name: _layout(topic.partitions) for name, topic in described.items()}
        return Answers(found, refused)

    def configs(self, topics: Collection[str]) -> Answers[Mapping[str, Config]]:
        """Return the effective configs of *topics*."""
        if not topics:
            return Answers()
        futures = self._admin.describe_configs(
            [_resource(name) for name in topics], request_timeout=self._seconds
        )
        found, refused = self._calls.results(
            {resource.name: future for resource, future in futures.items()}, "DescribeConfigs"
        )
        configs = {name: configs_of(entries.values()) for name, entries in found.items()}
        return Answers(configs, _without_unknown(refused))

    def spans(self, partitions: Mapping[str, int]) -> Answers[Sequence[Span]]:
        """Return the offsets of every partition."""
        start = self._offsets(partitions, OffsetSpec.earliest())
        end = self._offsets(partitions, OffsetSpec.latest())
        both = start.found.keys() & end.found.keys()
        spans = {
            name: list(map(Span, start.found[name], end.found[name]))
            for name in partitions
            if name in both
        }
        return Answers(spans, {**start.refused, **end.refused})

    def offsets_at(self, partitions: Mapping[str, int], timestamp: int) -> Answers[Sequence[int]]:
        """Return per partition the first offset at or after *timestamp* (ms), -1 for none."""
        return self._offsets(partitions, OffsetSpec.for_timestamp(timestamp))

    def topic_ids(self, topics: Collection[str]) -> Answers[str]:
        """Return the id of *topics*; a topic that is made again has another one."""
        described, refused = self._described(topics)
        found = {name: str(topic.topic_id) for name, topic in described.items()}
        return Answers(found, refused)

    def reader(self) -> AbstractContextManager[MessageReader]:
        """Open what reads messages."""
        address = self._address
        return open_reader(address.bootstrap_servers, address.properties, self._seconds)

    def writer(self) -> AbstractContextManager[MessageWriter]:
        """Open what writes messages."""
        return open_writer(self._address.bootstrap_servers, self._address.properties, self._seconds)

    def create(
        self, topics: Sequence[tuple[str, Layout, Mapping[str, str]]]
    ) -> Mapping[str, ServerError]:
        """Create topics with layout and configs."""
        new = [
            NewTopic(name, layout.partitions, layout.replication_factor, config=dict(configs))
            for name, layout, configs in topics
        ]
        by_name = {topic.topic: topic for topic in new}
        # Kafka 3.9 answers an operation_timeout of 0 with OK, and does nothing.
        return self._calls.write(
            by_name,
            lambda names: self._admin.create_topics(
                [by_name[name] for name in names], operation_timeout=self._seconds
            ),
            "Create",
        )

    def add_partitions(self, totals: Mapping[str, int]) -> Mapping[str, ServerError]:
        """Raise the number of partitions of topics to the given totals."""
        return self._calls.write(
            totals,
            lambda names: self._admin.create_partitions(
                [NewPartitions(name, totals[name]) for name in names],
                operation_timeout=self._seconds,
            ),
            "Alter",
        )

    def set_configs(self, configs: Mapping[str, Mapping[str, str]]) -> Mapping[str, ServerError]:
        """Set the given configs of topics and leave all others as they are."""

        def send(names: Collection[str]) -> Mapping[str, "Future[Any]"]:
            resources = [_resource(name, set_entries(configs[name])) for name in names]
            futures = self._admin.incremental_alter_configs(
                resources, request_timeout=self._seconds
            )
            return {resource.name: future for resource, future in futures.items()}

        return self._calls.write(configs, send, "AlterConfigs")

    def delete(self, topics: Collection[str]) -> Mapping[str, ServerError]:
        """Delete topics."""
        # Metadata may list a deleted topic for some seconds, unless operation_timeout is above 0.
        return self._calls.write(
            topics,
            lambda names: self._admin.delete_topics(list(names), operation_timeout=self._seconds),
            "Delete",
        )

    def _described(
        self, topics: Collection[str]
    ) -> tuple[Mapping[str, TopicDescription], Mapping[str, ServerFailure]]:
        if not topics:
            return {}, {}
        futures = self._admin.describe_topics(
            TopicCollection(sorted(topics)), request_timeout=self._seconds
        )
        described, refused = self._calls.results(futures, "Describe")
        return described, _without_unknown(refused)

    def _offsets(self, partitions: Mapping[str, int], spec: OffsetSpec) -> Answers[Sequence[int]]:
        """Return an offset of every partition; a topic without a leader is asked for again."""
        deadline = time.monotonic() + self._seconds
        answers = self._offsets_once(partitions, spec)
        found = dict(answers.found)
        refused = dict(answers.refused)
        late = where(passes_by_itself, refused)
        while late and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_TRIES)
            answers = self._offsets_once({name: partitions[name] for name in late}, spec)
            found |= answers.found
            refused = {
                **{name: error for name, error in refused.items() if name not in late},
                **answers.refused,
            }
            late = where(passes_by_itself, refused)
        return Answers(found, refused)

    def _offsets_once(
        self, partitions: Mapping[str, int], spec: OffsetSpec
    ) -> Answers[Sequence[int]]:
        requested = {
            TopicPartition(name, part): spec
            for name, count in partitions.items()
            for part in range(count)
        }
        if not requested:
            return Answers()
        with self._calls.translated("Describe"):
            futures = self._admin.list_offsets(requested, request_timeout=self._seconds)
        found, refused = self._calls.results(
            {(key.topic, key.partition): future for key, future in futures.items()}, "Describe"
        )
        wrong = {name: error for (name, _), error in refused.items()}
        offsets = dict[str, Sequence[int]]()
        for name, count in partitions.items():
            if name not in wrong:
                offsets[name] = [found[name, part].offset for part in range(count)]
        return Answers(offsets, _without_unknown(wrong))


@contextmanager
def connect_kafka(address: KafkaAddress, *, seconds: float = _SECONDS) -> Generator[ConnectedKafka]:
    """Yield a connection to a cluster.

    Args:
        address: The brokers and the properties of the connection.
        seconds: The longest that one call waits, in seconds.

    Raises:
        ServerUnreachable: Nobody answers there, said by the first call.
        ServerError: A property is wrong.
    """
    connection_errors = ConnectionErrors(address.bootstrap_servers)
    try:
        admin = AdminClient(
            {
                **connection_errors.properties,
                **address.properties,
            }
        )
    except KafkaException as error:
        text = f"Kafka at {address.bootstrap_servers}: {error.args[0].str()}. Correct the property."
        raise ServerError(text, error.args[0].code()) from error
    yield ConnectedKafka(admin, KafkaCalls(admin, seconds, connection_errors), address)


def _resource(name: str, entries: Iterable[ConfigEntry] = ()) -> ConfigResource:
    return ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=list(entries))


def _layout(partitions: Collection[TopicPartitionInfo | PartitionMetadata]) -> Layout:
    copies = (len(partition.replicas) for partition in partitions)
    return Layout(len(partitions), min(copies, default=0))


def _without_unknown(refused: Mapping[str, ServerFailure]) -> dict[str, ServerFailure]:
    return {name: error for name, error in refused.items() if not is_unknown_topic(error)}
