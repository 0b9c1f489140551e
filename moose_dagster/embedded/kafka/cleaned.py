"""How far a partition was compacted and when, from which tombstones count their time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from moose_dagster.embedded.kafka.durable import read_json, write_json


@dataclass(slots=True)
class Cleaned:
    """The compactions of a partition.

    Attributes:
        path: The file that remembers them.
        end_offset: The offset up to which the log was compacted.
        passes: (end offset, time in ms) of each pass that left tombstones, oldest first.
    """

    path: Path
    end_offset: int = 0
    passes: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def tombstones_expired(self, now: int, retention_ms: int) -> bool:
        """Tell whether tombstones of a pass were readable for *retention_ms*."""
        return self.droppable_up_to(now, retention_ms) > 0

    def droppable_up_to(self, now: int, retention_ms: int) -> int:
        """Return the offset before which tombstones may be removed."""
        return max((end for end, at in self.passes if now - at >= retention_ms), default=0)

    def note(self, end_offset: int, now: int, droppable_up_to: int, *, tombstones: int) -> None:
        """Remember a pass after which *tombstones* are left."""
        self.passes = [(end, at) for end, at in self.passes if end > droppable_up_to]
        last_end = max((end for end, _ in self.passes), default=droppable_up_to)
        if tombstones and end_offset > last_end:
            self.passes.append((end_offset, now))
        self.end_offset = end_offset
        write_json(self.path, [end_offset, self.passes])


def read_cleaned(directory: Path) -> Cleaned:
    """Return what is remembered of the partition in *directory*."""
    path = directory / "cleaned.json"
    saved = read_json(path)
    if saved is None:
        return Cleaned(path)
    end_offset, passes = cast("tuple[int, list[tuple[int, int]]]", saved)
    return Cleaned(path, end_offset, [(end, at) for end, at in passes])
