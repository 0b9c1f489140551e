"""Write models into a topic and read them from it, for tests and small services."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from moose_dagster.declare.annotations import unwrapped
from moose_dagster.declare.columns import KeyMark
from moose_dagster.declare.fields import column_name, fields_of
from moose_dagster.errors import ServerError

if TYPE_CHECKING:
    # A declaration loads no client: that takes longer than all the rest of it.
    from moose_dagster.clients.kafka import Kafka, Span
    from moose_dagster.clients.kafka_messages import Message, MessageWriter

M = TypeVar("M", bound=BaseModel)


class KafkaSource(Protocol):
    """What connects to a Kafka cluster, such as a KafkaResource."""

    def connect(self) -> AbstractContextManager[Kafka]:
        """Open a connection."""
        ...


@dataclass(frozen=True, slots=True)
class StreamMessage(Generic[M]):
    """A message of a stream.

    Attributes:
        partition: The number of the partition.
        offset: Its place in the partition.
        key: The key as text; None for none.
        record: What it holds; None where it is not valid.
        error: Why it is not valid; "" where it is.
    """

    partition: int
    offset: int
    key: str | None
    record: M | None
    error: str = ""


class StreamProducer(Generic[M]):
    """Writes models into a topic; leaving its `with` block waits until all are stored.

    Args:
        writer: What writes messages.
        topic: The name of the topic.
        keys: The columns whose values are the key of a message.
    """

    def __init__(self, writer: MessageWriter, topic: str, keys: Sequence[str]) -> None:
        self._writer = writer
        self._topic = topic
        self._keys = keys

    def send(self, *records: M) -> None:
        """Hand over messages: JSON with the aliases, and the `Key` fields as the key.

        Args:
            records: What the messages hold.

        Raises:
            ServerError: A message can't be sent, as one that is too large.
        """
        for record in records:
            self._writer.write(
                self._topic, record.model_dump_json(by_alias=True).encode(), self._key(record)
            )

    def flush(self) -> None:
        """Wait until every message is stored.

        Raises:
            ServerError: A broker refuses one of them.
            ServerUnreachable: No broker answers.
        """
        self._writer.flush()

    def _key(self, record: M) -> bytes | None:
        if not self._keys:
            return None
        values = record.model_dump(mode="json", by_alias=True)
        parts = [values[name] for name in self._keys]
        (first, *others) = parts
        if others or not isinstance(first, str | int):
            return json.dumps(parts).encode()
        return str(first).encode()


@contextmanager
def open_producer(source: KafkaSource, topic: str, model: type[M]) -> Generator[StreamProducer[M]]:
    """Yield what writes a *model* into *topic*, and wait at the end until all are stored."""
    with source.connect() as kafka, kafka.writer() as writer:
        producer = StreamProducer[M](writer, topic, [*_keys_of(model)])
        yield producer
        producer.flush()


def read_messages(
    source: KafkaSource, topic: str, model: type[M], limit: int
) -> list[StreamMessage[M]]:
    """Return the first *limit* messages of *topic*, partition by partition.

    Raises:
        ServerError: The topic does not exist, or the broker refuses.
        ServerUnreachable: No broker answers.
    """
    found = list[StreamMessage[M]]()
    with source.connect() as kafka, kafka.reader() as reader:
        for partition, span in enumerate(_spans(kafka, topic)):
            for messages in reader.read(topic, partition, span.start, span.end):
                found += [_typed(model, message) for message in messages]
                if len(found) >= limit:
                    return found[:limit]
    return found


def _keys_of(model: type[BaseModel]) -> Iterator[str]:
    """Yield the names of the `Key` columns of *model*."""
    for name, info in fields_of(model).items():
        if unwrapped(info.annotation, info.metadata).mark(KeyMark):
            yield column_name(name, info)


def _typed(model: type[M], message: Message) -> StreamMessage[M]:
    record: M | None = None
    error = ""
    try:
        record = model.model_validate_json(message.value or b"")
    except ValidationError as wrong:
        faults = wrong.errors(include_url=False, include_input=False)
        places = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in faults]
        error = "; ".join(f"{place or 'message'}: {text}" for place, text in places)
    key = message.key.decode(errors="replace") if message.key is not None else None
    return StreamMessage(message.partition, message.offset, key, record, error)


def _spans(kafka: Kafka, topic: str) -> Sequence[Span]:
    layouts = kafka.layouts_of([topic])
    for failure in layouts.refused.values():
        raise failure
    if topic not in layouts.found:
        raise ServerError(f"the topic {topic} does not exist; apply the plan of the project first.")
    spans = kafka.spans({topic: layouts.found[topic].partitions})
    for failure in spans.refused.values():
        raise failure
    return spans.found[topic]
