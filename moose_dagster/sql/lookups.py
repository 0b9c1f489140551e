"""Find the dictionaries and tables that the functions of a text name in their arguments."""

from collections.abc import Iterator, Sequence

from moose_dagster.sql.quoting import written_name
from moose_dagster.state.names import TableId
from moose_dagster.state.tokens import tokens

TABLE_FUNCTIONS = frozenset(
    {"cluster", "clusterallreplicas", "loop", "mergetreeindex", "mergetreeprojection"}
)
"""Functions, in small letters, whose arguments are a cluster and a table, or a table alone."""

ENGINES_OVER_TABLES = {"Distributed": 1, "Buffer": 0, "Alias": 0}
"""The position of the database among the arguments of an engine; the table follows it."""

_JOIN_FUNCTIONS = frozenset({"joinget", "joingetornull", "dictionary"})


def takes_full_name(function: str) -> bool:
    """Tell whether the first argument of *function* is `'database.name'` of a resource."""
    return function.startswith("dict") or function in _JOIN_FUNCTIONS


def looked_up(text: str, database: str) -> Iterator[TableId]:
    """Yield what `dictGet`, `joinGet`, `loop` and their like name in *text*, in its order.

    Args:
        text: An expression or a SELECT.
        database: Where a dictionary lives that the text does not qualify.
    """
    pieces = [piece for piece in tokens(text) if piece.strip()]
    for position, piece in enumerate(pieces[:-2]):
        function = piece.lower()
        if pieces[position + 1] != "(":
            continue
        if takes_full_name(function) and pieces[position + 2].startswith("'"):
            place, dot, bare = written_name(pieces[position + 2]).partition(".")
            yield TableId(place, bare) if dot else TableId(database, place)
        elif function in TABLE_FUNCTIONS:
            skipped = 2 if function.startswith("cluster") else 0
            yield from _pair_at(pieces, position + 2 + skipped)


def _pair_at(pieces: Sequence[str], position: int) -> Iterator[TableId]:
    """Yield the table that `database.name` or `database, name` means."""
    pair = pieces[position : position + 3]
    if pair[1:2] in ([","], ["."]) and pair[2:]:
        yield TableId(written_name(pair[0]), written_name(pair[2]))
