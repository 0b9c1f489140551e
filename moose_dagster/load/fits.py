"""Which values a column takes: the client library stores some others as a different value."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, TypeAlias

from moose_dagster.state.tokens import split_top_level

Value: TypeAlias = Any
"""A value of a message."""

Misfit: TypeAlias = Callable[[Value], str]
"""Returns what is wrong with a value of a column, or ""."""

_INTEGER = re.compile(r"(U?)Int(8|16|32|64|128|256)\Z")
_DECIMAL_DIGITS = {"32": 9, "64": 18, "128": 38, "256": 76}
_DECIMAL = re.compile(r"Decimal(32|64|128|256)?\((\d+)(?:, ?(\d+))?\)\Z")
_FIXED = re.compile(r"FixedString\((\d+)\)\Z")
_LABEL = re.compile(r"'((?:[^'\\]|\\.|'')*)'\s*=\s*-?\d+")
_CALL = re.compile(r"(\w+)\((.*)\)\Z", re.DOTALL)
_ELEMENT = re.compile(r"(?:`(?:[^`\\]|\\.)+`|\w+) (.+)\Z", re.DOTALL)
_TRANSPARENT = frozenset({"Nullable", "LowCardinality"})
_UTC = timezone.utc
_TIMES = {
    "DateTime": (datetime(1970, 1, 1, tzinfo=_UTC), datetime(2106, 2, 7, 6, 28, 15, tzinfo=_UTC)),
    "DateTime64": (datetime(1900, 1, 1, tzinfo=_UTC), datetime(2299, 12, 31, tzinfo=_UTC)),
    "DateTime64(9": (datetime(1900, 1, 1, tzinfo=_UTC), datetime(2262, 4, 11, tzinfo=_UTC)),
}
_DATES = {
    "Date": (date(1970, 1, 1), date(2149, 6, 6)),
    "Date32": (date(1900, 1, 1), date(2299, 12, 31)),
}


def integer_range(type_: str) -> tuple[int, int] | None:
    """Return the least and the greatest value of an integer type, or None for another type."""
    found = _INTEGER.match(type_)
    if not found:
        return None
    bits = int(found[2])
    return (0, 2**bits - 1) if found[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def misfit_of(type_: str) -> Misfit | None:
    """Return what checks the values of a column of *type_*; None where every value fits."""
    scalar = _scalar(type_)
    if scalar is not None:
        return scalar
    call = _CALL.match(type_)
    if call is None:
        return None
    name = call[1]
    inside = split_top_level(call[2])
    if name in _TRANSPARENT:
        within = misfit_of(inside[0])
        return _unless_none(within) if within else None
    if name == "Array":
        return _each(misfit_of(inside[0]), lambda value: value)
    if name == "Map":
        keys = _each(misfit_of(inside[0]), lambda value: value.keys())
        values = _each(misfit_of(inside[1]), lambda value: value.values())
        return _both(keys, values)
    if name == "Tuple":
        return _tuple(inside)
    return None


def _scalar(type_: str) -> Misfit | None:
    if bounds := integer_range(type_):
        return _between(bounds, type_)
    if found := _FIXED.match(type_):
        return _longest(int(found[1]), type_)
    if found := _DECIMAL.match(type_):
        digits = _DECIMAL_DIGITS[found[1]] if found[1] else int(found[2])
        scale = int(found[2] if found[1] else found[3] or 0)
        limit = Decimal(10) ** (digits - scale)
        return lambda value: "" if abs(value) < limit else f"{type_} can't hold the value"
    if type_.startswith(("Enum8(", "Enum16(")):
        labels = {_unescaped(label) for label in _LABEL.findall(type_)}
        return lambda value: "" if value in labels else "the Enum has no such member"
    if type_ in _DATES:
        return _between(_DATES[type_], type_)
    if type_.startswith("DateTime"):
        name = type_[:12] if type_.startswith("DateTime64(9") else type_.partition("(")[0]
        return _between(_TIMES[name], type_)
    return None


def _between(bounds: tuple[Any, Any], type_: str) -> Misfit:
    least, greatest = bounds

    def misfit(value: Value) -> str:
        return "" if least <= value <= greatest else f"{type_} can't hold the value"

    return misfit


def _longest(length: int, type_: str) -> Misfit:
    def misfit(value: str | bytes) -> str:
        encoded = value.encode() if isinstance(value, str) else value
        return "" if len(encoded) <= length else f"{type_} can't hold the value"

    return misfit


def _unless_none(within: Misfit) -> Misfit:
    return lambda value: "" if value is None else within(value)


def _each(within: Misfit | None, parts: Callable[[Any], Iterable[Any]]) -> Misfit | None:
    if within is None:
        return None

    def misfit(value: Value) -> str:
        for part in parts(value):
            if problem := within(part):
                return problem
        return ""

    return misfit


def _both(one: Misfit | None, other: Misfit | None) -> Misfit | None:
    if one is None or other is None:
        return one or other
    return lambda value: one(value) or other(value)


def _tuple(elements: Iterable[str]) -> Misfit | None:
    types = [found[1] if (found := _ELEMENT.match(one)) else one for one in elements]
    checks = [misfit_of(one.strip()) for one in types]
    if not any(checks):
        return None

    def misfit(value: Value) -> str:
        values: Iterable[Any] = getattr(value, "values", lambda: value)()
        for check, part in zip(checks, values, strict=False):
            if check is not None and (problem := check(part)):
                return problem
        return ""

    return misfit


def _unescaped(label: str) -> str:
    return label.replace("''", "'").replace("\\'", "'").replace("\\\\", "\\")
