"""Which names a resource can have."""

from collections.abc import Iterator

from moose_dagster.declare.faults import Fault

# ClickHouse names files after tables and columns; file systems stop at 255 bytes, extensions
# included.
_LONGEST = 200


def name_faults(name: str, kind: str) -> Iterator[Fault]:
    """Yield what is wrong with *name* for a *kind* such as `table`."""
    if not name:
        yield Fault(f"the {kind} name is empty; give it one.")
    if "\0" in name:
        yield Fault(f"the {kind} name {name!r} has a NUL character in it; take it out.")
    size = len(name.encode("utf-8", "surrogatepass"))
    if size > _LONGEST:
        yield Fault(
            f"the {kind} name {name[:20]!r}... takes {size} bytes; "
            f"ClickHouse names files after it, shorten it to {_LONGEST}."
        )
