"""What keeps a ClickHouse type, as somebody wrote it, from being the type of a column."""

import re
from collections.abc import Callable, Iterator, Mapping

from moose_dagster.declare.faults import did_you_mean
from moose_dagster.declare.type_names import EXACT, IN_ANY_CASE, is_type_name
from moose_dagster.sql.elements import unquoted
from moose_dagster.state.tokens import bracketed, split_top_level, tokens
from moose_dagster.state.types import without_nullable

# Measured on ClickHouse 26.9.
_NEVER_NULL = frozenset(
    {
        "Nullable",
        "LowCardinality",
        "Array",
        "Map",
        "Nested",
        "Variant",
        "Dynamic",
        "AggregateFunction",
        "SimpleAggregateFunction",
    }
)
_NEVER_LOW = (
    "Decimal",
    "Enum",
    "Array",
    "Map",
    "Tuple",
    "Nested",
    "JSON",
    "Dynamic",
    "Variant",
    "Aggregate",
)
# A Map has a key and a value, a SimpleAggregateFunction a function and a type.
_PAIR = 2
_SIMPLE_FUNCTIONS = frozenset(
    {
        "any",
        "any_respect_nulls",
        "anyLast",
        "anyLast_respect_nulls",
        "min",
        "max",
        "sum",
        "sumWithOverflow",
        "groupBitAnd",
        "groupBitOr",
        "groupBitXor",
        "sumMap",
        "minMap",
        "maxMap",
        "groupArrayArray",
        "groupArrayLastArray",
        "groupUniqArrayArray",
        "groupUniqArrayArrayMap",
        "sumMappedArrays",
        "minMappedArrays",
        "maxMappedArrays",
        "timeSeriesGroupArray",
    }
)
_MOST_FRACTION_DIGITS = 9
_MOST_DIGITS = 76
_MEMBER = re.compile(r"('(?:[^'\\]|\\.|'')*')\s*(?:=\s*(-?\d+))?\Z", re.DOTALL)


def type_faults(text: str) -> Iterator[str]:
    """Yield what is wrong with the type *text*, at every depth."""
    name, inside, rest = bracketed(text)
    words = name.split()
    if rest or (not is_type_name(name) and len(words) > 1 and is_type_name(words[0])):
        extra = rest or text[len(words[0]) :].strip()
        yield (
            f'"{text}" is more than a type: remove "{extra}". '
            "Codecs, defaults and the like have annotations of their own."
        )
    elif not is_type_name(name):
        yield f'ClickHouse has no type called "{name}"{did_you_mean(name, (*EXACT, *IN_ANY_CASE))}'
    elif name == "Nothing":
        yield "no column can be of type Nothing; choose the type it will hold."
    else:
        yield from _CHECKS.get(name, _no_faults)(split_top_level(inside))


def _no_faults(_arguments: tuple[str, ...]) -> Iterator[str]:
    yield from ()


def _each(arguments: tuple[str, ...]) -> Iterator[str]:
    for argument in arguments:
        yield from type_faults(argument)


def _array(arguments: tuple[str, ...]) -> Iterator[str]:
    if len(arguments) != 1:
        yield f"Array(...) holds one type, not {len(arguments)}; write it like Array(String)."
    yield from _each(arguments)


def _nullable(arguments: tuple[str, ...]) -> Iterator[str]:
    name = bracketed(arguments[0])[0] if arguments else ""
    if len(arguments) != 1 or name in _NEVER_NULL:
        yield f"{name or 'nothing'} can't be inside Nullable; take Nullable off, or move it inside."
    yield from _each(arguments)


def _low_cardinality(arguments: tuple[str, ...]) -> Iterator[str]:
    inner = without_nullable(arguments[0]) if arguments else ""
    if len(arguments) != 1 or inner.startswith(_NEVER_LOW):
        yield f"LowCardinality can't hold {inner or 'nothing'}; take LowCardinality off."
    yield from _each(arguments)


def _map(arguments: tuple[str, ...]) -> Iterator[str]:
    if len(arguments) != _PAIR:
        yield "Map(...) holds a key and a value; write it like Map(String, Int64)."
    elif without_nullable(arguments[0]) != arguments[0]:
        yield "the keys of a Map can't be NULL; take Nullable off the key."
    yield from _each(arguments)


def _tuple(arguments: tuple[str, ...]) -> Iterator[str]:
    named = [element_of(argument) for argument in arguments]
    names = [name for name, _ in named if name]
    if names and len(names) < len(named):
        yield "a Tuple names all of its elements or none; name the rest."
    if len(set(names)) < len(names):
        yield "two elements of a Tuple have one name; rename one of them."
    if "null" in names:
        yield "'null' can't name a tuple element; give it another name."
    yield from _each(tuple(type_ for _, type_ in named))


def _nested(arguments: tuple[str, ...]) -> Iterator[str]:
    if not arguments or not all(element_of(argument)[0] for argument in arguments):
        yield "Nested(...) names each of its columns; write it like Nested(id Int64, name String)."
    yield from _tuple(arguments)


