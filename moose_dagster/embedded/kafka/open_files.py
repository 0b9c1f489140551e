"""A bounded set of open files, so that thousands of partitions need few descriptors."""

import os
from collections import OrderedDict
from pathlib import Path

_MOST = 128


class OpenFiles:
    """File descriptors by path, the least recently used closed first."""

    def __init__(self) -> None:
        self._descriptors: OrderedDict[Path, int] = OrderedDict()

    def descriptor(self, path: Path) -> int:
        """Return a descriptor that reads and appends to *path*, which is created if missing."""
        known = self._descriptors.get(path)
        if known is not None:
            self._descriptors.move_to_end(path)
            return known
        if len(self._descriptors) >= _MOST:
            os.close(self._descriptors.popitem(last=False)[1])
        opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        self._descriptors[path] = opened
        return opened

    def forget(self, path: Path) -> None:
        """Close *path* before it is removed or replaced."""
        descriptor = self._descriptors.pop(path, None)
        if descriptor is not None:
            os.close(descriptor)

    def close(self) -> None:
        """Close every file."""
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors.clear()
