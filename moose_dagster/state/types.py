"""ClickHouse type names: one text for equal types, and what a type is made of."""

from functools import lru_cache

from clickhouse_connect.datatypes.base import ClickHouseType, type_map
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.exceptions import Error

from moose_dagster.state.tokens import bracketed, split_top_level, tokens
from moose_dagster.state.type_aliases import unaliased

# Bytes of one value.
_WIDTHS = {
    "Float32": 4, "Float64": 8, "Date": 2, "Date32": 4, "DateTime": 4, "DateTime64": 8,
    "Bool": 1, "Enum8": 1, "Enum16": 2, "IPv4": 4, "IPv6": 16, "UUID": 16, "BFloat16": 2,
    "Time": 4, "Time64": 8, "Point": 8, "Ring": 8, "LineString": 8, "Polygon": 8,
    "MultiLineString": 8, "MultiPolygon": 8, "MultiPoint": 8,
}  # fmt: skip
# Names that the registry resolves by rule and not by its map.
_REGISTRY_SPECIAL = frozenset({"Nullable", "LowCardinality"})
_CONTAINERS = frozenset(
    {"Nullable", "LowCardinality", "Array", "Map", "Tuple", "Variant", "Nested", "JSON"}
)
# A codec works on each of their parts.
_PARTED = frozenset({"Nullable", "LowCardinality", "Array", "Map", "Tuple", "Nested"})
_AGGREGATES = frozenset({"AggregateFunction", "SimpleAggregateFunction"})
_WRAPPERS = frozenset({"Nullable", "LowCardinality", "Array"})


@lru_cache(maxsize=65_536)
def canonical_type(text: str) -> str:
    """Return type *text* as the server prints it, as far as the registry knows it."""
    written = _with_arguments(text.strip())
    parsed = _parsed(written)
    return _printed(parsed) if parsed else written


def is_known_type(text: str) -> bool:
    """Tell whether clickhouse-connect's registry can parse type *text*."""
    return _parsed(_with_arguments(text.strip())) is not None


@lru_cache(maxsize=65_536)
def without_nullable(text: str) -> str:
    """Return type *text* without the `Nullable` of its own level; `LowCardinality` stays."""
    name, inside, _ = bracketed(text)
    if name == "Nullable":
        return inside
    if name == "LowCardinality":
        return f"LowCardinality({without_nullable(inside)})"
    return text


def is_nullable(text: str) -> bool:
    """Tell whether a column of type *text* can hold NULL itself (not inside an Array or Tuple)."""
    return without_nullable(text) != text


def loses_nullable(live: str, desired: str) -> bool:
    """Tell whether a column of type *live* can hold NULL and one of type *desired* can't."""
    return is_nullable(live) and not is_nullable(desired)


def base_name(text: str) -> str:
    """Return the name of type *text* without arguments, `Nullable` and `LowCardinality`."""
    name, inside, _ = bracketed(text)
    return base_name(inside) if name in {"Nullable", "LowCardinality"} else name


def byte_width(text: str) -> int | None:
    """Return the bytes of one value of type *text*, which codecs take where no width is written.

    It is 1 where values differ in length, and None where the parts of the type do.
    """
    name, inside, _ = bracketed(text)
    if name in _WIDTHS:
        return _WIDTHS[name]
    if name == "JSON":
        return None
    if name in _PARTED:
        widths = {byte_width(named_element(part)[1]) for part in split_top_level(inside)}
        return widths.pop() if len(widths) == 1 else None
    if name == "SimpleAggregateFunction":
        return byte_width(split_top_level(inside)[-1])
    if name == "FixedString":
        return int(inside)
    if name == "Decimal":
        precision = int(split_top_level(inside)[0])
        return next(
            width for limit, width in ((9, 4), (18, 8), (38, 16), (76, 32)) if precision <= limit
        )
    digits = name.removeprefix("U").removeprefix("Int")
    return int(digits) // 8 if digits.isdigit() else 8 if name.startswith("Interval") else 1


def named_element(element: str) -> tuple[str, str]:
    """Return the name and the type of a Tuple's element such as `a Int8`; the name may be ""."""
    pieces = list(tokens(element))
    is_named = len(pieces) > 1 and pieces[1].isspace()
    return (pieces[0], "".join(pieces[2:])) if is_named else ("", element)


def enum_members(text: str) -> dict[str, int] | None:
    """Return the members of an Enum type by label, or None for any other type."""
    name, inside, _ = bracketed(without_nullable(text))
    if name not in {"Enum8", "Enum16"}:
        return None
    pairs = (member.rpartition("=") for member in split_top_level(inside))
    return {label.strip(): int(number) for label, _, number in pairs}


def _parsed(text: str) -> ClickHouseType | None:
    if "\\" in text and any(token.startswith("`") and "\\" in token for token in tokens(text)):
        return None  # the registry prints a quoted name without its backslashes
    if not _is_registered(text):
        return None  # asking would make the registry log an error
    try:
        return get_from_name(text)
    except (Error, IndexError, KeyError, ValueError):
        return None


def _is_registered(text: str) -> bool:
    name, inside, _ = bracketed(text)
    if name not in type_map and name not in _REGISTRY_SPECIAL:
        return False
    if name in _AGGREGATES:
        return all(map(_is_registered, split_top_level(inside)[1:]))
    if name not in _CONTAINERS:
        return True
    parts = map(_type_in, split_top_level(inside))
    return all(_is_registered(part) for part in parts if part)


def _type_in(argument: str) -> str:
    """Return the type in an argument such as `a.b Int8`; "" for one without, such as `SKIP a`."""
    pieces = list(tokens(argument))
    if "=" in pieces or pieces[0] == "SKIP":
        return ""
    space = next((i for i, piece in enumerate(pieces) if piece.isspace()), None)
    return "".join(pieces if space is None or "(" in pieces[:space] else pieces[space + 1 :])


def _printed(parsed: ClickHouseType) -> str:
    printed = list[str]()
    context = list[str]()
    before = ""
    for token in tokens(parsed.name):
        if token == "(":
            context.append(before)
        elif token == ")":
            context.pop()
        is_name = token.startswith("`") and token[1:-1].isidentifier() and token.isascii()
        # Bare, a path of this name would skip another one.
        is_skip = token.upper() == "`SKIP`" and context[-1:] == ["JSON"]
        # The registry prints `a` in backticks where the server does so only for odd names.
        printed.append(token[1:-1] if is_name and not is_skip else token)
        before = token
    return "".join(printed)


def _with_arguments(text: str) -> str:
    """Return type *text* under ClickHouse's own name and with the arguments that it implies."""
    name, inside, after = bracketed(text)
    name = unaliased(name)
    if name == "DateTime64" and not inside:
        return "DateTime64(3)"
    if name == "Decimal" and not inside:
        return "Decimal(10, 0)"
    if name == "Decimal" and len(split_top_level(inside)) == 1:
        return f"Decimal({inside}, 0)"
    if not inside or after or "(" not in text:
        return name
    if name in _WRAPPERS or name in {"Map", "Variant"}:
        return f"{name}({', '.join(canonical_type(part) for part in split_top_level(inside))})"
    if name == "Tuple":
        elements = ", ".join(map(_canonical_element, split_top_level(inside)))
        return f"Tuple({elements})"
    return f"{name}({inside})"


def _canonical_element(element: str) -> str:
    label, element_type = named_element(element)
    return f"{label} {canonical_type(element_type)}".strip()