def _variant(arguments: tuple[str, ...]) -> Iterator[str]:
    for argument in arguments:
        if without_nullable(argument) != argument:
            yield "a Variant holds NULL itself; take Nullable off inside."
    yield from _each(arguments)


def _aggregate(arguments: tuple[str, ...]) -> Iterator[str]:
    if not arguments:
        yield (
            "AggregateFunction(...) names its function; "
            "write it like AggregateFunction(sum, Int64)."
        )
    # `AggregateFunction(1, sumMap, ...)` begins with the version of the state.
    yield from _each(arguments[2:] if arguments[:1] and arguments[0].isdigit() else arguments[1:])


def _simple_aggregate(arguments: tuple[str, ...]) -> Iterator[str]:
    if len(arguments) != _PAIR:
        yield (
            "SimpleAggregateFunction holds a function and a type; "
            "write it like SimpleAggregateFunction(sum, Int64)."
        )
        return
    function = arguments[0]
    if bracketed(function)[0] not in _SIMPLE_FUNCTIONS:
        hint = did_you_mean(function, _SIMPLE_FUNCTIONS)
        yield (
            f"{function} can't be a SimpleAggregateFunction{hint} "
            "AggregateFunction takes every function."
        )
    yield from _each(arguments[1:])


def _json(arguments: tuple[str, ...]) -> Iterator[str]:
    for argument in arguments:
        name, _, rest = argument.partition(" ")
        if "=" not in name and name != "SKIP" and not rest.startswith("="):
            yield from type_faults(element_of(argument)[1])


def _fixed_string(arguments: tuple[str, ...]) -> Iterator[str]:
    if len(arguments) != 1 or not arguments[0].isdigit() or int(arguments[0]) < 1:
        yield f"FixedString({', '.join(arguments)}) has no size; its size starts at 1."


def _enum(low: int, high: int) -> Callable[[tuple[str, ...]], Iterator[str]]:
    def faults(arguments: tuple[str, ...]) -> Iterator[str]:
        members = [_MEMBER.match(argument) for argument in arguments]
        if not members or not all(members):
            yield "an Enum needs members in quotes; write it like Enum8('a' = 1, 'b' = 2)."
            return
        labels = [member[1] for member in members if member]
        numbers = [int(member[2]) for member in members if member and member[2]]
        if len(set(labels)) < len(labels) or len(set(numbers)) < len(numbers):
            yield "two members of an Enum have one name or one number; change one of them."
        if any(not low <= number <= high for number in numbers):
            yield f"a number of the Enum is outside {low} to {high}; choose another."

    return faults


def _decimal(arguments: tuple[str, ...]) -> Iterator[str]:
    digits = int(arguments[0]) if arguments and arguments[0].isdigit() else 1
    places = int(arguments[1]) if arguments[1:] and arguments[1].isdigit() else 0
    if not 1 <= digits <= _MOST_DIGITS or places > digits:
        yield (
            f"Decimal({', '.join(arguments)}) can't be stored; digits go from 1 to {_MOST_DIGITS}, "
            "decimal places from 0 to the digits."
        )


def _digits(name: str) -> Callable[[tuple[str, ...]], Iterator[str]]:
    def faults(arguments: tuple[str, ...]) -> Iterator[str]:
        if arguments and (not arguments[0].isdigit() or int(arguments[0]) > _MOST_FRACTION_DIGITS):
            yield f"{name}({arguments[0]}) can't be stored; precision goes from 0 to 9."

    return faults


def element_of(text: str) -> tuple[str, str]:
    """Return the name and the type of an element of a Tuple, the name empty where it has none."""
    first = next(tokens(text), "")
    rest = text[len(first) :]
    if not rest[:1].isspace() or is_type_name(text):
        # A path such as `a.b Int64` is one name of several tokens.
        pieces = list(tokens(text))
        space = next((i for i, piece in enumerate(pieces) if piece.isspace()), 0)
        path = "".join(pieces[:space])
        return (
            (path, "".join(pieces[space:]).strip())
            if "." in path and "(" not in path
            else ("", text)
        )
    return unquoted(first), rest.strip()


_CHECKS: Mapping[str, Callable[[tuple[str, ...]], Iterator[str]]] = {
    "Array": _array,
    "Nullable": _nullable,
    "LowCardinality": _low_cardinality,
    "Map": _map,
    "Tuple": _tuple,
    "Nested": _nested,
    "Variant": _variant,
    "AggregateFunction": _aggregate,
    "SimpleAggregateFunction": _simple_aggregate,
    "JSON": _json,
    "FixedString": _fixed_string,
    "Decimal": _decimal,
    "Enum8": _enum(-128, 127),
    "Enum16": _enum(-32768, 32767),
    "Enum": _enum(-32768, 32767),
    "DateTime64": _digits("DateTime64"),
    "Time64": _digits("Time64"),
}
