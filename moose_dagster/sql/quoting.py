"""Names and texts in the form that ClickHouse reads back as the same."""

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


class UnreadableText(ValueError):  # noqa: N818 - names what it is about
    """A text that is not in quotes, where one has to stand."""


def text_in(quoted: str) -> str:
    """Return what stands in *quoted*, a string literal or a name in backticks.

    Raises:
        UnreadableText: It is neither.
    """
    text = quoted.strip()
    if len(text) < 2 or text[0] not in _ESCAPED or text[-1] != text[0]:  # noqa: PLR2004 - both quotes
        raise UnreadableText(f"{quoted or 'nothing'} is no text in quotes")
    return _ESCAPED[text[0]].sub(
        lambda match: _MEANT.get(match[1], match[1]) or text[0], text[1:-1]
    )


def quoted_name(name: str) -> str:
    """Return *name* in backticks, always."""
    # The embedded engine of ClickHouse 24.8 cuts a statement at its first zero byte.
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`").replace("\0", "\\0") + "`"


def name_in_expression(name: str) -> str:
    """Return *name* as it stands in an expression: bare where that is plain, else in backticks."""
    return name if _PLAIN.match(name) and name.lower() not in _RESERVED else quoted_name(name)


def quoted_table(table: TableId) -> str:
    """Return the full name of *table* in backticks."""
    return f"{quoted_name(table.database)}.{quoted_name(table.name)}"


def quoted_text(text: str) -> str:
    """Return *text* as a string literal, escaped the way the server prints it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    for raw, shown in (
        ("\n", "\\n"),
        ("\t", "\\t"),
        ("\r", "\\r"),
        ("\0", "\\0"),
        ("\b", "\\b"),
        ("\f", "\\f"),
    ):
        escaped = escaped.replace(raw, shown)
    return f"'{escaped}'"
