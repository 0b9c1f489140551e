"""The log of one partition: segments that grow at the end and are deleted from the start."""

import asyncio
import time
from pathlib import Path

from moose_dagster.embedded.kafka import batches, records
from moose_dagster.embedded.kafka.batches import Batch
from moose_dagster.embedded.kafka.durable import read_json, write_json
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.open_files import OpenFiles
from moose_dagster.embedded.kafka.policy import LogPolicy
from moose_dagster.embedded.kafka.producers import Producers
from moose_dagster.embedded.kafka.segments import Segment


class Partition:
    """The log of one partition, with offsets from *start_offset* to before *end_offset*.

    Attributes:
        directory: Where the segments are stored.
        policy: The configs of the topic that concern the log.
        producers: The idempotent producers that wrote to it.
        waiting: The events of fetches that wait for records.
        is_deleted: Whether the topic was deleted.
        segments: The segments by offset; the last one is active.
        start_offset: The first offset that can be read.
        created_at: When this object was created, in seconds of `time.monotonic`.
    """

    def __init__(self, directory: Path, policy: LogPolicy, files: OpenFiles) -> None:
        self.directory = directory
        self.policy = policy
        self.producers = Producers()
        self.waiting: set[asyncio.Event] = set()
        self.is_deleted = False
        self.created_at = time.monotonic()
        self._files = files
        self._start_file = directory / "start_offset.json"
        self.segments = self._recovered() if directory.exists() else []
        if not self.segments:
            self.segments = [Segment(directory, 0, files)]
        deleted_up_to = read_json(self._start_file)
        self.start_offset = self.segments[0].base_offset
        if isinstance(deleted_up_to, int):
            self.start_offset = max(self.start_offset, deleted_up_to)

    @property
    def end_offset(self) -> int:
        """Return the offset the next record gets."""
        return self.segments[-1].next_offset

    @property
    def size(self) -> int:
        """Return the bytes of all segments."""
        return sum(segment.size for segment in self.segments)

    def append(self, batch: Batch, data: bytearray) -> int:
        """Write one batch and return its first offset, for a repeated one its existing offset."""
        repeated = self.producers.repeated(batch)
        if repeated is not None:
            return repeated
        placed = batch._replace(base_offset=self.end_offset)
        batches.assign_offset(data, placed.base_offset)
        if self._is_full_for(placed):
            self.roll()
        if not self.segments[-1].size:
            self.directory.mkdir(exist_ok=True)
        self.segments[-1].append(placed, data)
        self.producers.note(placed)
        self.wake()
        return placed.base_offset

    def read(self, offset: int, most: int, *, at_least_one: bool) -> bytes:
        """Return whole batches of one segment, from *offset* on."""
        if not self.start_offset <= offset <= self.end_offset:
            raise RefusedError(Code.OFFSET_OUT_OF_RANGE)
        for segment in self.segments:
            # Compaction may have removed all records of a segment from the offset on.
            if segment.holds_from(offset):
                return segment.read(offset, most, at_least_one=at_least_one)
        return b""

    def offset_at(self, timestamp: int) -> tuple[int, int] | None:
        """Return offset and timestamp of the first record that is not older than *timestamp*."""
        for segment in self.segments:
            for data in segment.batches_since(timestamp):
                for record in records.records_in(data):
                    if record.timestamp >= timestamp and record.offset >= self.start_offset:
                        return record.offset, record.timestamp
        return None

    def youngest(self) -> tuple[int, int] | None:
        """Return offset and timestamp of the record with the largest timestamp."""
        return self.offset_at(max(segment.largest_timestamp for segment in self.segments))

    def delete_before(self, offset: int) -> None:
        """Hide all records before *offset*, and delete whole segments before it."""
        self.start_offset = max(self.start_offset, offset)
        self.directory.mkdir(exist_ok=True)
        write_json(self._start_file, self.start_offset)
        while len(self.segments) > 1 and self.segments[0].next_offset <= self.start_offset:
            self.segments.pop(0).remove()

    def drop_oldest(self) -> None:
        """Delete the first segment, after an active one is rolled so that the end offset stays."""
        if len(self.segments) == 1:
            self.roll()
        self.segments.pop(0).remove()
        self.start_offset = max(self.start_offset, self.segments[0].base_offset)

    def replace(self, segment: Segment, cleaned: list[bytes]) -> None:
        """Replace the batches of a closed segment, or delete it if *cleaned* is empty."""
        if cleaned:
            segment.replace(cleaned)
        else:
            self.segments.remove(segment)
            segment.remove()

    def roll(self) -> None:
        """Close the active segment and start another at the end offset."""
        rolled = Segment(self.directory, self.end_offset, self._files)
        self._files.descriptor(rolled.path)
        self.segments.append(rolled)

    def close(self) -> None:
        """Answer waiting fetches and close the files, because the topic is deleted."""
        self.is_deleted = True
        self.wake()
        for segment in self.segments:
            self._files.forget(segment.path)

    def wake(self) -> None:
        """Wake the waiting fetches, because something changed."""
        for event in self.waiting:
            event.set()

    def _is_full_for(self, batch: Batch) -> bool:
        """Tell whether *batch* needs a new segment."""
        active = self.segments[-1]
        if active.first_timestamp is None:
            return False
        if active.size + batch.size > self.policy.segment_bytes:
            return True
        return batch.max_timestamp - active.first_timestamp > self.policy.segment_ms

    def _recovered(self) -> list[Segment]:
        """Return the segments on disk, and note the producers in their headers."""
        for draft in self.directory.glob("*.cleaned"):
            draft.unlink()
        segments: list[Segment] = []
        paths = sorted(self.directory.glob("*.log"))
        for path in paths:
            segment = Segment(self.directory, int(path.stem), self._files)
            for batch in segment.recover(is_active=path == paths[-1]):
                self.producers.note(batch)
            if segments:
                segments[-1].next_offset = segment.base_offset
            segments.append(segment)
        return segments

    def age_ms(self, segment: Segment) -> int:
        """Return how long ago the youngest record of *segment* was written."""
        newest = segment.largest_timestamp if segment.largest_timestamp >= 0 else segment.created_ms
        return int(time.time() * 1000) - newest
