"""The elements of a TTL, cut apart as the server prints them."""

import re
from dataclasses import dataclass

from moose_dagster.state.tokens import clauses, split_top_level

_WORDS = (
    ("TTL",),
    ("DELETE", "WHERE"),
    ("DELETE",),
    ("WHERE",),
    ("GROUP", "BY"),
    ("SET",),
    ("RECOMPRESS",),
    ("TO", "DISK"),
    ("TO", "VOLUME"),
)
_KEEPING = frozenset({"RECOMPRESS", "TO DISK", "TO VOLUME"})
_ASSIGNMENT = re.compile(r"(`(?:[^`\\]|\\.)*`|\w+)\s*=[^=]")


@dataclass(frozen=True, slots=True)
class TtlElement:
    """What happens to some rows, or to the values of a column, once they have expired.

    Attributes:
        expires: When, as an expression.
        where: Which of them, as a condition; "" for all.
        removes: Whether they are deleted or rolled up into others, and not only moved or
            recompressed.
        rolls_up: Whether they are rolled up (GROUP BY), so that sums and the like of them stay.
        text: The element as it is printed.
    """

    expires: str
    where: str
    removes: bool
    rolls_up: bool
    text: str


def ttl_elements(text: str) -> tuple[TtlElement, ...]:
    """Return the elements of the TTL *text*; `()` for none."""
    joined = list[str]()
    for piece in split_top_level(text):
        if joined and _continues(joined[-1], piece):
            joined[-1] = f"{joined[-1]}, {piece}"
        else:
            joined.append(piece)
    return tuple(map(_element, joined))


def _continues(element: str, piece: str) -> bool:
    """Tell whether *piece* still belongs to the GROUP BY in *element*, as key or assignment."""
    cut = clauses(f"TTL {element}", _WORDS)
    if "SET" in cut:
        return bool(_ASSIGNMENT.match(piece))
    return "GROUP BY" in cut


def _element(text: str) -> TtlElement:
    cut = clauses(f"TTL {text}", _WORDS)
    where = cut.get("DELETE WHERE") or cut.get("WHERE", "")
    return TtlElement(cut["TTL"], where, not _KEEPING & cut.keys(), "GROUP BY" in cut, text)
