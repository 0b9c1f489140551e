"""Committed offsets, in a journal that is read after a restart."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_LINES_BEFORE_REWRITE = 20_000


class Place(NamedTuple):
    """A partition.

    Attributes:
        topic: The name of its topic.
        partition: Its number.
    """

    topic: str
    partition: int


class Committed(NamedTuple):
    """How far a group has read a partition.

    Attributes:
        offset: The next offset to read, -1 for none.
        leader_epoch: The epoch of the last record read, -1 if unknown.
        metadata: A text of the client.
    """

    offset: int
    leader_epoch: int
    metadata: str


class CommittedOffsets:
    """The committed offsets of all groups.

    A line of the journal is one of these JSON lists: `["commit", group, topic, partition, offset,
    leader epoch, metadata]`, `["forget", group, topic, partition]`,
    `["type", group, protocol type]` and `["drop", group]`.

    Attributes:
        protocol_types: What the members of each group are, such as `consumer`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._groups: dict[str, dict[Place, Committed]] = {}
        self.protocol_types: dict[str, str] = {}
        self._lines = 0
        for line in self._lines_on_disk():
            self._replay(line)
        self._rewrite()

    def close(self) -> None:
        """Close the journal."""
        os.close(self._journal)

    def groups(self) -> Iterable[str]:
        """Return the groups that were not deleted."""
        return {**self._groups, **self.protocol_types}

    def of(self, group: str) -> Mapping[Place, Committed]:
        """Return the offsets of *group*."""
        return self._groups.get(group, {})

    def commit(self, group: str, offsets: Mapping[Place, Committed]) -> None:
        """Remember *offsets*."""
        self._write(["commit", group, *place, *committed] for place, committed in offsets.items())
        self._groups.setdefault(group, {}).update(offsets)

    def remember_type(self, group: str, protocol_type: str) -> None:
        """Remember what the members of *group* are."""
        if self.protocol_types.get(group) != protocol_type:
            self._write([["type", group, protocol_type]])
            self.protocol_types[group] = protocol_type

    def forget(self, group: str, places: Iterable[Place]) -> None:
        """Forget the offsets of some partitions."""
        forgotten = [place for place in places if place in self.of(group)]
        self._write(["forget", group, *place] for place in forgotten)
        for place in forgotten:
            del self._groups[group][place]

    def forget_topic(self, topic: str) -> None:
        """Forget the offsets of all groups for a deleted topic."""
        for group, offsets in self._groups.items():
            self.forget(group, [place for place in offsets if place.topic == topic])

    def drop(self, group: str) -> None:
        """Forget a whole group."""
        self._write([["drop", group]])
        self._groups.pop(group, None)
        self.protocol_types.pop(group, None)

    def _write(self, lines: Iterable[list[object]]) -> None:
        """Append *lines* to the journal, after a rewrite if most of it is outdated."""
        text = [json.dumps(line) + "\n" for line in lines]
        if self._lines > _LINES_BEFORE_REWRITE + 4 * sum(map(len, self._groups.values())):
            os.close(self._journal)
            self._rewrite()
        os.write(self._journal, "".join(text).encode())
        self._lines += len(text)

    def _rewrite(self) -> None:
        """Replace the journal by the lines that are not outdated."""
        lines = list(self._current_lines())
        draft = self._path.with_suffix(".tmp")
        draft.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        draft.replace(self._path)
        self._journal = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._lines = len(lines)

    def _current_lines(self) -> Iterator[list[object]]:
        """Yield the lines that describe the current state."""
        for group, protocol_type in self.protocol_types.items():
            yield ["type", group, protocol_type]
        for group, offsets in self._groups.items():
            for place, committed in offsets.items():
                yield ["commit", group, *place, *committed]

    def _lines_on_disk(self) -> Iterator[list[object]]:
        """Yield the lines of the journal, except a last one that is half written."""
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)

    def _replay(self, line: list[object]) -> None:
        """Apply one line of the journal."""
        match line:
            case [
                "commit",
                str(group),
                str(topic),
                int(partition),
                int(offset),
                int(epoch),
                str(metadata),
            ]:
                committed = Committed(offset, epoch, metadata)
                self._groups.setdefault(group, {})[Place(topic, partition)] = committed
            case ["forget", str(group), str(topic), int(partition)]:
                self._groups.get(group, {}).pop(Place(topic, partition), None)
            case ["type", str(group), str(protocol_type)]:
                self.protocol_types[group] = protocol_type
            case ["drop", str(group)]:
                self._groups.pop(group, None)
                self.protocol_types.pop(group, None)
            case _:
                raise ValueError(f"{self._path}: cannot read the line {line!r}.")
