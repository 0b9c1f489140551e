"""What reads and fills what, as one value."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moose_dagster.state.names import TableId


@dataclass(frozen=True, slots=True)
class Reader:
    """A table, view or dictionary, and what it reads and fills.

    Attributes:
        id: Its name, a `ViewId` for a view or dictionary.
        kind: What it is, in words, such as `materialized view` or `Distributed table`.
        reads: The places that it reads, without its own.
        fills: The table that it fills; None for none.
        text: What names the columns that it reads, such as a SELECT; "" for nothing.
        is_loaded_from: Whether the server loads it from what it reads, and so refuses to drop or
            rename that.
        is_declared: Whether the project declares it.
        is_incremental: Whether the server keeps how far it has read its source.
    """

    id: TableId
    kind: str
    reads: tuple[TableId, ...] = ()
    fills: TableId | None = None
    text: str = ""
    is_loaded_from: bool = False
    is_declared: bool = True
    is_incremental: bool = False

    @property
    def place(self) -> TableId:
        """Its bare name, as queries write it."""
        return TableId(self.id.database, self.id.name)

    @property
    def needs(self) -> tuple[TableId, ...]:
        """What it reads and fills."""
        return self.reads if self.fills is None else (*self.reads, self.fills)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class Side:
    """What reads and fills what on one side.

    Attributes:
        readers: Each reader, by its place.
        of: What reads or fills each place, in the order of names.
    """

    readers: Mapping[TableId, Reader] = field(default_factory=dict[TableId, Reader])
    of: Mapping[TableId, tuple[Reader, ...]] = field(
        default_factory=dict[TableId, tuple[Reader, ...]]
    )

    def needs(self, place: TableId) -> tuple[TableId, ...]:
        """Return what the resource at *place* reads and fills."""
        return self.readers[place].needs if place in self.readers else ()

    def readers_of(self, place: TableId) -> tuple[Reader, ...]:
        """Return what reads *place*."""
        return tuple(reader for reader in self.of.get(place, ()) if place in reader.reads)

    def fillers_of(self, place: TableId) -> tuple[Reader, ...]:
        """Return what fills *place*."""
        return tuple(reader for reader in self.of.get(place, ()) if reader.fills == place)

    def sources_of(self, place: TableId) -> tuple[TableId, ...]:
        """Return what flows into *place*: what it reads, and what fills it."""
        read = self.readers[place].reads if place in self.readers else ()
        fillers = (reader.place for reader in self.fillers_of(place))
        return tuple(dict.fromkeys((*fillers, *read)))

    def upstream(self, place: TableId) -> frozenset[TableId]:
        """Return *place* and everything that flows into it."""
        found = set[TableId]()
        stack = [place]
        while stack:
            source = stack.pop()
            if source not in found:
                found.add(source)
                stack += self.sources_of(source)
        return frozenset(found)

    def circle_at(self, place: TableId) -> tuple[TableId, ...]:
        """Return the places by which *place* reads itself, from one to the next; () for none."""
        paths: list[tuple[TableId, ...]] = [(place,)]
        seen = {place}
        while paths:
            path = paths.pop()
            reader = self.readers.get(path[-1])
            for source in reader.reads if reader else ():
                if source == place:
                    return path
                if source not in seen:
                    seen.add(source)
                    paths.append((*path, source))
        return ()


@dataclass(frozen=True, slots=True)
class Graph:
    """What reads and fills what on both sides.

    Attributes:
        live: Now, with the readers of others.
        desired: Once everything is as declared, likewise.
    """

    live: Side = field(default_factory=Side)
    desired: Side = field(default_factory=Side)


def side_of(readers: Iterable[Reader]) -> Side:
    """Return *readers* with what each place is read and filled by."""
    by_place = {reader.place: reader for reader in readers}
    of = defaultdict[TableId, list[Reader]](list)
    for _, reader in sorted(by_place.items()):
        for place in dict.fromkeys(reader.needs):
            of[place].append(reader)
    return Side(by_place, {place: tuple(found) for place, found in of.items()})
