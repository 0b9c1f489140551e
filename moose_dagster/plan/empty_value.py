"""What a row reads of a column that nothing was ever written to: the empty value of its type."""

from moose_dagster.state.tokens import bracketed, split_top_level
from moose_dagster.state.types import base_name, enum_members, is_nullable, named_element

_ZERO = frozenset({"Bool", "Decimal", "Float32", "Float64", "BFloat16", "Date", "DateTime", "DateTime64"})


def same_empty_value(live: str, desired: str) -> bool:
    """Tell whether rows written before a column read the same of it under both types.

    A NULL that finds no place in *desired* is left to the probe of the data, as every other NULL.
    """
    return is_nullable(live) or _empty_value(live) == _empty_value(desired)


def _empty_value(text: str) -> str:
    if is_nullable(text):
        return "NULL"
    name, inside, _ = bracketed(text)
    members = enum_members(text)
    if name == "LowCardinality":
        return _empty_value(inside)
    if members:
        return min(members, key=lambda label: members[label])
    if name == "Tuple":
        return f"({', '.join(_empty_value(named_element(element)[1]) for element in split_top_level(inside))})"
    if name in {"Array", "Map"}:
        return name
    name = base_name(text)
    return "0" if name in _ZERO or name.removeprefix("U").removeprefix("Int").isdigit() else name
