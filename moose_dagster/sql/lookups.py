"""Find the dictionaries and Join tables that an expression looks values up in."""

import re
from collections.abc import Iterator

from moose_dagster.sql.quoting import text_in
from moose_dagster.state.names import TableId
from moose_dagster.state.tokens import tokens

_LOOKUP = re.compile(r"(dict(Get|Has|Is)|joinGet)\w*\Z", re.IGNORECASE)


def looked_up(text: str, database: str) -> Iterator[TableId]:
    """Yield what `dictGet`, `joinGet` and their like name in *text*, in its order.

    Args:
        text: An expression or a SELECT.
        database: Where a dictionary lives that the text does not qualify.
    """
    pieces = [piece for piece in tokens(text) if piece.strip()]
    for function, bracket, name in zip(pieces, pieces[1:], pieces[2:], strict=False):
        if bracket == "(" and name.startswith("'") and _LOOKUP.match(function):
            place, dot, bare = text_in(name).partition(".")
            yield TableId(place, bare) if dot else TableId(database, place)
