"""How bad a change of a column's type could be, from the two types alone.

The rules restate measurements on ClickHouse 24.8 to 26.9: what is not certainly lossless here is
left to a probe of the data, and what keeps the bytes but changes their meaning is never harmless.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from moose_dagster.risk.levels import Risk
from moose_dagster.state.tokens import bracketed, split_top_level
from moose_dagster.state.types import (
    base_name,
    enum_members,
    is_nullable,
    named_element,
    without_nullable,
)

_INTEGER = re.compile(r"(U?)Int(\d+)\Z")
# The widest integers, in bits, of which a float keeps every one: up to 2^24 and 2^53.
_EXACT_IN_FLOAT = {"Float32": 24, "Float64": 53}
_MICROSECONDS = 6
_FAMILIES: Mapping[str, str] = {
    "Date": "date", "Date32": "date", "DateTime": "date", "DateTime64": "date", "Time": "time",
    "Time64": "time", "IPv4": "ip", "IPv6": "ip", "UUID": "uuid", "Enum8": "enum",
    "Enum16": "enum", "Bool": "number", "Decimal": "number", "Float32": "number",
    "Float64": "number", "BFloat16": "number", "String": "text", "FixedString": "text",
}  # fmt: skip
_POINT = "Tuple(Float64, Float64)"
# What the server stores of its geometric types.
_SHAPES: Mapping[str, str] = {
    "Point": _POINT,
    "Ring": f"Array({_POINT})",
    "LineString": f"Array({_POINT})",
    "MultiPoint": f"Array({_POINT})",
    "Polygon": f"Array(Array({_POINT}))",
    "MultiLineString": f"Array(Array({_POINT}))",
    "MultiPolygon": f"Array(Array(Array({_POINT})))",
}
_MEANING = "keeps the stored bytes but changes what they mean"


def type_risk(live: str, desired: str) -> tuple[Risk, str]:
    """Return the risk of changing a stored column from type *live* to *desired*, and why."""
    risk, why = _risk_of_values(live, desired)
    if is_nullable(live) and not is_nullable(desired) and risk in {Risk.SAFE, Risk.REWRITE}:
        return Risk.DATA_DEPENDENT, "the declared type can't hold NULL"
    return risk, why


def _risk_of_values(live: str, desired: str) -> tuple[Risk, str]:
    if gains_members(live, desired) and same_empty_value(live, desired):
        return Risk.SAFE, "members are only added"
    plain_live = _stripped(live)
    plain_desired = _stripped(desired)
    if plain_live == plain_desired:
        return Risk.REWRITE, "every value fits; the column is rewritten"
    for rule in (_enum_risk, _aggregate_risk, _text_size_risk, _meaning_risk, _nested_risk):
        answer = rule(plain_live, plain_desired)
        if answer:
            return answer
    if _widens(plain_live, plain_desired):
        return Risk.REWRITE, "every value fits the wider type; the column is rewritten"
    return Risk.DATA_DEPENDENT, "values may not fit the declared type"


def gains_members(live: str, desired: str) -> bool:
    """Tell whether *desired* is the Enum *live* with further members and nothing else."""
    same_width = bracketed(without_nullable(live))[0] == bracketed(without_nullable(desired))[0]
    return same_width and is_nullable(live) == is_nullable(desired) and _enum_widens(live, desired)


def _stripped(text: str) -> str:
    """Return type *text* without wrappers and under the name of what it is made of."""
    name, inside, _ = bracketed(text)
    if name in {"Nullable", "LowCardinality"}:
        return _stripped(inside)
    return f"Array(Tuple({inside}))" if name == "Nested" else _SHAPES.get(text, text)


def _enum_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    members = enum_members(live)
    declared = enum_members(desired)
    if members is None or declared is None:
        return None
    # Error 70 on ClickHouse 24.8 to 26.9. Another label for a number changes only metadata.
    if any(declared.get(label, number) != number for label, number in members.items()):
        return (
            Risk.IMPOSSIBLE,
            "a member keeps its label but changes its number, which the server refuses",
        )
    numbers = set(declared.values())
    if any(number in numbers and label not in declared for label, number in members.items()):
        return Risk.DESTRUCTIVE, f"a member's label changes on the same number, which {_MEANING}"
    # The ALTER succeeds, and each read of such a row fails (UNKNOWN_ELEMENT_OF_ENUM).
    if not members.keys() <= declared.keys():
        return Risk.DATA_DEPENDENT, "rows that hold a removed member become unreadable"
    return Risk.REWRITE, "members are only added; the column is rewritten"


def _aggregate_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    names = {base_name(live), base_name(desired)}
    if "AggregateFunction" in names:
        return Risk.IMPOSSIBLE, "the server refuses to change the type of an aggregate state"
    # From sum to max, ClickHouse changes only metadata and keeps the sums.
    if "SimpleAggregateFunction" in names:
        return Risk.DESTRUCTIVE, f"another aggregate function {_MEANING}"
    return None


def _text_size_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    if base_name(live) != "FixedString" or base_name(desired) != "FixedString":
        return None
    # To a shorter one: error 131 on ClickHouse 24.8 to 26.9, and nothing is changed.
    if int(bracketed(live)[1]) < int(bracketed(desired)[1]):
        return Risk.REWRITE, "every value fits; shorter ones are padded with zero bytes"
    return Risk.IMPOSSIBLE, "the server refuses to shrink a FixedString"


def _meaning_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    live_family = _family(live)
    desired_family = _family(desired)
    if desired_family == "text" and live_family != "text":
        return Risk.DESTRUCTIVE, "readers and writers of the values would get text"
    # Only metadata: the values stay, and their text and toDate() become others (24.8 to 26.9).
    if live_family == desired_family == "date" and _time_zone(live) != _time_zone(desired):
        return Risk.DESTRUCTIVE, f"another time zone {_MEANING}"
    if live_family in {"text", desired_family}:
        return None
    return Risk.DESTRUCTIVE, f"a change between kinds of types {_MEANING}"


def _nested_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    for live_part, desired_part in _parts(live, desired):
        risk, why = type_risk(live_part, desired_part)
        if risk is Risk.DATA_DEPENDENT and enum_members(live_part) and enum_members(desired_part):
            return Risk.IMPOSSIBLE, "rows that hold a removed member would become unreadable"
        if risk in {Risk.DESTRUCTIVE, Risk.IMPOSSIBLE}:
            return risk, why
        if _stripped(desired_part) == "Bool" and _stripped(live_part) != "Bool":
            # The server keeps a 2 there, and no conversion tells it from true.
            return Risk.DESTRUCTIVE, f"a Bool inside another type {_MEANING}"
    if _reorders_elements(live, desired):
        return Risk.DESTRUCTIVE, "readers that use positions would get other elements"
    return None


def _reorders_elements(live: str, desired: str) -> bool:
    """Tell whether elements that two Tuples share by name change their order."""
    elements = _named(live)
    declared = _named(desired)
    before = [label for label in elements if label in declared]
    after = [label for label in declared if label in elements]
    return before != after


def _parts(live: str, desired: str) -> Iterable[tuple[str, str]]:
    """Return the types inside both types that values are converted between."""
    name, inside, _ = bracketed(live)
    desired_name, desired_inside, _ = bracketed(desired)
    if name != desired_name or name not in {"Array", "Map", "Tuple"}:
        return ()
    live_parts = split_top_level(inside)
    desired_parts = split_top_level(desired_inside)
    if name != "Tuple":
        return zip(live_parts, desired_parts, strict=True)
    elements = _named(live)
    declared = _named(desired)
    if elements and declared:
        return [(part, declared[label]) for label, part in elements.items() if label in declared]
    # Without a name on one of the sides, the server converts elements by their position.
    live_types = (named_element(part)[1] for part in live_parts)
    desired_types = (named_element(part)[1] for part in desired_parts)
    return zip(live_types, desired_types, strict=False)


def _family(text: str) -> str:
    name = base_name(text)
    return "number" if _INTEGER.match(name) else _FAMILIES.get(name, "other")


def _time_zone(text: str) -> str:
    name, inside, _ = bracketed(text)
    parts = split_top_level(inside)
    if name == "DateTime":
        return parts[0] if parts else ""
    return parts[1] if name == "DateTime64" and len(parts) > 1 else ""


def _widens(live: str, desired: str) -> bool:
    """Tell whether every value of *live* is kept exactly by *desired*, at any depth."""
    if live == desired:
        return True
    if is_nullable(live) and not is_nullable(desired):
        return False
    live = _stripped(live)
    desired = _stripped(desired)
    if live == desired:
        return True
    rules: tuple[Callable[[str, str], bool], ...] = (
        _number_widens, _decimal_widens, _date_widens, _enum_widens, _parts_widen, _tuple_widens,
    )  # fmt: skip
    return any(rule(live, desired) for rule in rules)


def _number_widens(live: str, desired: str) -> bool:
    if (live, desired) == ("Float32", "Float64"):
        return True
    source = _INTEGER.match(live)
    target = _INTEGER.match(desired)
    if source and desired in _EXACT_IN_FLOAT:
        return int(source[2]) <= _EXACT_IN_FLOAT[desired]
    if not source or not target:
        return False
    is_wider = int(target[2]) > int(source[2])
    return is_wider and (bool(source[1]) or not target[1])


def _decimal_widens(live: str, desired: str) -> bool:
    if base_name(live) != "Decimal" or base_name(desired) != "Decimal":
        return False
    precision, scale = (int(part) for part in split_top_level(bracketed(live)[1]))
    wide_precision, wide_scale = (int(part) for part in split_top_level(bracketed(desired)[1]))
    return wide_scale >= scale and wide_precision - wide_scale >= precision - scale


def _date_widens(live: str, desired: str) -> bool:
    # DateTime64(7) and finer hold a shorter span of years; the ALTER then starts and fails.
    names = base_name(live), base_name(desired)
    if names == ("Date", "Date32"):
        return True
    if names not in {("DateTime", "DateTime64"), ("DateTime64", "DateTime64")}:
        return False
    digits = int(split_top_level(bracketed(desired)[1])[0])
    live_digits = 0 if names[0] == "DateTime" else int(split_top_level(bracketed(live)[1])[0])
    if _time_zone(live) != _time_zone(desired):
        return False
    return live_digits <= digits <= _MICROSECONDS


def _enum_widens(live: str, desired: str) -> bool:
    members = enum_members(live)
    declared = enum_members(desired)
    return members is not None and declared is not None and members.items() <= declared.items()


def _parts_widen(live: str, desired: str) -> bool:
    name, inside, _ = bracketed(live)
    desired_name, desired_inside, _ = bracketed(desired)
    if name != desired_name or name not in {"Array", "Map"}:
        return False
    pairs = zip(split_top_level(inside), split_top_level(desired_inside), strict=True)
    return all(_widens(live_part, desired_part) for live_part, desired_part in pairs)


def _tuple_widens(live: str, desired: str) -> bool:
    elements = _named(live)
    declared = _named(desired)
    if not elements or not elements.keys() <= declared.keys():
        return False
    return all(_widens(element, declared[label]) for label, element in elements.items())


def _named(text: str) -> dict[str, str]:
    """Return the types of a Tuple's elements by name; none for any other type or a bare element."""
    name, inside, _ = bracketed(text)
    if name != "Tuple":
        return {}
    elements = dict(map(named_element, split_top_level(inside)))
    return {} if "" in elements else elements


_ZERO = frozenset(
    {"Bool", "Decimal", "Float32", "Float64", "BFloat16", "Date", "DateTime", "DateTime64"}
)


def same_empty_value(live: str, desired: str) -> bool:
    """Tell whether rows written before a column read the same of it under both types.

    A NULL that finds no place in *desired* is left to the probe of the data, as every other NULL.
    """
    return is_nullable(live) or _empty_value(live) == _empty_value(desired)


def _empty_value(text: str) -> str:
    if is_nullable(text):
        return "NULL"
    text = _stripped(text)
    name, inside, _ = bracketed(text)
    members = enum_members(text)
    if members:
        return min(members, key=lambda label: members[label])
    if name == "Tuple":
        types = (named_element(element)[1] for element in split_top_level(inside))
        return f"({', '.join(map(_empty_value, types))})"
    if name in {"Array", "Map"}:
        return name
    name = base_name(text)
    return "0" if name in _ZERO or name.removeprefix("U").removeprefix("Int").isdigit() else name
