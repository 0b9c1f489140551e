"""Inline the SQL functions of users, as the server does in what it stores.

Texts are as the server formats them: a space on both sides of an operator, a bracket right after a
function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moose_dagster.state.tokens import (
    CLOSE,
    OPEN,
    bare_name,
    bracketed,
    end_of_call,
    split_top_level,
    tokens,
    unwrapped_expression,
)

_SYMBOLS = frozenset("+-*/%=<>!|?:.")
_WORDS = frozenset(
    {"AND", "OR", "NOT", "IN", "LIKE", "ILIKE", "BETWEEN", "IS", "DIV", "MOD", "REGEXP"}
)


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A function of a user.

    Attributes:
        parameters: The names of its arguments.
        body: The expression it stands for.
    """

    parameters: tuple[str, ...]
    body: str


def user_function(create_query: str) -> UserFunction:
    """Return the function that `CREATE FUNCTION name AS (x, y) -> x + y` makes."""
    written, _, body = create_query.partition(" AS ")[2].partition(" -> ")
    names = split_top_level(bracketed(written)[1] if written.startswith("(") else written)
    return UserFunction(tuple(map(bare_name, names)), unwrapped_expression(body))


def inline_user_functions(text: str, functions: Mapping[str, UserFunction]) -> str:
    """Return *text* with the bodies of *functions* in place of their calls."""
    pieces = list(tokens(text)) if functions else []
    if not any(bare_name(piece) in functions for piece in pieces):
        return text
    written = list[str]()
    position = 0
    while position < len(pieces):
        end = end_of_call(pieces, position)
        function = functions.get(bare_name(pieces[position])) if end else None
        given = split_top_level("".join(pieces[position + 2 : end]))
        if function is None or len(given) != len(function.parameters):
            written.append(pieces[position])
            position += 1
            continue
        others = {name: other for name, other in functions.items() if other is not function}
        values = (inline_user_functions(argument, functions) for argument in given)
        arguments = dict(zip(function.parameters, values, strict=True))
        value = _with_arguments(inline_user_functions(function.body, others), arguments)
        written.append(_fitting(value, pieces[:position], pieces[end + 1 :]))
        position = end + 1
    return "".join(written)


def _with_arguments(body: str, arguments: Mapping[str, str]) -> str:
    pieces = list(tokens(body))
    return "".join(
        _fitting(arguments[bare_name(piece)], pieces[:position], pieces[position + 1 :])
        if bare_name(piece) in arguments and pieces[position + 1 : position + 2] != ["("]
        else piece
        for position, piece in enumerate(pieces)
    )


def _fitting(value: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Return *value* in brackets where it has an operator and another one is next to it."""
    previous = next((piece for piece in reversed(before) if piece.strip()), "")
    following = next((piece for piece in after if piece.strip()), "")
    has_operator = any(piece in _SYMBOLS or piece in _WORDS for piece in (previous, following))
    is_operand = has_operator or following == "["
    return f"({value})" if is_operand and _has_operator(value) else value


def _has_operator(value: str) -> bool:
    depth = 0
    pieces = list(tokens(value))
    for piece in pieces:
        depth += (piece in OPEN) - (piece in CLOSE)
        if depth == 0 and piece.isspace():
            return True
    return pieces[:1] == ["-"] and not pieces[1][:1].isdigit()
