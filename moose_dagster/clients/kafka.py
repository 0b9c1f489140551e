"""The seam to Kafka: batched admin calls, vendor types and errors stop here."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# (confluent-kafka 2.16 hands out futures without a result type, re-exports without saying so, and
# types OffsetSpec.earliest() as possibly None)

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

from moose_dagster.errors import ServerError, ServerFailure, ServerUnreachable

T = TypeVar("T")
K = TypeVar("K")
_SECONDS = 10.0
_GONE = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT})  # noqa: SLF001 - public
_DYNAMIC_TOPIC_CONFIG = 1


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
class Config:
    """A config of a topic.

    Attributes:
        value: The effective one, as Kafka prints it.
        is_override: Whether the topic itself sets it.
    """

    value: str
    is_override: bool


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

    Every method is a constant number of calls for any number of topics. The writing methods return
    the topics that were refused, each with the broker's error.
    """

    def layouts(self) -> Answers[Layout]:
        """Return every topic of the cluster."""
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

    def __init__(self, admin: AdminClient, seconds: float = _SECONDS) -> None:
        self._admin = admin
        self._seconds = seconds

    def layouts(self) -> Answers[Layout]:
        """Return every topic of the cluster."""
        with _translated():
            metadata = self._admin.list_topics(timeout=self._seconds)
        found = {
            name: Layout(
                len(topic.partitions),
                min((len(p.replicas) for p in topic.partitions.values()), default=0),
            )
            for name, topic in metadata.topics.items()
            if topic.error is None
        }
        refused = {
            name: _error(topic.error)
            for name, topic in metadata.topics.items()
            if topic.error is not None
        }
        return Answers(found, _without_unknown(refused))

    def configs(self, topics: Collection[str]) -> Answers[Mapping[str, Config]]:
        """Return the effective configs of *topics*."""
        if not topics:
            return Answers()
        futures = self._admin.describe_configs(
            [_resource(name) for name in topics], request_timeout=self._seconds
        )
        found, refused = _settled({resource.name: future for resource, future in futures.items()})
        configs = {
            name: {
                entry.name: Config(entry.value or "", _is_override(entry))
                for entry in entries.values()
            }
            for name, entries in found.items()
        }
        return Answers(configs, _without_unknown(refused))

    def spans(self, partitions: Mapping[str, int]) -> Answers[Sequence[Span]]:
        """Return the offsets of every partition."""
        start = self._offsets(partitions, OffsetSpec.earliest())
        end = self._offsets(partitions, OffsetSpec.latest())
        both = start.found.keys() & end.found.keys()
        spans = {
            name: [
                Span(first, last)
                for first, last in zip(start.found[name], end.found[name], strict=True)
            ]
            for name in partitions
            if name in both
        }
        return Answers(spans, {**start.refused, **end.refused})

    def offsets_at(self, partitions: Mapping[str, int], timestamp: int) -> Answers[Sequence[int]]:
        """Return per partition the first offset at or after *timestamp* (ms), -1 for none."""
        return self._offsets(partitions, OffsetSpec.for_timestamp(timestamp))

    def create(
        self, topics: Sequence[tuple[str, Layout, Mapping[str, str]]]
    ) -> Mapping[str, ServerError]:
        """Create topics with layout and configs."""
        new = [
            NewTopic(name, layout.partitions, layout.replication_factor, config=dict(configs))
            for name, layout, configs in topics
        ]
        # An operation_timeout of 0 is answered with OK and nothing is done.
        return _refused(
            self._admin.create_topics(new, operation_timeout=self._seconds) if new else {}
        )

    def add_partitions(self, totals: Mapping[str, int]) -> Mapping[str, ServerError]:
        """Raise the number of partitions of topics to the given totals."""
        new = [NewPartitions(name, total) for name, total in totals.items()]
        return _refused(
            self._admin.create_partitions(new, operation_timeout=self._seconds) if new else {}
        )

    def set_configs(self, configs: Mapping[str, Mapping[str, str]]) -> Mapping[str, ServerError]:
        """Set the given configs of topics and leave all others as they are."""
        resources = [
            _resource(name, [ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                             for key, value in wanted.items()])
            for name, wanted in configs.items()
        ]  # fmt: skip
        futures = (
            self._admin.incremental_alter_configs(resources, request_timeout=self._seconds)
            if resources
            else {}
        )
        return _refused({resource.name: future for resource, future in futures.items()})

    def delete(self, topics: Collection[str]) -> Mapping[str, ServerError]:
        """Delete topics."""
        return _refused(
            self._admin.delete_topics(list(topics), operation_timeout=self._seconds)
            if topics
            else {}
        )

    def _offsets(self, partitions: Mapping[str, int], spec: OffsetSpec) -> Answers[Sequence[int]]:
        wanted = {
            TopicPartition(name, part): spec
            for name, count in partitions.items()
            for part in range(count)
        }
        with _translated():
            futures = (
                self._admin.list_offsets(wanted, request_timeout=self._seconds) if wanted else {}
            )
        found, refused = _settled(
            {(key.topic, key.partition): future for key, future in futures.items()}
        )
        wrong = {name: error for (name, _), error in refused.items()}
        offsets = {
            name: [found[name, part].offset for part in range(count)]
            for name, count in partitions.items()
            if name not in wrong
        }
        return Answers(offsets, _without_unknown(wrong))


@contextmanager
def connect_kafka(address: KafkaAddress, *, seconds: float = _SECONDS) -> Generator[ConnectedKafka]:
    """Yield a connection to the cluster at *address*; each call waits at most *seconds*.

    Raises:
        ServerUnreachable: Nobody answers there, said by the first call.
        ServerError: A property is wrong.
    """
    with _translated():
        admin = AdminClient(
            {
                "bootstrap.servers": address.bootstrap_servers,
                # librdkafka writes to stderr for every broker it can't reach; our errors say so
                # once.
                "log_level": 0,
                "enable.metrics.push": False,
                **address.properties,
            }
        )
    yield ConnectedKafka(admin, seconds)


def _resource(name: str, entries: Iterable[ConfigEntry] = ()) -> ConfigResource:
    return ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=list(entries))


def _is_override(entry: ConfigEntry) -> bool:
    source: Any = entry.source
    return int(getattr(source, "value", source)) == _DYNAMIC_TOPIC_CONFIG


def _refused(futures: Mapping[str, "Future[Any]"]) -> Mapping[str, ServerError]:
    return _settled(futures)[1]


def _settled(futures: Mapping[K, "Future[Any]"]) -> tuple[dict[K, Any], dict[K, ServerError]]:
    results, refused = dict[K, Any](), dict[K, ServerError]()
    for name, future in futures.items():
        try:
            with _translated():
                results[name] = future.result()
        except ServerError as error:
            refused[name] = error
    return results, refused


def _without_unknown(refused: Mapping[str, ServerFailure]) -> dict[str, ServerFailure]:
    return {
        name: error
        for name, error in refused.items()
        if not (isinstance(error, ServerError) and error.code == KafkaError.UNKNOWN_TOPIC_OR_PART)
    }


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except KafkaException as error:
        raise _error(error.args[0]) from error


def _error(reason: KafkaError) -> ServerFailure:
    if reason.code() in _GONE:
        return ServerUnreachable(f"Kafka did not answer: {reason.str()}")
    return ServerError(f"{reason.str()} ({reason.name()})", reason.code())
