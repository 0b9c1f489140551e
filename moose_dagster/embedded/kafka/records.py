"""The records inside a batch, read only for keys, look-ups by time and compaction."""

from collections.abc import Iterator
from typing import NamedTuple

from moose_dagster.embedded.kafka import batches, codecs
from moose_dagster.embedded.kafka.batches import HEADER, Batch
from moose_dagster.embedded.kafka.varints import zigzag


class Record(NamedTuple):
    """One record.

    Attributes:
        offset: Its offset in the partition.
        timestamp: Its time, in milliseconds.
        key: Its key, None for a null.
        is_tombstone: Whether its value is null.
        data: All its bytes.
    """

    offset: int
    timestamp: int
    key: bytes | None
    is_tombstone: bool
    data: bytes


def records_in(data: bytes | memoryview) -> Iterator[Record]:
    """Yield the records of the one batch in *data*."""
    batch = batches.parse(data)
    body = codecs.decompress(batch.codec, bytes(data[HEADER.size : batch.size]))
    position = 0
    for _ in range(batch.record_count):
        record, position = _record(batch, body, position)
        yield record


def with_records(batch: Batch, chosen: list[Record]) -> bytes:
    """Return *batch* with only the *chosen* of its records."""
    codec, body = codecs.recompress(batch.codec, b"".join(record.data for record in chosen))
    return batches.with_body(batch, codec=codec, count=len(chosen), body=body)


def _record(batch: Batch, body: bytes, start: int) -> tuple[Record, int]:
    """Return the record at *start* and the position after it."""
    length, position = zigzag(body, start)
    end = position + length
    if length < 0 or end > len(body):
        raise ValueError("A record reaches beyond its batch.")
    timestamp_delta, position = zigzag(body, position + 1)
    offset_delta, position = zigzag(body, position)
    key, position = _nullable(body, position)
    value_length, _ = zigzag(body, position)
    timestamp = (
        batch.max_timestamp if batch.attributes & 0x08 else batch.first_timestamp + timestamp_delta
    )
    record = Record(
        batch.base_offset + offset_delta, timestamp, key, value_length < 0, body[start:end]
    )
    return record, end


def _nullable(body: bytes, position: int) -> tuple[bytes | None, int]:
    """Return the bytes at *position*, None for a null, and the position after them."""
    length, position = zigzag(body, position)
    if length < 0:
        return None, position
    return body[position : position + length], position + length
