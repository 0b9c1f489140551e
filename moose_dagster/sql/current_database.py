"""`currentDatabase()` in a table's engine: the server puts the connection's there, and the author means the table's."""

import re

from moose_dagster.sql.quoting import quoted_text

_STRING_OR_CALL = re.compile(
    r"""('(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`)|\b(?:currentDatabase|current_database|database|schema)\(\s*\)""",
    re.IGNORECASE,
)


def in_database(argument: str, database: str) -> str:
    """Return *argument* of an engine with the name of *database* in the place of `currentDatabase()`."""
    return _STRING_OR_CALL.sub(lambda found: found[1] or quoted_text(database), argument)
