"""Write messages that are not valid into the dead letter queue, and find them there again."""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from pydantic_core import from_json

from moose_dagster.clients.kafka import Kafka, Span
from moose_dagster.clients.kafka_messages import Message, MessageReader, MessageWriter
from moose_dagster.errors import LoadError
from moose_dagster.load.decode import Rejected

TOPIC = "moose_topic"
TOPIC_ID = "moose_topic_id"
PARTITION = "moose_partition"
OFFSET = "moose_offset"
KEY = "moose_key"
ERROR = "moose_error"
ERROR_TYPE = "moose_error_type"
FAILED_AT = "moose_failed_at"
ORIGINAL = "moose_original"
_BEGIN = b'{"original_record":'


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a dead letter comes from.

    Attributes:
        topic_id: Which topic it was.
        partition: The number of the partition.
        offset: The place in the partition.
    """

    topic_id: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letter queue of a load.

    Attributes:
        queue: The name of the queue.
        topic: The topic that the messages come from.
        topic_id: Which topic that is.
        writer: What writes messages.
    """

    queue: str
    topic: str
    topic_id: str
    writer: MessageWriter

    def write(self, rejected: Iterable[Rejected]) -> None:
        """Write each message with the reason, and wait until all are stored.

        Raises:
            ServerError: The broker refuses one, as one that is too large for the queue.
        """
        for one in rejected:
            value, headers = self._letter(one)
            self.writer.write(self.queue, value, one.message.key, headers)
        self.writer.flush()

    def _letter(self, rejected: Rejected) -> tuple[bytes, dict[str, bytes]]:
        message = rejected.message
        kind, original = _original(message.value)
        failed_at = datetime.now(timezone.utc).isoformat()
        rest = {
            "error_message": rejected.error,
            "error_type": rejected.error_type,
            "failed_at": failed_at,
            "source": "table",
        }
        value = _BEGIN + original + b"," + json.dumps(rest).encode()[1:]
        headers = {
            TOPIC: self.topic,
            TOPIC_ID: self.topic_id,
            PARTITION: str(message.partition),
            OFFSET: str(message.offset),
            ERROR: rejected.error,
            ERROR_TYPE: rejected.error_type,
            FAILED_AT: failed_at,
            ORIGINAL: f"{kind}:{len(original)}",
        }
        encoded = {name: text.encode() for name, text in headers.items()}
        return value, {**encoded, KEY: message.key or b""}


def queue_spans(kafka: Kafka, queue: str) -> Sequence[Span]:
    """Return where each partition of *queue* begins and ends.

    Raises:
        LoadError: There is no such topic.
        ServerError: The broker refuses.
    """
    layouts = kafka.layouts_of([queue])
    for error in layouts.refused.values():
        raise error
    if queue not in layouts.found:
        raise LoadError(
            f"the dead letter queue {queue} does not exist; apply the plan of the project first."
        )
    spans = kafka.spans({queue: layouts.found[queue].partitions})
    for error in spans.refused.values():
        raise error
    return spans.found[queue]


def written_since(
    reader: MessageReader, queue: str, ends: Sequence[int], spans: Sequence[Span]
) -> set[Origin]:
    """Return where the dead letters come from that were written after *ends*.

    Args:
        reader: What reads messages.
        queue: The name of the queue.
        ends: Where each partition of the queue ended then; a newer partition is read as a whole.
        spans: Where each one begins and ends now.
    """
    found = set[Origin]()
    for partition, span in enumerate(spans):
        since = ends[partition] if partition < len(ends) else 0
        for messages in reader.read(queue, partition, max(since, span.start), span.end):
            found |= set(filter(None, map(origin_of, messages)))
    return found


def origin_of(message: Message) -> Origin | None:
    """Return where a dead letter comes from; None for a message that no load has written."""
    headers = message.headers
    if not {TOPIC_ID, PARTITION, OFFSET} <= headers.keys():
        return None
    partition = headers[PARTITION]
    offset = headers[OFFSET]
    if not (partition.isdigit() and offset.isdigit()):
        return None
    return Origin(headers[TOPIC_ID].decode(), int(partition), int(offset))


def original_of(message: Message) -> bytes | None:
    """Return the message that a dead letter is about, as it was received; None for nothing."""
    value = message.value or b""
    kind, _, length = message.headers.get(ORIGINAL, b"").decode().partition(":")
    inside = value[len(_BEGIN) : len(_BEGIN) + int(length or 0)]
    match kind:
        case "json":
            return inside
        case "text":
            return str(json.loads(inside)).encode()
        case "base64":
            return base64.b64decode(json.loads(inside))
        case "none":
            return None
        case _:
            return json.dumps(from_json(value)["original_record"]).encode()


def _original(value: bytes | None) -> tuple[str, bytes]:
    """Return how a message is kept, and the JSON that keeps it."""
    if value is None:
        return "none", b"null"
    try:
        from_json(value, allow_inf_nan=False)
    except ValueError:
        pass  # it is kept as a text below
    else:
        return "json", value
    try:
        return "text", json.dumps(value.decode()).encode()
    except UnicodeDecodeError:
        return "base64", json.dumps(base64.b64encode(value).decode()).encode()
