"""The frames of the Kafka protocol: kafka-python's codec behind two typed functions."""

import struct
import uuid
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

LARGEST_FRAME = 104_857_600
NO_TOPIC_ID = uuid.UUID(int=0)

_START = struct.Struct(">hhi")
_NULLABLE = struct.Struct(">h")


class FrameError(Exception):
    """Bytes that are no request."""


class Message(Protocol):
    """A request or a response of kafka-python."""

    API_KEY: int
    API_VERSION: int


Decoded = TypeVar("Decoded", bound=Message)


@dataclass(frozen=True, slots=True)
class Start:
    """The start of every request, and where the rest begins."""

    api_key: int
    version: int
    correlation_id: int
    client_id: str
    rest_at: int


def read_start(frame: bytes) -> Start:
    """Return what comes before the part of a request that depends on its kind."""
    try:
        api_key, version, correlation_id = _START.unpack_from(frame)
        (length,) = _NULLABLE.unpack_from(frame, _START.size)
        rest_at = _START.size + _NULLABLE.size + max(length, 0)
        client_id = frame[rest_at - max(length, 0) : rest_at].decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise FrameError(f"no request header: {error}") from error
    return Start(api_key, version, correlation_id, client_id, rest_at)


def read_body(kind: type[Decoded], start: Start, frame: bytes) -> Decoded:
    """Return the request that follows *start*."""
    codec: Any = kind
    position = start.rest_at
    try:
        if codec.flexible_version_q(start.version):
            position = _behind_tags(frame, position)
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
    """Return a field of bytes that the codec hands through; a null is empty."""
    if value is None:
        return b""
    if not isinstance(value, bytes):
        raise FrameError(f"bytes expected, not {type(value).__name__}")
    return value


def _behind_tags(frame: bytes, position: int) -> int:
    """Return the position behind the tagged fields of a header, of which none is known."""
    count, position = _unsigned(frame, position)
    for _ in range(count):
        _, position = _unsigned(frame, position)
        size, position = _unsigned(frame, position)
        position += size
    return position


def _unsigned(frame: bytes, position: int) -> tuple[int, int]:
    """Return the unsigned varint at *position* and the position behind it."""
    value, shift = 0, 0
    while True:
        byte = frame[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 -- the high bit says that more follows
            return value, position
        shift += 7
