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
_EXACT_IN_FLOAT = {"Float32": 24, "Float64": 53}
_FAMILIES: Mapping[str, str] = {
    "Date": "date", "Date32": "date", "DateTime": "date", "DateTime64": "date", "Time": "time",
    "Time64": "time", "IPv4": "ip", "IPv6": "ip", "UUID": "uuid", "Enum8": "enum", "Enum16": "enum",
    "Bool": "number", "Decimal": "number", "Float32": "number", "Float64": "number", "BFloat16": "number",
    "String": "text", "FixedString": "text",
}  # fmt: skip
_MEANING = "keeps the stored bytes but changes what they mean"


def type_risk(live: str, desired: str) -> tuple[Risk, str]:
    """Return the risk of changing a stored column from type *live* to *desired*, and why in words."""
    risk, why = _risk_of_values(live, desired)
    if is_nullable(live) and not is_nullable(desired) and risk in {Risk.SAFE, Risk.REWRITE}:
        return Risk.DATA_DEPENDENT, "NULLs have no place in the declared type"
    return risk, why


def _risk_of_values(live: str, desired: str) -> tuple[Risk, str]:
    if gains_members(live, desired) and same_empty_value(live, desired):
        return Risk.SAFE, "members are only added"
    plain_live, plain_desired = _stripped(live), _stripped(desired)
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
    name, inside, _ = bracketed(text)
    return _stripped(inside) if name in {"Nullable", "LowCardinality"} else text


def _enum_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    members, wanted = enum_members(live), enum_members(desired)
    if members is None or wanted is None:
        return None
    if any(label in wanted and wanted[label] != number for label, number in members.items()):
        return (
            Risk.IMPOSSIBLE,
            "a member keeps its label but changes its number, which the server refuses",
        )
    numbers = set(wanted.values())
    if any(number in numbers and label not in wanted for label, number in members.items()):
        return Risk.DESTRUCTIVE, f"a member's label changes on the same number, which {_MEANING}"
    if not members.keys() <= wanted.keys():
        return Risk.DATA_DEPENDENT, "rows that hold a removed member become unreadable"
    return Risk.REWRITE, "members are only added; the column is rewritten"


def _aggregate_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    names = {base_name(live), base_name(desired)}
    if "AggregateFunction" in names:
        return Risk.IMPOSSIBLE, "the server refuses to change the type of an aggregate state"
    if "SimpleAggregateFunction" in names:
        return Risk.DESTRUCTIVE, f"another aggregate function {_MEANING}"
    return None


def _text_size_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    if base_name(live) != "FixedString" or base_name(desired) != "FixedString":
        return None
    if int(bracketed(live)[1]) < int(bracketed(desired)[1]):
        return Risk.REWRITE, "every value fits; shorter ones are padded with zero bytes"
    return Risk.IMPOSSIBLE, "the server refuses to shrink a FixedString"


def _meaning_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    families = _family(live), _family(desired)
    if families[1] == "text" and families[0] != "text":
        return Risk.DESTRUCTIVE, "what reads or writes the values finds text in their place"
    if "text" in families or families[0] == families[1]:
        if families == ("date", "date") and _time_zone(live) != _time_zone(desired):
            return Risk.DESTRUCTIVE, f"another time zone {_MEANING}"
        return None
    if families == ("other", "other"):
        return None
    return Risk.DESTRUCTIVE, f"a change between kinds of types {_MEANING}"


def _nested_risk(live: str, desired: str) -> tuple[Risk, str] | None:
    for part, wanted in _parts(live, desired):
        risk, why = type_risk(part, wanted)
        if risk is Risk.DATA_DEPENDENT and enum_members(part) and enum_members(wanted):
            return Risk.IMPOSSIBLE, "rows that hold a removed member would become unreadable"
        if risk in {Risk.DESTRUCTIVE, Risk.IMPOSSIBLE}:
            return risk, why
        if _stripped(wanted) == "Bool" and _stripped(part) != "Bool":
            # The server keeps a 2 there, and no conversion tells it from true.
            return Risk.DESTRUCTIVE, f"a Bool inside another type {_MEANING}"
    return None


