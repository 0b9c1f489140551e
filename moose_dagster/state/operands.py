"""Tell whether an expression that ends at some token needs one more operand."""

_OPERATORS = frozenset("+-*/%=<>!|&^~?:.,@")
_WORDS = frozenset(
    {
        "AND",
        "AS",
        "BETWEEN",
        "BY",
        "DISTINCT",
        "DIV",
        "FROM",
        "GLOBAL",
        "ILIKE",
        "IN",
        "IS",
        "LIKE",
        "MOD",
        "NOT",
        "OR",
        "REGEXP",
        "SET",
        "WHERE",
    }
)
# What another word of the same operator may follow, as in `IS NOT DISTINCT FROM`.
_LONGER = frozenset({"DISTINCT", "GLOBAL", "IS", "NOT"})


def needs_operand(token: str, before: str, *, needed: bool) -> bool:
    """Tell whether an expression needs an operand after *token*.

    Args:
        token: A token at the top level of the expression, never white space.
        before: The token before it.
        needed: Whether an operand was needed before *token*; if so, a word is a name.
    """
    if token in _OPERATORS:
        return True
    word = token.upper() if token.islower() else token  # `Set` is an engine
    return word in _WORDS and (not needed or word == "NOT" or before.upper() in _LONGER)
