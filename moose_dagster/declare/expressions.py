"""ClickHouse expressions as far as they can be judged without a server."""

from collections.abc import Collection, Iterator

from moose_dagster.sql.elements import unquoted
from moose_dagster.state.tokens import tokens

# The tokens that can surround a column without making it part of something else.
_BOUNDARIES = frozenset("()[],+-*/%=<>!") | {
    "",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "ILIKE",
    "BETWEEN",
}
_LITERALS = frozenset({"true", "false", "null", "inf", "nan"})
# `dateDiff(day, a, b)` takes its unit as a bare word.
_UNITS = frozenset(
    {
        "nanosecond",
        "microsecond",
        "millisecond",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
    }
)


def unknown_columns(expression: str, columns: Collection[str]) -> Iterator[str]:
    """Yield the names in *expression* that can be nothing but a column and are none of *columns*.

    The server judges what might be a lambda's argument, an alias, a subcolumn or a virtual column.
    """
    pieces = ["", *(token for token in tokens(expression) if token.strip()), ""]
    if "->" in expression or any(piece.upper() == "AS" for piece in pieces):
        return
    for before, word, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
        name = unquoted(word)
        alone = before.upper() in _BOUNDARIES and after.upper() in _BOUNDARIES and after != "("
        if alone and _may_be_column(word) and name not in columns:
            yield name


def _may_be_column(word: str) -> bool:
    plain = word.isidentifier() and not word.startswith("_") and word.upper() not in _BOUNDARIES
    return word.startswith("`") or (plain and word.lower() not in _LITERALS | _UNITS)
