"""Check that a text which goes into a statement unchanged is one expression."""

from collections.abc import Iterator
from itertools import pairwise

from moose_dagster.state.tokens import split_top_level, tokens

_QUOTES = frozenset("'`\"")
_ENDS = frozenset({*")]}_", *_QUOTES})
_CLOSES = {")": "(", "]": "[", "}": "{"}
# What begins the next clause of a statement when it follows a value.
_CLAUSES = frozenset(
    {
        "ALIAS",
        "CODEC",
        "COMMENT",
        "DEFAULT",
        "ENGINE",
        "EPHEMERAL",
        "FORMAT",
        "FROM",
        "MATERIALIZED",
        "ORDER",
        "PARTITION",
        "PRIMARY",
        "SAMPLE",
        "SETTINGS",
        "STATISTICS",
        "TTL",
    }
)
_OPERATORS = frozenset(
    {
        "AND",
        "AS",
        "BETWEEN",
        "CASE",
        "DISTINCT",
        "DIV",
        "ELSE",
        "ILIKE",
        "IN",
        "INTERVAL",
        "IS",
        "LIKE",
        "MOD",
        "NOT",
        "OR",
        "RECOMPRESS",
        "REGEXP",
        "THEN",
        "WHEN",
    }
)


def expression_fault(text: str, *, several: bool = False) -> str | None:
    """Return what keeps *text* from being one expression, or None.

    Args:
        text: As written.
        several: Whether commas may separate further expressions.
    """
    pieces = list(tokens(text))
    if any(piece in _QUOTES for piece in pieces):
        return "opens a quote that it does not close"
    if ";" in pieces:
        return "holds a semicolon"
    if any(pair == ("-", "-") for pair in pairwise(pieces)):
        return "holds a comment (--)"
    if not _balanced(pieces):
        return "has brackets that do not match"
    if not several and len(split_top_level(text)) > 1:
        return "is several expressions"
    clause = next(_clauses(pieces), None)
    return f"continues with {clause}, which is declared elsewhere" if clause else None


def _balanced(pieces: list[str]) -> bool:
    opened = list[str]()
    for piece in pieces:
        if piece in _CLOSES:
            if not opened or opened.pop() != _CLOSES[piece]:
                return False
        elif piece in _CLOSES.values():
            opened.append(piece)
    return not opened


def _clauses(pieces: list[str]) -> Iterator[str]:
    depth = 0
    before = ""
    for piece in filter(str.strip, pieces):
        ends_value = before[-1:].isalnum() or before[-1:] in _ENDS
        if (
            depth == 0
            and ends_value
            and before.upper() not in _OPERATORS
            and piece.upper() in _CLAUSES
        ):
            yield piece.upper()
        depth += (piece in _CLOSES.values()) - (piece in _CLOSES)
        before = piece
