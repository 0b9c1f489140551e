"""The header of a record batch, which is all the broker reads of most batches."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from moose_dagster.embedded.kafka.checksum import crc32c

HEADER = struct.Struct(">qiibIhiqqqhii")
MAGIC = 2
NO_PRODUCER = -1

_LENGTH_STARTS_AT = 12
_OFFSET_FIELD = struct.Struct(">q")
_EPOCH_FIELD = struct.Struct(">i")
_EPOCH_AT = 12
_CRC_FIELD = struct.Struct(">I")
_CRC_AT = 17
_CHECKED_FROM = 21
_APPEND_TIME = 0x08


class Batch(NamedTuple):
    """The header of one record batch, in the order of its bytes.

    Attributes:
        base_offset: The offset of the first record.
        length: The bytes of the batch after this field.
        leader_epoch: The epoch of the leader that wrote it.
        magic: The version of the format, `MAGIC` for all that the broker takes.
        crc: The CRC-32C of what follows.
        attributes: Bits: codec (0 to 2), kind of timestamp (3), transactional (4), control (5).
        last_offset_delta: The offset of the last record minus *base_offset*.
        first_timestamp: The time of the first record, in milliseconds.
        max_timestamp: The largest time of a record, in milliseconds.
        producer_id: The idempotent producer, `NO_PRODUCER` for any other.
        producer_epoch: The epoch of that producer.
        base_sequence: The producer's number of the first record.
        record_count: How many records the batch contains.
    """

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    first_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def size(self) -> int:
        """Return the size of the whole batch in bytes."""
        return self.length + _LENGTH_STARTS_AT

    @property
    def last_offset(self) -> int:
        """Return the offset of the batch's last record."""
        return self.base_offset + self.last_offset_delta

    @property
    def codec(self) -> int:
        """Return the number of the compression codec."""
        return self.attributes & 0x07

    @property
    def is_transactional(self) -> bool:
        """Tell whether the batch belongs to a transaction."""
        return bool(self.attributes & 0x10)

    @property
    def is_control(self) -> bool:
        """Tell whether the batch holds a transaction marker."""
        return bool(self.attributes & 0x20)


def parse(data: bytes | bytearray | memoryview, position: int = 0) -> Batch:
    """Return the header that starts at *position*."""
    return Batch._make(HEADER.unpack_from(data, position))


def whole_batches(data: memoryview) -> Iterator[tuple[int, Batch]]:
    """Yield position and header of every batch in *data* up to the first incomplete one."""
    position = 0
    while position + HEADER.size <= len(data):
        batch = parse(data, position)
        if batch.magic != MAGIC or batch.size < HEADER.size or position + batch.size > len(data):
            return
        yield position, batch
        position += batch.size


def is_intact(data: memoryview) -> bool:
    """Tell whether the checksum of the first batch in *data* is right."""
    batch = parse(data)
    return batch.crc == crc32c(data[_CHECKED_FROM : batch.size])


def assign_offset(data: bytearray, base_offset: int) -> None:
    """Write offset and leader epoch, which the checksum does not cover."""
    _OFFSET_FIELD.pack_into(data, 0, base_offset)
    _EPOCH_FIELD.pack_into(data, _EPOCH_AT, 0)


def stamp(data: bytearray, batch: Batch, now_ms: int) -> None:
    """Replace the timestamps of a batch by the time of its append."""
    stamped = batch._replace(attributes=batch.attributes | _APPEND_TIME, max_timestamp=now_ms)
    HEADER.pack_into(data, 0, *stamped)
    _seal(data)


def with_body(batch: Batch, *, codec: int, count: int, body: bytes) -> bytes:
    """Return *batch* with another body and the same offsets and timestamps."""
    length = HEADER.size - _LENGTH_STARTS_AT + len(body)
    attributes = (batch.attributes & ~0x07) | codec
    header = batch._replace(length=length, attributes=attributes, record_count=count)
    data = bytearray(HEADER.pack(*header) + body)
    _seal(data)
    return bytes(data)


def _seal(data: bytearray) -> None:
    """Write the checksum of the changed batch."""
    _CRC_FIELD.pack_into(data, _CRC_AT, crc32c(memoryview(data)[_CHECKED_FROM:]))
