"""One file of a partition's log and the index of its batches in memory."""

import os
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path

from moose_dagster.embedded.kafka import batches
from moose_dagster.embedded.kafka.batches import Batch
from moose_dagster.embedded.kafka.open_files import OpenFiles


class Segment:
    """Consecutive batches in a file that is named after its first offset.

    Attributes:
        path: The file.
        base_offset: The first offset that it may contain.
        next_offset: The offset after its last record.
        size: Its size in bytes.
        first_timestamp: The time of its first batch in milliseconds, None without batches.
        largest_timestamp: The largest time of a record in milliseconds, -1 without batches.
        created_ms: When the file was created or last written.
    """

    def __init__(self, directory: Path, base_offset: int, files: OpenFiles) -> None:
        self.path = directory / f"{base_offset:020d}.log"
        self.base_offset = base_offset
        self.next_offset = base_offset
        self.size = 0
        self.first_timestamp: int | None = None
        self.largest_timestamp = -1
        self.created_ms = int(time.time() * 1000)
        self._files = files
        self._last_offsets = array("q")
        self._positions = array("q")
        self._timestamps = array("q")

    def append(self, batch: Batch, data: bytes | bytearray) -> None:
        """Append one batch, which then survives the process."""
        descriptor = self._files.descriptor(self.path)
        status = os.fstat(descriptor)
        if status.st_nlink == 0 or status.st_size != self.size:
            raise OSError(f"{self.path} was deleted under the broker.")
        written = os.write(descriptor, data)
        if written != len(data):
            os.ftruncate(descriptor, self.size)
            raise OSError(f"{self.path}: wrote {written} of {len(data)} bytes; is the disk full?")
        self._note(batch)

    def recover(self, *, is_active: bool) -> Iterator[Batch]:
        """Read the index, yield its headers and cut off what is half written."""
        self.created_ms = int(self.path.stat().st_mtime * 1000)
        data = memoryview(self.path.read_bytes())
        whole = list(batches.whole_batches(data))
        if is_active and whole and not batches.is_intact(data[whole[-1][0] :]):
            whole.pop()
        for _, batch in whole:
            self._note(batch)
            yield batch
        if self.size < len(data):
            os.truncate(self.path, self.size)

    def holds_from(self, offset: int) -> bool:
        """Tell whether a batch contains *offset* or follows it."""
        return bool(self._last_offsets) and self._last_offsets[-1] >= offset

    def read(self, offset: int, most: int, *, at_least_one: bool) -> bytes:
        """Return whole batches from the one with *offset* on, up to *most* bytes."""
        first = bisect_left(self._last_offsets, offset)
        start = self._positions[first]
        end = self._whole_up_to(first, start + most)
        if end == start and at_least_one:
            end = self._end_of(first)
        return self._bytes(start, end) if end > start else b""

    def batches_since(self, timestamp: int) -> Iterator[bytes]:
        """Yield the batches with a record of *timestamp* or later."""
        for index, latest in enumerate(self._timestamps):
            if latest >= timestamp:
                yield self._bytes(self._positions[index], self._end_of(index))

    def remove(self) -> None:
        """Delete the file."""
        self._files.forget(self.path)
        self.path.unlink(missing_ok=True)

    def replace(self, cleaned: list[bytes]) -> None:
        """Replace the batches of the file by *cleaned* atomically."""
        draft = self.path.with_suffix(".cleaned")
        draft.write_bytes(b"".join(cleaned))
        draft.replace(self.path)
        self._files.forget(self.path)
        next_offset = self.next_offset
        self._clear_index()
        for data in cleaned:
            self._note(batches.parse(data))
        self.next_offset = next_offset

    def _clear_index(self) -> None:
        """Forget the batches, as in a new file."""
        self.size = 0
        self.first_timestamp = None
        self.largest_timestamp = -1
        self._last_offsets = array("q")
        self._positions = array("q")
        self._timestamps = array("q")

    def _bytes(self, start: int, end: int) -> bytes:
        """Return the bytes between two positions of the file."""
        data = os.pread(self._files.descriptor(self.path), end - start, start)
        if len(data) < end - start:
            raise OSError(
                f"{self.path} is shorter than what was written; was it deleted under the broker?"
            )
        return data

    def _note(self, batch: Batch) -> None:
        """Add one batch to the index."""
        self._positions.append(self.size)
        self._last_offsets.append(batch.last_offset)
        self._timestamps.append(batch.max_timestamp)
        self.size += batch.size
        self.next_offset = batch.last_offset + 1
        self.largest_timestamp = max(self.largest_timestamp, batch.max_timestamp)
        if self.first_timestamp is None:
            self.first_timestamp = batch.max_timestamp

    def _whole_up_to(self, first: int, limit: int) -> int:
        """Return the end of the last batch before *limit*, at least the start of batch *first*."""
        if self.size <= limit:
            return self.size
        return self._positions[max(first, bisect_right(self._positions, limit) - 1)]

    def _end_of(self, index: int) -> int:
        """Return where batch *index* ends."""
        return self._positions[index + 1] if index + 1 < len(self._positions) else self.size