def _parts(live: str, desired: str) -> Iterable[tuple[str, str]]:
    """Return the types inside both types that values are converted between."""
    name, inside, _ = bracketed(live)
    wanted_name, wanted_inside, _ = bracketed(desired)
    if name != wanted_name or name not in {"Array", "Map", "Tuple"}:
        return ()
    parts, wanted = split_top_level(inside), split_top_level(wanted_inside)
    if name != "Tuple":
        return zip(parts, wanted, strict=True)
    elements = dict(named_element(element) for element in wanted)
    if "" in elements:
        return zip(
            (named_element(part)[1] for part in parts),
            (named_element(part)[1] for part in wanted),
            strict=False,
        )
    return [
        (part, elements[label]) for label, part in map(named_element, parts) if label in elements
    ]


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
    live, desired = _stripped(live), _stripped(desired)
    if live == desired:
        return True
    rules: tuple[Callable[[str, str], bool], ...] = (
        _number_widens, _decimal_widens, _date_widens, _enum_widens, _parts_widen, _tuple_widens,
    )  # fmt: skip
    return any(rule(live, desired) for rule in rules)


def _number_widens(live: str, desired: str) -> bool:
    if (live, desired) == ("Float32", "Float64"):
        return True
    source, target = _INTEGER.match(live), _INTEGER.match(desired)
    if source and desired in _EXACT_IN_FLOAT:
        return int(source[2]) <= _EXACT_IN_FLOAT[desired]
    if not source or not target:
        return False
    unsigned, width, wide = bool(source[1]), int(source[2]), int(target[2])
    return wide > width and (unsigned or not target[1])


def _decimal_widens(live: str, desired: str) -> bool:
    if base_name(live) != "Decimal" or base_name(desired) != "Decimal":
        return False
    precision, scale = (int(part) for part in split_top_level(bracketed(live)[1]))
    wide_precision, wide_scale = (int(part) for part in split_top_level(bracketed(desired)[1]))
    return wide_scale >= scale and wide_precision - wide_scale >= precision - scale


def _date_widens(live: str, desired: str) -> bool:
    names = base_name(live), base_name(desired)
    if names == ("Date", "Date32"):
        return True
    if names not in {("DateTime", "DateTime64"), ("DateTime64", "DateTime64")}:
        return False
    digits = int(split_top_level(bracketed(desired)[1])[0])
    kept = 0 if names[0] == "DateTime" else int(split_top_level(bracketed(live)[1])[0])
    # DateTime64(7) and finer hold a shorter span of years; the server then fails half-way.
    return _time_zone(live) == _time_zone(desired) and kept <= digits <= 6  # noqa: PLR2004


def _enum_widens(live: str, desired: str) -> bool:
    members, wanted = enum_members(live), enum_members(desired)
    return members is not None and wanted is not None and members.items() <= wanted.items()


def _parts_widen(live: str, desired: str) -> bool:
    name, inside, _ = bracketed(live)
    wanted_name, wanted_inside, _ = bracketed(desired)
    if name != wanted_name or name not in {"Array", "Map"}:
        return False
    pairs = zip(split_top_level(inside), split_top_level(wanted_inside), strict=True)
    return all(_widens(part, wanted) for part, wanted in pairs)


def _tuple_widens(live: str, desired: str) -> bool:
    name, inside, _ = bracketed(live)
    wanted_name, wanted_inside, _ = bracketed(desired)
    if name != wanted_name or name != "Tuple":
        return False
    elements, wanted = _named(inside), _named(wanted_inside)
    if not elements or not wanted:
        return False
    return elements.keys() <= wanted.keys() and all(
        _widens(element, wanted[label]) for label, element in elements.items()
    )


def _named(inside: str) -> dict[str, str]:
    pairs = [element.partition(" ") for element in split_top_level(inside)]
    return (
        {label: element for label, _, element in pairs}
        if all(element for _, _, element in pairs)
        else {}
    )


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
