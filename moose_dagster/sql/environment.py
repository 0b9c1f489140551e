"""Keep secrets out of the code: `'{env:NAME}'` of a dictionary is filled in when it is sent."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from moose_dagster.sql.quoting import quoted_text, text_in
from moose_dagster.state.redacted import REDACTED, fits
from moose_dagster.state.tokens import tokens

_PLACEHOLDER = re.compile(r"\{env:([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET_WORDS = frozenset({"PASSWORD", "VALUE", "OAUTH_TOKEN", "SECRET", "SECRET_ACCESS_KEY"})
# Headers of HTTP that hold nothing secret.
_HARMLESS_HEADERS = frozenset(
    {
        "'accept'",
        "'accept-encoding'",
        "'accept-language'",
        "'cache-control'",
        "'content-type'",
        "'user-agent'",
    }
)
# `scheme://user:this@host`, `...;PWD=this;...`, `...&token=this&...`, and whatever the server hides
# itself.
_SECRET_INSIDE = re.compile(
    r"(://[^:/@\s']*:)([^@/\s']+)(?=@)|([;&?'](?:pwd|password|secret|sig|signature|token)=)([^;&'\\]+)|\[HIDDEN\]",
    re.IGNORECASE,
)


def variables_in(text: str) -> tuple[str, ...]:
    """Return the environment variables that *text* names, each once, in order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def fill_placeholders(text: str, environment: Mapping[str, str]) -> str:
    """Return *text* with the variable for every placeholder, escaped as inside of a string."""
    return _PLACEHOLDER.sub(lambda match: quoted_text(environment[match[1]])[1:-1], text)


def placeholder_faults(text: str) -> Iterator[str]:
    """Yield what is wrong with the secrets and placeholders of a dictionary's *text*."""
    pieces = [piece for piece in tokens(text) if piece.strip()]
    outside = "".join(piece for piece in pieces if not piece.startswith("'"))
    for name in variables_in(outside):
        yield f"the placeholder {{env:{name}}} is outside of a string; write '{{env:{name}}}'."
    for name in variables_in(text):
        if not _NAME.match(name):
            yield f"{name!r} can't be an environment variable."
    for where in _plain_secrets(pieces):
        yield (
            f"{where} is plain text in the code; write '{{env:NAME}}' in its place and set that "
            "environment variable."
        )


def _plain_secrets(pieces: Sequence[str]) -> Iterator[str]:
    """Yield what each secret is that is written out in the *pieces* of a dictionary's text."""
    word = ""
    header = ""
    for piece in pieces:
        if not piece.startswith("'"):
            word = piece.upper() if piece.isidentifier() else word
        elif word == "NAME":
            header = piece
        elif word in _SECRET_WORDS:
            harmless = word == "VALUE" and header.lower() in _HARMLESS_HEADERS
            if not harmless and piece != "''" and not _is_filled(piece):
                yield f"the header {header}" if word == "VALUE" else f"a {word}"
        elif not all(_is_filled(match[0]) for match in _SECRET_INSIDE.finditer(piece)):
            yield f"a password or token of the {word}"


def _is_filled(text: str) -> bool:
    return REDACTED in text or bool(variables_in(text))


def matches(live: str, desired: str, environment: Mapping[str, str]) -> bool:
    """Tell whether *live*, which hides secrets, may be *desired* with its placeholders filled."""
    live_pieces = _significant(live)
    desired_pieces = _significant(desired)
    if len(live_pieces) != len(desired_pieces):
        return False
    pairs = zip(live_pieces, desired_pieces, strict=True)
    return all(_same(shown, written, environment) for shown, written in pairs)


def without_secrets(definition: str, name: Callable[[int], str]) -> tuple[str, Mapping[str, str]]:
    """Return a dictionary's *definition* with placeholders for its secrets, and their values.

    The server hides passwords, but shows headers and the password in an address.

    Args:
        definition: As the server prints it.
        name: Gives the environment variable of the first secret, the second, and so on.
    """
    values = dict[str, str]()

    def placeholder(secret: str) -> str:
        variable = name(len(values) + 1)
        values[variable] = text_in(f"'{secret}'")
        return f"{{env:{variable}}}"

    def inside(match: re.Match[str]) -> str:
        before = match[1] or match[3] or ""
        return before + placeholder(match[0].removeprefix(before))

    pieces = list[str]()
    word = ""
    for piece in tokens(definition):
        if not piece.startswith("'"):
            pieces.append(piece)
            word = piece.upper() if piece.strip() else word
        elif word in _SECRET_WORDS and piece != "''":
            pieces.append(f"'{placeholder(piece[1:-1])}'")
        else:
            pieces.append(_SECRET_INSIDE.sub(inside, piece))
    shown = {variable: secret for variable, secret in values.items() if secret != REDACTED}
    return "".join(pieces), shown


def redacted(definition: str) -> str:
    """Return a dictionary's *definition* as it may be shown, whatever the server itself hides."""
    return _PLACEHOLDER.sub(REDACTED, without_secrets(definition, str)[0])


def redacted_text(text: str) -> str:
    """Return *text*, such as an address, without the passwords and tokens in it."""
    return _SECRET_INSIDE.sub(lambda match: f"{match[1] or match[3] or ''}{REDACTED}", text)


def _same(shown: str, piece: str, environment: Mapping[str, str]) -> bool:
    if shown == piece or not (shown.startswith("'") and piece.startswith("'")):
        return shown == piece
    known = {name: environment[name] for name in variables_in(piece) if name in environment}

    def value(match: re.Match[str]) -> str:
        return quoted_text(known[match[1]])[1:-1] if match[1] in known else match[0]

    filled = _PLACEHOLDER.sub(value, piece)
    # What one of the two sides does not show can't make a difference.
    return fits(filled, shown.split(REDACTED)) or fits(shown, _PLACEHOLDER.split(filled)[::2])


def _significant(text: str) -> list[str]:
    pieces = [piece for piece in tokens(text) if piece.strip()]
    # `LAYOUT(FLAT())` and `LAYOUT(FLAT)` are the same.
    empty = {i for i in range(len(pieces) - 1) if pieces[i] == "(" and pieces[i + 1] == ")"}
    return [piece for i, piece in enumerate(pieces) if i not in empty and i - 1 not in empty]
