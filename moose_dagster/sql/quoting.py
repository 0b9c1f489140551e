"""Quote names and texts as ClickHouse reads them, and read quoted ones."""

import re

from moose_dagster.state.names import TableId

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ESCAPED = {quote: re.compile(rf"\\(.)|{quote * 2}", re.DOTALL) for quote in "'`"}
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}
# Words that a key expression can't hold bare; the server prints them in backticks as well.
_RESERVED = frozenset(
    {
        "all",
        "and",
        "as",
        "asc",
        "between",
        "case",
        "cast",
        "desc",
        "distinct",
        "else",
        "end",
        "false",
        "from",
        "group",
        "having",
        "in",
        "inf",
        "infinity",
        "interval",
        "is",
        "limit",
        "nan",
        "not",
        "null",
        "or",
        "order",
        "select",
        "table",
        "then",
        "true",
        "union",
        "when",
        "where",
        "with",
    }
)


class UnreadableTextError(ValueError):
    """A text without quotes where one in quotes is needed."""


def text_in(quoted: str) -> str:
    """Return the text of *quoted*, a string literal or a name in backticks.

    Raises:
        UnreadableTextError: It is neither.
    """
    text = quoted.strip()
    if text[:1] not in _ESCAPED or text == text[:1] or text[-1] != text[0]:
        raise UnreadableTextError(f"{quoted or 'nothing'} is not a text in quotes")
    return _ESCAPED[text[0]].sub(
        lambda match: _MEANT.get(match[1], match[1]) or text[0], text[1:-1]
    )


def quoted_name(name: str) -> str:
    """Return *name* in backticks, always."""
    # The embedded engine of ClickHouse 24.8 cuts a statement at its first zero byte.
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`").replace("\0", "\\0") + "`"


def name_in_expression(name: str) -> str:
    """Return *name* as expressions have it: bare where that is possible, else in backticks."""
    return name if _PLAIN.match(name) and name.lower() not in _RESERVED else quoted_name(name)


def quoted_table(table: TableId) -> str:
    """Return the full name of *table* in backticks."""
    return f"{quoted_name(table.database)}.{quoted_name(table.name)}"


def quoted_text(text: str) -> str:
    """Return *text* as a string literal, escaped the way the server prints it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    for letter, raw in _MEANT.items():
        escaped = escaped.replace(raw, f"\\{letter}")
    return f"'{escaped}'"


def written_name(piece: str) -> str:
    """Return what a name or a string literal means."""
    if piece.startswith('"'):
        return text_in(f"`{piece[1:-1]}`")
    try:
        return text_in(piece)
    except UnreadableTextError:
        return piece
