"""Cut ClickHouse text at its top level, aware of strings, quoted names and brackets."""

import re
from collections.abc import Iterator, Sequence

from moose_dagster.state.operands import needs_operand

_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'      # string
      | `(?:[^`\\]|\\.|``)*`      # quoted name
      | "(?:[^"\\]|\\.|"")*"      # quoted name
      | [A-Za-z_][A-Za-z0-9_]*    # word
      | \d+(?:\.\d*)?(?:[eE][+-]?\d+)?
      | \s+
      | .""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
OPEN = frozenset("([{")
CLOSE = frozenset(")]}")
_SUBQUERY = frozenset({"SELECT", "WITH"})
# Words that are never a function's name, so that brackets after them hold a value.
_BEFORE_VALUES = frozenset(
    {
        "AND",
        "AS",
        "BETWEEN",
        "BY",
        "CASE",
        "DISTINCT",
        "DIV",
        "ELSE",
        "HAVING",
        "ILIKE",
        "INTERVAL",
        "LIKE",
        "MOD",
        "NOT",
        "OR",
        "SELECT",
        "THEN",
        "WHEN",
        "WHERE",
        "WITH",
    }
)


def tokens(text: str) -> Iterator[str]:
    """Yield every token of *text*, white space included, so that joining gives *text* back."""
    return (match.group() for match in _TOKEN.finditer(text))


def split_top_level(text: str, separator: str = ",") -> tuple[str, ...]:
    """Return the parts of *text* between top-level separators, stripped; `()` for blank text."""
    if separator not in text:
        return (text.strip(),) if text.strip() else ()
    parts = list[str]()
    current = list[str]()
    depth = 0
    for token in tokens(text):
        depth += (token in OPEN) - (token in CLOSE)
        if token == separator and depth == 0:
            parts.append("".join(current).strip())
            current = []
        else:
            current.append(token)
    parts.append("".join(current).strip())
    return tuple(parts) if any(parts) else ()


def clauses(text: str, keywords: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Cut *text* at top-level keywords; the text before the first one is under `""`.

    Keywords are matched in upper case, as the server prints them, and never where an operand
    is needed, so that a column called `ttl` or `TTL` does not begin a clause.

    Args:
        text: Such as `MergeTree ORDER BY id SETTINGS a = 1`.
        keywords: Upper-case word sequences, such as `("ORDER", "BY")`.
    """
    found: dict[str, list[str]] = {"": []}
    first_words = {keyword[0] for keyword in keywords}
    pieces = list(tokens(text))
    name = before = ""
    needed = False
    depth = position = 0
    while position < len(pieces):
        token = pieces[position]
        depth += (token in OPEN) - (token in CLOSE)
        started = token in first_words and depth == 0 and not needed
        keyword = _keyword_at(pieces, position, keywords) if started else None
        if keyword is not None:
            name = " ".join(keyword)
            before = ""
            needed = True
            found.setdefault(name, [])
            position += 2 * len(keyword) - 1
            continue
        found[name].append(token)
        position += 1
        if depth == 0 and not token.isspace():
            needed = needs_operand(token, before, needed=needed)
            before = token
    return {key: "".join(value).strip() for key, value in found.items()}


def bracketed(text: str) -> tuple[str, str, str]:
    """Return the text before, inside and after the first top-level `(...)` of *text*."""
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    depth = part = 0
    for token in tokens(text):
        if part == 1 and token == ")" and depth == 1:
            part = 2
            continue
        if part == 0 and token == "(":
            part = depth = 1
            continue
        depth += (token == "(") - (token == ")") if part == 1 else 0
        parts[part].append(token)
    before, inside, after = ("".join(pieces).strip() for pieces in parts)
    return before, inside, after


def end_of_call(pieces: Sequence[str], position: int) -> int:
    """Return where the bracket closes that opens right after *position*, 0 where none does."""
    if pieces[position + 1 : position + 2] != ["("]:
        return 0
    depth = 0
    for end in range(position + 1, len(pieces)):
        depth += (pieces[end] in OPEN) - (pieces[end] in CLOSE)
        if depth == 0:
            return end
    return 0


def bare_name(token: str) -> str:
    """Return the name that *token* stands for, in backticks or bare."""
    return _ESCAPED.sub(r"\1", token[1:-1]) if token.startswith("`") else token


def unwrapped(text: str) -> str:
    """Return *text* without the brackets that enclose all of it."""
    text = text.strip()
    while text.startswith("("):
        before, inside, after = bracketed(text)
        if before or after or not inside:
            break
        text = inside
    return text


def unwrapped_expression(text: str) -> str:
    """Return the expression *text* without its outer brackets; a subquery keeps one pair."""
    inside = unwrapped(text)
    first = next(tokens(inside), "").upper()
    return f"({inside})" if first in _SUBQUERY and inside != text.strip() else inside


def without_lone_brackets(text: str) -> str:
    """Return *text* without brackets around single names, calls aside: `(a), f(b)` -> `a, f(b)`."""
    pieces = list(tokens(text))
    result = list[str]()
    position = 0
    while position < len(pieces):
        name = _name_in_brackets(pieces[position : position + 3])
        if name and not _take_brackets(result):
            result.append(name)
            position += 3
        else:
            result.append(pieces[position])
            position += 1
    return "".join(result)


def _name_in_brackets(pieces: Sequence[str]) -> str:
    """Return the name where *pieces* are `(`, a name and `)`, else ""."""
    match pieces:
        case ["(", name, ")"] if _is_name(name):
            return name
        case _:
            return ""


def _take_brackets(pieces: Sequence[str]) -> bool:
    """Tell whether brackets after *pieces* belong to them: `f(a)`, `median(0.9) (a)`, `IN (a)`."""
    last = pieces[-1] if pieces else ""
    if last.isspace() and len(pieces) > 1:
        return pieces[-2] in CLOSE or (
            _is_name(pieces[-2]) and pieces[-2].upper() not in _BEFORE_VALUES
        )
    return last in CLOSE or _is_name(last)


def _is_name(token: str) -> bool:
    return token.startswith(("`", '"')) or token.isidentifier()


def _keyword_at(
    pieces: Sequence[str], position: int, keywords: Sequence[tuple[str, ...]]
) -> tuple[str, ...] | None:
    for keyword in keywords:
        words = pieces[position : position + 2 * len(keyword) - 1 : 2]
        if tuple(words) == keyword:
            return keyword
    return None
