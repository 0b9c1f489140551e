"""Secrets stay out of the code: `'{env:NAME}'` in a dictionary's text is filled in just before it is sent."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.tokens import tokens

HIDDEN = "[HIDDEN]"
"""What the server shows in the place of a secret."""
_PLACEHOLDER = re.compile(r"\{env:([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


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
        if word.lower() == "password" and value.startswith("'") and value != "''" and not variables_in(value):
            yield "a password stands in the code; write PASSWORD '{env:NAME}' and set that environment variable."


def matches(live: str, desired: str, environment: Mapping[str, str]) -> bool:
    """Tell whether *live* says what *desired* does, where secrets are hidden or filled in."""
    live_pieces, pieces = _significant(live), _significant(desired)
    return len(live_pieces) == len(pieces) and all(
        _same(shown, piece, environment) for shown, piece in zip(live_pieces, pieces, strict=True)
    )


def _same(shown: str, piece: str, environment: Mapping[str, str]) -> bool:
    names = variables_in(piece) if piece.startswith("'") else ()
    if shown in {piece, f"'{HIDDEN}'"}:
        return True
    return bool(names) and all(name in environment for name in names) and filled_in(piece, environment) == shown


def _significant(text: str) -> list[str]:
    pieces = [piece for piece in tokens(text) if piece.strip()]
    # `LAYOUT(FLAT())` and `LAYOUT(FLAT)` are the same.
    empty = {i for i in range(len(pieces) - 1) if pieces[i] == "(" and pieces[i + 1] == ")"}
    return [piece for i, piece in enumerate(pieces) if i not in empty and i - 1 not in empty]
