"""Python's scalar types as ClickHouse types."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from moose_dagster.declare.annotations import Unwrapped
from moose_dagster.declare.columns import (
    ClickhouseFixedStringSize,
    ClickhousePrecision,
    ClickhouseSize,
)
from moose_dagster.declare.faults import did_you_mean, fault
from moose_dagster.declare.type_names import INTERVALS
from moose_dagster.state.counting import counted

_SIZED = re.compile(r"(?:u?int|b?float)\d+\Z")
_SIZED_KINDS: Mapping[type, tuple[str, ...]] = {float: ("float", "bfloat"), int: ("int", "uint")}
_INT_BITS = frozenset({"8", "16", "32", "64", "128", "256"})
_MOST_DIGITS = 76
_MOST_FRACTION_DIGITS = 9


def scalar_type(seen: Unwrapped) -> str | None:
    """Return the ClickHouse type of a scalar, or None when *seen* is none."""
    kinds: tuple[type, ...] = seen.base.__mro__
    kind = next((kind for kind in kinds if kind in _SCALARS), None)
    if kind is None:
        return None
    _refuse_misplaced_marks(seen, kind)
    return _SCALARS[kind](seen)


def _text(seen: Unwrapped) -> str:
    fixed = seen.mark(ClickhouseFixedStringSize)
    if fixed is None:
        return "String"
    if fixed.size < 1:
        raise fault(f"FixedString({fixed.size}) holds nothing; its size starts at 1.")
    return f"FixedString({fixed.size})"


def _int(seen: Unwrapped) -> str:
    interval = next((word for word in seen.words() if word.startswith("Interval")), "")
    if interval:
        return _interval(interval)
    word = _size_word(seen)
    bits = word.removeprefix("u").removeprefix("int")
    if not word:
        return "Int64"
    if bits not in _INT_BITS:
        raise fault(
            f'"{word}" is not a ClickHouse integer; the sizes are 8, 16, 32, 64, 128 and 256.'
        )
    return word.replace("u", "U").replace("i", "I")


def _interval(word: str) -> str:
    if word not in INTERVALS:
        raise fault(f'"{word}" is not a ClickHouse interval{did_you_mean(word, INTERVALS)}')
    return word


def _float(seen: Unwrapped) -> str:
    word = _size_word(seen)
    size = seen.mark(ClickhouseSize)
    if size is not None:
        word = f"float{8 * size.size}"
    sizes = {"": "Float64", "float32": "Float32", "float64": "Float64", "bfloat16": "BFloat16"}
    if word not in sizes:
        raise fault(f'"{word}" is not a ClickHouse float; write "float32" or "float64".')
    return sizes[word]


def _decimal(seen: Unwrapped) -> str:
    digits = _constraint(seen, "max_digits")
    places = _constraint(seen, "decimal_places")
    if digits is None:
        raise fault("a bare Decimal has no digits; write clickhouse_decimal(18, 2).")
    if places is None:
        raise fault(
            "a Decimal without decimal_places can't hold fractions; "
            f"write clickhouse_decimal({digits}, 2)."
        )
    if not 1 <= digits <= _MOST_DIGITS or not 0 <= places <= digits:
        raise fault(
            f"Decimal({digits}, {places}) can't be stored; digits go from 1 to {_MOST_DIGITS}, "
            "decimal places from 0 to the digits."
        )
    return f"Decimal({digits}, {places})"


def _datetime(seen: Unwrapped) -> str:
    mark = seen.mark(ClickhousePrecision)
    if mark is None:
        return "DateTime('UTC')"
    if not 0 <= mark.precision <= _MOST_FRACTION_DIGITS:
        raise fault(f"DateTime64({mark.precision}) can't be stored; precision goes from 0 to 9.")
    return f"DateTime64({mark.precision})"


def _date(seen: Unwrapped) -> str:
    size = seen.mark(ClickhouseSize)
    sizes = {2: "Date", 4: "Date32"}
    if size is not None and size.size not in sizes:
        stored = counted(size.size, "byte")
        raise fault(f"a date of {stored} can't be stored; write ClickhouseSize(2) or (4).")
    # Date32, as Moose makes it: a Date stores 1950 as 1970 without a word.
    return "Date32" if size is None else sizes[size.size]


def _timedelta(seen: Unwrapped) -> str:
    mark = seen.mark(ClickhousePrecision)
    if mark is not None:
        if not 0 <= mark.precision <= _MOST_FRACTION_DIGITS:
            raise fault(f"Time64({mark.precision}) can't be stored; precision goes from 0 to 9.")
        return f"Time64({mark.precision})"
    if "Time" in seen.words():
        return "Time"
    raise fault(
        "a timedelta does not name a ClickHouse type; "
        "write Time, clickhouse_time64(6), or seconds as int or float."
    )


def _no_time(_seen: Unwrapped) -> str:
    raise fault(
        "ClickHouse's times of a day are timedeltas in Python; "
        "write Time, clickhouse_time64(6) or str."
    )


_SCALARS: Mapping[type, Callable[[Unwrapped], str]] = {
    str: _text,
    bytes: _text,
    bool: lambda _: "Bool",
    int: _int,
    float: _float,
    Decimal: _decimal,
    datetime: _datetime,
    date: _date,
    UUID: lambda _: "UUID",
    IPv4Address: lambda _: "IPv4",
    IPv6Address: lambda _: "IPv6",
    timedelta: _timedelta,
    time: _no_time,
}
_MARKED: Mapping[type, frozenset[type]] = {
    ClickhouseFixedStringSize: frozenset({str, bytes}),
    ClickhousePrecision: frozenset({datetime, timedelta}),
    ClickhouseSize: frozenset({float, date}),
}


def _size_word(seen: Unwrapped) -> str:
    return next((word for word in reversed(seen.words()) if _SIZED.match(word)), "")


def _constraint(seen: Unwrapped, name: str) -> int | None:
    values = (getattr(mark, name, None) for mark in reversed(seen.marks))
    return next((value for value in values if isinstance(value, int)), None)


def _refuse_misplaced_marks(seen: Unwrapped, kind: type) -> None:
    word = _size_word(seen)
    if word and not word.startswith(_SIZED_KINDS.get(kind, ())):
        raise fault(f'"{word}" does not fit {kind.__name__}; take it off or change the type.')
    for mark in seen.marks:
        if kind not in _MARKED.get(type(mark), {kind}):
            raise fault(f"{mark} does not fit {kind.__name__}; take it off or change the type.")
