"""Sets of offsets as ranges, each with the first and the one after the last."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Ranges: TypeAlias = Sequence[tuple[int, int]]


def contains(ranges: Ranges, offset: int) -> bool:
    """Tell whether *offset* is in one of *ranges*, which are in order."""
    place = bisect_right(ranges, (offset, float("inf")))
    return place > 0 and offset < ranges[place - 1][1]


def with_offsets(ranges: Ranges, offsets: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return *ranges* with *offsets*, in order and as few as possible."""
    found = list[tuple[int, int]]()
    for first, end in sorted([*ranges, *((offset, offset + 1) for offset in offsets)]):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return tuple(found)
