"""Number the Enum members that the code leaves open; numbers of stored values win."""

from collections.abc import Iterable, Iterator

from moose_dagster.state.tokens import tokens
from moose_dagster.state.types import enum_members

_NAMES = frozenset({"Enum8", "Enum16"})
_MOST_INT8 = 127


def numbered_as(desired: str, live: str) -> str:
    """Return type *desired* with the numbers that *live* gives to the same labels.

    New labels are numbered after all others. The number of a removed label is not given to another
    one, as stored values would change their label.
    """
    pieces = list(_pieces(desired))
    live_enums = list(filter(_is_enum, _pieces(live)))
    if sum(map(_is_enum, pieces)) != len(live_enums):
        return desired
    enums = iter(live_enums)
    numbered = (_numbered(piece, next(enums)) if _is_enum(piece) else piece for piece in pieces)
    return "".join(numbered)


def _numbered(desired: str, live: str) -> str:
    live_members = enum_members(live) or {}
    next_number = max(live_members.values(), default=0) + 1
    numbers = dict[str, int]()
    for label in enum_members(desired) or {}:
        numbers[label] = live_members.get(label, next_number)
        next_number += label not in live_members
    wide = live.startswith("Enum16") or max(numbers.values(), default=0) > _MOST_INT8
    name = "Enum16" if wide or desired.startswith("Enum16") else "Enum8"
    by_number = sorted(numbers.items(), key=lambda pair: pair[1])
    return f"{name}({', '.join(f'{label} = {number}' for label, number in by_number)})"


def _pieces(text: str) -> Iterator[str]:
    """Yield *text* in pieces, each Enum with its members as one."""
    pieces = list[str]()
    depth = 0
    for token in tokens(text):
        if depth == 0 and token not in _NAMES and not _opens(pieces, token):
            yield from pieces
            yield token
            pieces = []
            continue
        pieces.append(token)
        depth += (token == "(") - (token == ")")
        if depth == 0 and token == ")":
            yield "".join(pieces)
            pieces = []
    yield from pieces


def _opens(pieces: Iterable[str], token: str) -> bool:
    return token == "(" and any(pieces)


def _is_enum(piece: str) -> bool:
    return piece.startswith(("Enum8(", "Enum16("))
