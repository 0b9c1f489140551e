"""Write the table's database for `currentDatabase()` in its engine.

The server would take that of the connection.
"""

import re

from moose_dagster.sql.quoting import quoted_text

_STRING_OR_CALL = re.compile(
    r"""('(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`)|\b(?:currentDatabase|current_database|database|schema)\(\s*\)""",
    re.IGNORECASE,
)


def in_database(argument: str, database: str) -> str:
    """Return *argument* of an engine with the name of *database* for `currentDatabase()`."""
    return _STRING_OR_CALL.sub(lambda match: match[1] or quoted_text(database), argument)
