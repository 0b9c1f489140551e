"""The frames of the Kafka protocol, read and written with kafka-python's codec."""

import struct
import uuid
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from moose_dagster.embedded.kafka.varints import unsigned

LARGEST_FRAME = 104_857_600
NO_TOPIC_ID = uuid.UUID(int=0)

_START = struct.Struct(">hhi")
_NULLABLE = struct.Struct(">h")

# The codec reads an integer of variable length to its end, in a time that grows with its square.
# Only Produce, which is served in versions without such integers, may contain so many consecutive
# bytes with the high bit set.
_ENDLESS = b"\x01" * 16_384
_HIGH_BITS = bytes(128) + b"\x01" * 128


class FrameError(Exception):
    """Bytes that are not a request."""


class Message(Protocol):
    """A request or a response of kafka-python.

    Attributes:
        API_KEY: The number of the API.
        API_VERSION: The version of the API.
    """

    API_KEY: int
    API_VERSION: int


Decoded = TypeVar("Decoded", bound=Message)


@dataclass(frozen=True, slots=True)
class Start:
    """The start of every request.

    Attributes:
        api_key: The number of the API.
        version: The version of the API.
        correlation_id: The number by which the client finds the answer.
        client_id: The name that the client gives itself, "" for none.
        rest_at: The position at which the rest begins.
    """

    api_key: int
    version: int
    correlation_id: int
    client_id: str
    rest_at: int


def read_start(frame: bytes) -> Start:
    """Return the part of a request that is the same for every API."""
    try:
        api_key, version, correlation_id = _START.unpack_from(frame)
        (length,) = _NULLABLE.unpack_from(frame, _START.size)
        rest_at = _START.size + _NULLABLE.size + max(length, 0)
        client_id = frame[rest_at - max(length, 0) : rest_at].decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise FrameError(f"not a request header: {error}") from error
    return Start(api_key, version, correlation_id, client_id, rest_at)


def read_body(kind: type[Decoded], start: Start, frame: bytes) -> Decoded:
    """Return the request that follows *start*."""
    codec: Any = kind
    position = start.rest_at
    try:
        if codec.flexible_version_q(start.version):
            _check_integers_end(frame)
            position = _position_after_tags(frame, position)
        return codec.decode(memoryview(frame)[position:], version=start.version)
    except (struct.error, ValueError, IndexError, TypeError, OverflowError, MemoryError) as error:
        raise FrameError(f"{kind.__name__} version {start.version}: {error}") from error


def write(response: Message, start: Start, version: int) -> bytes:
    """Return the frame of a response."""
    codec: Any = response
    codec.API_VERSION = version
    codec.with_header(start.correlation_id)
    return codec.encode(header=True, framed=True)


def opaque(value: object) -> bytes:
    """Return a field of bytes; a null is empty."""
    if value is None:
        return b""
    if not isinstance(value, bytes):
        raise FrameError(f"bytes expected, not {type(value).__name__}")
    return value


def _check_integers_end(frame: bytes) -> None:
    """Refuse a frame that would keep the codec busy."""
    if _ENDLESS in frame.translate(_HIGH_BITS):
        raise FrameError("an integer of variable length has no end")


def _position_after_tags(frame: bytes, position: int) -> int:
    """Return the position after the tagged fields of a header, which are ignored."""
    count, position = unsigned(frame, position)
    for _ in range(count):
        _, position = unsigned(frame, position)
        size, position = unsigned(frame, position)
        position += size
    return position
