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
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")
# Words that no function is called by, so that brackets behind them hold a value.
_BEFORE_VALUES = frozenset(
    {
        *(
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
        ),
        *("MOD", "NOT", "OR", "SELECT", "THEN", "WHEN", "WHERE", "WITH"),
    }
)


def tokens(text: str) -> Iterator[str]:
    """Yield every token of *text*, white space included, so that joining gives *text* back."""
    return (match.group() for match in _TOKEN.finditer(text))


def split_top_level(text: str, separator: str = ",") -> tuple[str, ...]:
    """Return the parts of *text* between top-level separators, stripped; `()` for blank text."""
    if separator not in text:
        return (text.strip(),) if text.strip() else ()
    parts, current, depth = list[str](), list[str](), 0
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
    """Cut *text* at top-level keywords; what stands before the first is under `""`.

    Keywords are matched in upper case, as the server prints them, and never where an operand
    is needed, so that a column called `ttl` or `TTL` is no clause.

    Args:
        text: Such as `MergeTree ORDER BY id SETTINGS a = 1`.
        keywords: Upper-case word sequences, such as `("ORDER", "BY")`.
    """
    found: dict[str, list[str]] = {"": []}
    first_words = {keyword[0] for keyword in keywords}
    name, before, needed, depth, pieces = "", "", False, 0, list(tokens(text))
    position = 0
    while position < len(pieces):
        token = pieces[position]
        depth += (token in OPEN) - (token in CLOSE)
        started = token in first_words and depth == 0 and not needed
        keyword = _keyword_at(pieces, position, keywords) if started else None
        if keyword is not None:
            name, before, needed = " ".join(keyword), "", True
            found.setdefault(name, [])
            position += 2 * len(keyword) - 1
            continue
        found[name].append(token)
        position += 1
        if depth == 0 and not token.isspace():
            before, needed = token, needs_operand(token, before, needed=needed)
    return {key: "".join(value).strip() for key, value in found.items()}


def bracketed(text: str) -> tuple[str, str, str]:
    """Return what stands before, inside and behind the first top-level `(...)` of *text*."""
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    depth, part = 0, 0
    for token in tokens(text):
        if part == 1 and token == ")" and depth == 1:
            part, depth = 2, 0
            continue
        if part == 0 and token == "(":
            part, depth = 1, 1
            continue
        depth += (token == "(") - (token == ")") if part == 1 else 0
        parts[part].append(token)
    before, inside, behind = ("".join(piece).strip() for piece in parts)
    return before, inside, behind


def end_of_call(pieces: Sequence[str], position: int) -> int:
    """Return where the bracket closes that opens right behind *position*, 0 where none does."""
    if pieces[position + 1 : position + 2] != ["("]:
        return 0
    depth = 0
    for end in range(position + 1, len(pieces)):
        depth += (pieces[end] in OPEN) - (pieces[end] in CLOSE)
        if depth == 0:
            return end
    return 0


def bare_name(token: str) -> str:
    """Return the name that *token* spells, in backticks or bare."""
    return _ESCAPED.sub(r"\1", token[1:-1]) if token.startswith("`") else token


def unwrapped(text: str) -> str:
    """Return *text* without the brackets that enclose all of it."""
    text = text.strip()
    while text.startswith("("):
        before, inside, behind = bracketed(text)
        if before or behind or not inside:
            break
        text = inside
    return text


def without_lone_brackets(text: str) -> str:
    """Return *text* without the brackets around single names that are no argument: `(a), f(b)` -> `a, f(b)`."""
    pieces = list(tokens(text))
    kept = list[str]()
    position = 0
    while position < len(pieces):
        lone = pieces[position : position + 3]
        is_lone = len(lone) == 3 and lone[0] == "(" and lone[2] == ")" and _is_name(lone[1])  # noqa: PLR2004
        if is_lone and not _take_brackets(kept):
            kept.append(lone[1])
            position += 3
        else:
            kept.append(pieces[position])
            position += 1
    return "".join(kept)


def _take_brackets(pieces: Sequence[str]) -> bool:
    """Tell whether brackets behind *pieces* belong to them, as in `f(a)`, `quantile(0.9) (a)` or `IN (a)`."""
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
        if len(words) == len(keyword) and all(
            word == wanted for word, wanted in zip(words, keyword, strict=True)
        ):
            return keyword
    return None
