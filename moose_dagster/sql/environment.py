"""Secrets stay out of the code: `'{env:NAME}'` in a dictionary's text is filled in just before it is sent."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from moose_dagster.sql.quoting import quoted_text, text_in
from moose_dagster.state.redacted import REDACTED, fits
from moose_dagster.state.tokens import tokens

_PLACEHOLDER = re.compile(r"\{env:([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET_WORDS = frozenset({"PASSWORD", "VALUE", "OAUTH_TOKEN", "SECRET", "SECRET_ACCESS_KEY"})
# `scheme://user:this@host`, `...;PWD=this;...`, `...&token=this&...`, and whatever the server hides
# itself.
_SECRET_INSIDE = re.compile(
    r"(://[^:/@\s']*:)([^@/\s']+)(?=@)|([;&?'](?:pwd|password|secret|sig|signature|token)=)([^;&'\\]+)|\[HIDDEN\]",
    re.IGNORECASE,
)


def variables_in(text: str) -> tuple[str, ...]:
    """Return the environment variables that *text* names, each once, in order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def filled_in(text: str, environment: Mapping[str, str]) -> str:
    """Return *text* with every placeholder replaced by its variable, escaped for the string it stands in."""
    return _PLACEHOLDER.sub(lambda found: quoted_text(environment[found[1]])[1:-1], text)


def placeholder_faults(text: str) -> Iterator[str]:
    """Yield what is wrong with the secrets and placeholders of a dictionary's *text*."""
    pieces = [piece for piece in tokens(text) if piece.strip()]
    outside = "".join(piece for piece in pieces if not piece.startswith("'"))
    for name in variables_in(outside):
        yield f"the placeholder {{env:{name}}} stands outside of a string; write '{{env:{name}}}'."
    for name in variables_in(text):
        if not _NAME.match(name):
            yield f"{name!r} can't be an environment variable."
    for word, value in pairwise(pieces):
        if (
            word.lower() == "password"
            and value.startswith("'")
            and value != "''"
            and not variables_in(value)
        ):
            yield "a password stands in the code; write PASSWORD '{env:NAME}' and set that environment variable."


def matches(live: str, desired: str, environment: Mapping[str, str]) -> bool:
    """Tell whether *live* says what *desired* does, where secrets are hidden or filled in."""
    live_pieces, pieces = _significant(live), _significant(desired)
    return len(live_pieces) == len(pieces) and all(
        _same(shown, piece, environment) for shown, piece in zip(live_pieces, pieces, strict=True)
    )


def without_secrets(definition: str, name: Callable[[int], str]) -> tuple[str, Mapping[str, str]]:
    """Return a dictionary's *definition* with placeholders for what is secret in it, and what they stand for.

    The server hides passwords; headers, and the password in an address, it shows.

    Args:
        definition: As the server prints it.
        name: Gives the environment variable of the first secret, the second, and so on.
    """
    values = dict[str, str]()

    def placeholder(secret: str) -> str:
        variable = name(len(values) + 1)
        values[variable] = text_in(f"'{secret}'")
        return f"{{env:{variable}}}"

    def inside(found: re.Match[str]) -> str:
        before = found[1] or found[3] or ""
        return before + placeholder(found[0].removeprefix(before))

    pieces, word = list[str](), ""
    for piece in tokens(definition):
        if not piece.startswith("'"):
            pieces.append(piece)
            word = piece.upper() if piece.strip() else word
        elif word in _SECRET_WORDS and piece != "''":
            pieces.append(f"'{placeholder(piece[1:-1])}'")
        else:
            pieces.append(_SECRET_INSIDE.sub(inside, piece))
    return "".join(pieces), {
        variable: secret for variable, secret in values.items() if secret != REDACTED
    }


def redacted(definition: str) -> str:
    """Return a dictionary's *definition* as it may be shown, whatever the server itself hides."""
    return _PLACEHOLDER.sub(REDACTED, without_secrets(definition, str)[0])


def hidden_inside(text: str) -> str:
    """Return *text*, such as an address, without the passwords and tokens in it."""
    return _SECRET_INSIDE.sub(lambda found: f"{found[1] or found[3] or ''}{REDACTED}", text)


def _same(shown: str, piece: str, environment: Mapping[str, str]) -> bool:
    if shown == piece or not (shown.startswith("'") and piece.startswith("'")):
        return shown == piece
    known = {name: environment[name] for name in variables_in(piece) if name in environment}
    filled = _PLACEHOLDER.sub(
        lambda found: quoted_text(known[found[1]])[1:-1] if found[1] in known else found[0], piece
    )
    # What one of the two sides does not tell can't make a difference.
    return fits(filled, shown.split(REDACTED)) or fits(shown, _PLACEHOLDER.split(filled)[::2])


def _significant(text: str) -> list[str]:
    pieces = [piece for piece in tokens(text) if piece.strip()]
    # `LAYOUT(FLAT())` and `LAYOUT(FLAT)` are the same.
    empty = {i for i in range(len(pieces) - 1) if pieces[i] == "(" and pieces[i + 1] == ")"}
    return [piece for i, piece in enumerate(pieces) if i not in empty and i - 1 not in empty]
