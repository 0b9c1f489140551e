"""The last batches of idempotent producers, by which repeats and gaps are detected."""

from collections import deque
from typing import NamedTuple

from moose_dagster.embedded.kafka.batches import NO_PRODUCER, Batch
from moose_dagster.embedded.kafka.errors import Code, RefusedError

_REMEMBERED = 5
_SEQUENCES = 1 << 31


class Appended(NamedTuple):
    """A batch that a producer wrote.

    Attributes:
        first_sequence: The producer's number of the first record.
        last_sequence: The producer's number of the last record.
        base_offset: The offset of the first record.
        last_offset: The offset of the last record.
        timestamp: The largest time of a record, in milliseconds.
    """

    first_sequence: int
    last_sequence: int
    base_offset: int
    last_offset: int
    timestamp: int


class Producer:
    """The epoch of a producer and its last five batches, as many as may be in flight."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.appended: deque[Appended] = deque(maxlen=_REMEMBERED)

    @property
    def last_sequence(self) -> int:
        """Return the sequence number of the last record."""
        return self.appended[-1].last_sequence


class Producers:
    """The producers of one partition, by their id."""

    def __init__(self) -> None:
        self.by_id: dict[int, Producer] = {}

    def repeated(self, batch: Batch) -> int | None:
        """Return the offset of a repeated batch, None for a new one, or refuse a gap."""
        known = self.by_id.get(batch.producer_id)
        if batch.producer_id == NO_PRODUCER or known is None:
            return None
        if batch.producer_epoch < known.epoch:
            raise RefusedError(
                Code.INVALID_PRODUCER_EPOCH, f"The producer's epoch is {known.epoch} now."
            )
        if batch.producer_epoch > known.epoch:
            _refuse_gap(batch, expected=0)
            return None
        for appended in known.appended:
            if (appended.first_sequence, appended.last_sequence) == _sequences(batch):
                return appended.base_offset
        _refuse_stale(batch, known.last_sequence)
        _refuse_gap(batch, expected=(known.last_sequence + 1) % _SEQUENCES)
        return None

    def note(self, batch: Batch) -> None:
        """Remember an appended batch."""
        if batch.producer_id == NO_PRODUCER:
            return
        producer = self.by_id.get(batch.producer_id)
        if producer is None or producer.epoch != batch.producer_epoch:
            producer = self.by_id[batch.producer_id] = Producer(batch.producer_epoch)
        first, last = _sequences(batch)
        producer.appended.append(
            Appended(first, last, batch.base_offset, batch.last_offset, batch.max_timestamp)
        )


def _sequences(batch: Batch) -> tuple[int, int]:
    """Return the sequence numbers of the first and last record."""
    return batch.base_sequence, (batch.base_sequence + batch.last_offset_delta) % _SEQUENCES


def _refuse_stale(batch: Batch, last_sequence: int) -> None:
    """Refuse a repeat that is too old to know its offset."""
    last = _sequences(batch)[1]
    if last <= last_sequence and last_sequence - last < _SEQUENCES // 2:
        raise RefusedError(Code.DUPLICATE_SEQUENCE_NUMBER, f"Sequence {last} was written before.")


def _refuse_gap(batch: Batch, *, expected: int) -> None:
    """Refuse a batch that does not follow the last one."""
    if batch.base_sequence != expected:
        raise RefusedError(
            Code.OUT_OF_ORDER_SEQUENCE_NUMBER,
            f"Out of order sequence number for producer {batch.producer_id}: "
            f"{batch.base_sequence} (incoming seq. number), {expected} (expected).",
        )
