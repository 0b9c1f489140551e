"""Unique ids for idempotent producers."""

from pathlib import Path

from moose_dagster.embedded.kafka.durable import read_json, write_json

_BLOCK = 1000


class ProducerIds:
    """A counter that reserves a block of ids on disk at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        reserved = read_json(path)
        self._reserved = reserved if isinstance(reserved, int) else 0
        self._next = self._reserved

    def take(self) -> int:
        """Return an id that was never returned before."""
        if self._next == self._reserved:
            self._reserved += _BLOCK
            write_json(self._path, self._reserved)
        self._next += 1
        return self._next - 1
