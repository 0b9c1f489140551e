"""Which names a resource can have."""

import re
from collections.abc import Iterator

from moose_dagster.declare.faults import Fault
from moose_dagster.state.names import TableId, ViewId

# ClickHouse names files after tables and columns; file systems stop at 255 bytes, extensions
# included.
_LONGEST = 200
# Measured on 26.9 (69): a file of a dropped table has the names of its database and of itself.
_LONGEST_PLACE = 213
# Of a column ClickHouse stores a hash where its name is too long; of the others `é` is `%C3%A9`.
_ESCAPED_KINDS = frozenset({"table", "view", "dictionary", "database", "project's database"})
_UNESCAPED = re.compile(rb"[A-Za-z0-9_]")


def name_faults(name: str, kind: str) -> Iterator[Fault]:
    """Yield what is wrong with *name* for a *kind* such as `table`."""
    if not name:
        yield Fault(f"the {kind} name is empty; give it one.")
    if "\0" in name:
        yield Fault(f"the {kind} name {name!r} has a NUL character in it; take it out.")
    size = _size_in_file(name) if kind in _ESCAPED_KINDS else len(_bytes(name))
    if size > _LONGEST:
        yield Fault(
            f"the {kind} name {name[:20]!r}... takes {size} bytes; "
            f"ClickHouse names files after it, shorten it to {_LONGEST}."
        )


def place_faults(place: TableId | ViewId) -> Iterator[Fault]:
    """Yield a fault if the names of *place* and its database are too long together."""
    size = _size_in_file(place.database) + _size_in_file(place.name)
    if _size_in_file(place.name) <= _LONGEST and size > _LONGEST_PLACE:
        yield Fault(
            f"the names of {place.name[:20]!r}... and its database take {size} bytes together; "
            f"ClickHouse names a file after both, shorten them to {_LONGEST_PLACE}."
        )


def _size_in_file(name: str) -> int:
    plain = len(_UNESCAPED.findall(_bytes(name)))
    return plain + 3 * (len(_bytes(name)) - plain)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
