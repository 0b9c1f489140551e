"""Reading and writing messages of Kafka; the client library's types and errors stay in here."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (confluent-kafka 2.16 leaves the parts of a message partly untyped)

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka import Message as ReceivedMessage

from moose_dagster.clients.kafka_errors import TIMED_OUT, ConnectionErrors
from moose_dagster.errors import ServerError, ServerFailure

_AT_ONCE = 10_000
_SECONDS_OF_A_POLL = 0.5
_READ_AHEAD_KB = 16_384
_MOST_BYTES = 100_000_000
_NO_HEADERS: Mapping[str, bytes] = {}
_PARTITION_END = KafkaError._PARTITION_EOF  # noqa: SLF001 - public
_OUT_OF_RANGE = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})  # noqa: SLF001 - public


@dataclass(frozen=True, slots=True)
class Message:
    """A message of one partition.

    Attributes:
        partition: The number of the partition.
        offset: Its place in the partition.
        key: The key; None for none.
        value: What it holds; None for nothing.
        timestamp: When it was written, in ms since 1970; -1 where the topic does not say.
        headers: The headers by their names, the last one of each name.
    """

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = -1
    headers: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


class MessageReader:
    """Reads messages of partitions, and commits nothing.

    Args:
        consumer: The consumer of confluent-kafka, which only this reader uses.
        errors: Takes what goes wrong with the connection.
        seconds: How long it waits for the next message, in seconds.

    Attributes:
        position: The offset after the last one that was read; there may be no message before it,
            as in a compacted topic.
    """

    def __init__(self, consumer: Consumer, errors: ConnectionErrors, seconds: float) -> None:
        self.position = 0
        self._consumer = consumer
        self._errors = errors
        self._seconds = seconds

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Sequence[Message]]:
        """Yield the messages from *start* up to the one before *end*, some at a time.

        It ends before *end* where a transaction is open there.

        Raises:
            ServerError: *start* is not in the topic any more, or the broker refuses.
            ServerUnreachable: No broker answers.
        """
        self._errors.clear()
        self._consumer.assign([TopicPartition(topic, partition, start)])
        self.position = start
        is_ended = start >= end
        deadline = time.monotonic() + self._seconds
        while not is_ended:
            messages = list[Message]()
            for one in self._poll(min(_AT_ONCE, end - self.position)):
                error = one.error()
                if error is None:
                    messages.append(_message(one))
                    self.position = messages[-1].offset + 1
                elif error.code() == _PARTITION_END:
                    self.position = max(self.position, one.offset() or 0)
                    is_ended = True
                else:
                    raise self._failure(error, topic, partition, self.position)
            is_ended = is_ended or self.position >= end
            self.position = min(self.position, end)
            within = [message for message in messages if message.offset < end]
            if within:
                deadline = time.monotonic() + self._seconds
                yield within
            elif not is_ended and time.monotonic() > deadline:
                raise self._errors.failure(KafkaError(TIMED_OUT), "Read")

    def _poll(self, most: int) -> Sequence[ReceivedMessage]:
        try:
            received = self._consumer.consume(most, _SECONDS_OF_A_POLL)
        except KafkaException as error:
            raise self._errors.failure(error.args[0], "Read") from error
        self._errors.check()
        return received

    def _failure(self, error: KafkaError, topic: str, partition: int, offset: int) -> ServerFailure:
        if error.code() in _OUT_OF_RANGE:
            text = (
                f"{topic}/{partition}: the offset {offset} is not in the topic any more; its "
                "retention deletes messages faster than they are read. Run again."
            )
            return ServerError(text, error.code())
        return self._errors.failure(error, "Read")


class MessageWriter:
    """Writes messages, each exactly once as long as the process lives.

    Args:
        producer: The idempotent producer of confluent-kafka, which only this writer uses.
        errors: Takes what goes wrong with the connection.
        seconds: How long a message may take until a broker has stored it, in seconds.
    """

    def __init__(self, producer: Producer, errors: ConnectionErrors, seconds: float) -> None:
        self._producer = producer
        self._errors = errors
        self._seconds = seconds
        self._failed: KafkaError | None = None

    def write(
        self,
        topic: str,
        value: bytes,
        key: bytes | None = None,
        headers: Mapping[str, bytes] | None = None,
    ) -> None:
        """Hand over one message; `flush` says whether it was stored.

        Raises:
            ServerError: The message can't be sent, as one that is too large.
        """
        for _ in range(round(self._seconds / _SECONDS_OF_A_POLL) + 1):
            try:
                self._producer.produce(
                    topic,
                    value,
                    key,
                    headers=list(headers.items()) if headers else None,
                    on_delivery=self._note,
                )
            except BufferError:
                self._producer.poll(_SECONDS_OF_A_POLL)
            except KafkaException as error:
                raise self._errors.failure(error.args[0], "Write") from error
            else:
                self._producer.poll(0)
                return
        raise self._errors.failure(KafkaError(TIMED_OUT), "Write")

    def flush(self) -> None:
        """Wait until every message is stored.

        Raises:
            ServerError: A broker refuses one of them.
            ServerUnreachable: No broker answers.
        """
        remaining = self._producer.flush(self._seconds)
        failed = self._failed
        self._failed = None
        if failed is None and remaining:
            failed = KafkaError(TIMED_OUT)
        if failed is not None:
            raise self._errors.failure(failed, "Write")

    def _note(self, error: KafkaError | None, message: ReceivedMessage) -> None:
        self._failed = self._failed or error


@contextmanager
def open_reader(
    servers: str, properties: Mapping[str, str], seconds: float
) -> Generator[MessageReader]:
    """Yield a reader of committed messages, and close it at the end.

    Args:
        servers: The addresses of the first brokers, as `host:port`, several with commas.
        properties: librdkafka's.
        seconds: How long it waits for the next message, in seconds.
    """
    errors = ConnectionErrors(servers)
    consumer = Consumer(
        {
            **errors.properties,
            # librdkafka wants a name; nothing is committed, and no group is joined.
            "group.id": "moose_dagster",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            # The memory of a reader does not grow with the topic.
            "queued.max.messages.kbytes": _READ_AHEAD_KB,
            # By default librdkafka sleeps for a second whenever that is full.
            "fetch.queue.backoff.ms": 10,
            **properties,
        }
    )
    try:
        yield MessageReader(consumer, errors, seconds)
    finally:
        consumer.close()


@contextmanager
def open_writer(
    servers: str, properties: Mapping[str, str], seconds: float
) -> Generator[MessageWriter]:
    """Yield an idempotent writer.

    Args:
        servers: The addresses of the first brokers, as `host:port`, several with commas.
        properties: librdkafka's.
        seconds: How long a message may take until a broker has stored it, in seconds.
    """
    errors = ConnectionErrors(servers)
    producer = Producer(
        {
            **errors.properties,
            "enable.idempotence": True,
            "linger.ms": 5,
            "delivery.timeout.ms": round(seconds * 1000),
            # The topic decides how large a message may be.
            "message.max.bytes": _MOST_BYTES,
            **properties,
        }
    )
    yield MessageWriter(producer, errors, seconds)


def _message(received: ReceivedMessage) -> Message:
    _, timestamp = received.timestamp()
    headers = received.headers()
    return Message(
        received.partition() or 0,
        received.offset() or 0,
        _as_bytes(received.key()),
        _as_bytes(received.value()),
        timestamp,
        {name: _as_bytes(value) or b"" for name, value in headers} if headers else _NO_HEADERS,
    )


def _as_bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
