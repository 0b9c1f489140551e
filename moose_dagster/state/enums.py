"""Numbers of Enum members that the code leaves open: those that stored values already have win."""

from collections.abc import Iterable, Iterator

from moose_dagster.state.tokens import tokens
from moose_dagster.state.types import enum_members

_NAMES = frozenset({"Enum8", "Enum16"})
_MOST_INT8 = 127


def numbered_as(desired: str, live: str) -> str:
    """Return type *desired* with the numbers that *live* gives to the same labels; new labels follow behind.

    A number that a removed label has is not given to another one, as stored values would change
    their label.
    """
    wanted, there = list(_cut(desired)), [piece for piece in _cut(live) if _is_enum(piece)]
    if sum(map(_is_enum, wanted)) != len(there):
        return desired
    numbers = iter(there)
    return "".join(
        _numbered(piece, next(numbers)) if _is_enum(piece) else piece for piece in wanted
    )


def _numbered(desired: str, live: str) -> str:
    members, there = enum_members(desired) or {}, enum_members(live) or {}
    following = max(there.values(), default=0) + 1
    numbers = dict[str, int]()
    for label in members:
        numbers[label] = there.get(label, following)
        following += label not in there
    wide = live.startswith("Enum16") or max(numbers.values(), default=0) > _MOST_INT8
    name = "Enum16" if wide or desired.startswith("Enum16") else "Enum8"
    by_number = sorted(numbers.items(), key=lambda pair: pair[1])
    return f"{name}({', '.join(f'{label} = {number}' for label, number in by_number)})"


def _cut(text: str) -> Iterator[str]:
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
