# ruff: noqa: UP006, UP007, UP035, UP045, PYI061 - the older spellings are tested as well
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Dict, List, Literal, NamedTuple, NewType, Optional, Set, Tuple, Union
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, PositiveInt, RootModel, condecimal
from typing_extensions import TypeAliasType

from moose_dagster.declare.columns import (
    ClickhousePrecision,
    ClickhouseSize,
    ClickHouseTTL,
    ClickHouseType,
    FixedString,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Key,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    clickhouse_datetime64,
    clickhouse_decimal,
    clickhouse_default,
    clickhouse_time64,
)
from moose_dagster.declare.faults import FaultsError
from moose_dagster.declare.types import type_text


class Color(str, Enum):
    RED = "red"
    GREEN = "it's green"


class Level(IntEnum):
    HIGH = 30
    LOW = -1


class Year(Enum):
    THIS = 2000


class Huge(Enum):
    ONE = 40_000


class Mixed(Enum):
    A = 1
    B = "b"


class Nothing(Enum):
    pass


class Access(Flag):
    READ = 1
    WRITE = 2


Hundreds = Enum("Hundreds", {f"M{number}": f"m{number}" for number in range(200)})


class Inner(BaseModel):
    zip: str
    at: int | None = None


class Outer(BaseModel):
    inner: Inner = Field(alias="the inner")
    many: list[int]


class Tags(RootModel[list[str]]):
    pass


class Node(BaseModel):
    child: Optional["Node"] = None


class Empty(BaseModel):
    pass


class Nullish(BaseModel):
    null: int


class Pair(NamedTuple):
    a: int


class Words(str):
    __slots__ = ()


UserId = NewType("UserId", str)
Small = TypeAliasType("Small", Annotated[int, "uint8"])

ROWS = [
    (str, "String"),
    (Words, "String"),
    (UserId, "String"),
    (bytes, "String"),
    (int, "Int64"),
    (PositiveInt, "Int64"),
    (float, "Float64"),
    (bool, "Bool"),
    (datetime, "DateTime('UTC')"),
    (date, "Date32"),
    (UUID, "UUID"),
    (IPv4Address, "IPv4"),
    (IPv6Address, "IPv6"),
    (Int8, "Int8"),
    (Int16, "Int16"),
    (Int32, "Int32"),
    (Int64, "Int64"),
    (UInt8, "UInt8"),
    (UInt16, "UInt16"),
    (UInt32, "UInt32"),
    (UInt64, "UInt64"),
    (Small, "UInt8"),
    (Annotated[int, "uint256"], "UInt256"),
    (Annotated[int, "how many there are"], "Int64"),
    (Float32, "Float32"),
    (Float64, "Float64"),
    (Annotated[float, "float32"], "Float32"),
    (Annotated[float, ClickhouseSize(4)], "Float32"),
    (Annotated[float, ClickhouseSize(8)], "Float64"),
    (Annotated[date, ClickhouseSize(2)], "Date"),
    (Annotated[date, ClickhouseSize(4)], "Date32"),
    (clickhouse_decimal(18, 2), "Decimal(18, 2)"),
    (Annotated[Decimal, Field(max_digits=10, decimal_places=0)], "Decimal(10, 0)"),
    (condecimal(max_digits=4, decimal_places=2), "Decimal(4, 2)"),
    (clickhouse_datetime64(3), "DateTime64(3)"),
    (Annotated[datetime, ClickhousePrecision(9)], "DateTime64(9)"),
    (Annotated[str, FixedString(16)], "FixedString(16)"),
    (Annotated[bytes, FixedString(3)], "FixedString(3)"),
    (Key[str], "String"),
    (Annotated[str, "LowCardinality"], "LowCardinality(String)"),
    (Annotated[str | None, "LowCardinality"], "LowCardinality(Nullable(String))"),
    (Optional[Annotated[str, "LowCardinality"]], "LowCardinality(Nullable(String))"),
    (Annotated[str, FixedString(2), "LowCardinality"], "LowCardinality(FixedString(2))"),
    (Literal["a", "b"], "LowCardinality(String)"),
    (Literal["a", None], "LowCardinality(Nullable(String))"),
    (Literal["a"] | None, "LowCardinality(Nullable(String))"),
    (Literal[1, 2], "Int64"),
    (Literal[True], "Bool"),
    (Color, r"Enum8('red' = 1, 'it\'s green' = 2)"),
    (Level, "Enum8('LOW' = -1, 'HIGH' = 30)"),
    (Year, "Enum16('THIS' = 2000)"),
    (Color | None, r"Nullable(Enum8('red' = 1, 'it\'s green' = 2))"),
    (Optional[int], "Nullable(Int64)"),
    (int | None, "Nullable(Int64)"),
    (Union[None, int], "Nullable(Int64)"),
    (Annotated[Annotated[int, "uint8"] | None, Field(gt=0)], "Nullable(UInt8)"),
    (Optional[clickhouse_decimal(10, 2)], "Nullable(Decimal(10, 2))"),
    (list[int], "Array(Int64)"),
    (List[int | None], "Array(Nullable(Int64))"),
    (Set[str], "Array(String)"),
    (frozenset[str], "Array(String)"),
    (Sequence[str], "Array(String)"),
    (tuple[str, ...], "Array(String)"),
    (list[list[UInt8]], "Array(Array(UInt8))"),
    (list[Literal["a"]], "Array(LowCardinality(String))"),
    (Tuple[str, int | None], "Tuple(String, Nullable(Int64))"),
    (dict[str, int], "Map(String, Int64)"),
    (Dict[str, int | None], "Map(String, Nullable(Int64))"),
    (Mapping[UUID, list[int]], "Map(UUID, Array(Int64))"),
    (dict[str, Any], "JSON"),
    (dict[str, Any] | None, "Nullable(JSON)"),
    (Any, "JSON"),
    (Inner, "Tuple(zip String, at Nullable(Int64))"),
    (Annotated[Inner, "ClickHouseNamedTuple"], "Tuple(zip String, at Nullable(Int64))"),
    (list[Inner], "Array(Tuple(zip String, at Nullable(Int64)))"),
    (
        Outer,
        "Tuple(`the inner` Tuple(zip String, at Nullable(Int64)), many Array(Int64))",
    ),
    (Tags, "Array(String)"),
    (Annotated[tuple[float, float], "Point"], "Point"),
    (Annotated[list[tuple[float, float]], "Ring"], "Ring"),
    (Annotated[str, "Point"], "String"),
    (Annotated[object, ClickHouseType("Variant(Int8,String)")], "Variant(Int8, String)"),
    (Annotated[timedelta, ClickHouseType("IntervalSecond")], "IntervalSecond"),
    (Optional[Annotated[Decimal, ClickHouseType("Decimal32(4)")]], "Nullable(Decimal(9, 4))"),
    (Annotated[Any | None, ClickHouseType("Dynamic")], "Dynamic"),
    (Annotated[str | None, ClickHouseType("Nullable(String)")], "Nullable(String)"),
]


@pytest.mark.parametrize(("annotation", "expected"), ROWS, ids=str)
def test_a_python_type_becomes_this_clickhouse_type(annotation: object, expected: str):
    assert type_text(annotation) == expected


def test_an_enum_with_more_members_than_int8_has_numbers_is_an_enum16():
    text = type_text(Hundreds)

    assert text.startswith("Enum16('m0' = 1, 'm1' = 2, ")
    assert text.endswith(", 'm199' = 200)")


FAULTS = [
    (Decimal, "a bare Decimal has no digits; write clickhouse_decimal(18, 2)."),
    (
        Annotated[Decimal, Field(max_digits=10)],
        "a Decimal without decimal_places loses its cents; write clickhouse_decimal(10, 2).",
    ),
    (
        clickhouse_decimal(77, 2),
        "Decimal(77, 2) can't be stored; digits go from 1 to 76, decimal places from 0 to the digits.",
    ),
    (
        timedelta,
        "a timedelta has no one ClickHouse type; write Time, clickhouse_time64(6), or seconds as int or float.",
    ),
    (Annotated[int, "IntervalDays"], '"IntervalDays" is no interval of ClickHouse; did you mean IntervalDay?'),
    (clickhouse_time64(10), "Time64(10) can't be stored; precision goes from 0 to 9."),
    (
        time,
        "ClickHouse's times of a day are timedeltas in Python; write Time, clickhouse_time64(6) or str.",
    ),
    (clickhouse_datetime64(10), "DateTime64(10) can't be stored; precision goes from 0 to 9."),
    (
        Annotated[date, ClickhouseSize(3)],
        "a date of 3 bytes can't be stored; write ClickhouseSize(2) or (4).",
    ),
    (
        Annotated[int, "int7"],
        '"int7" is no ClickHouse integer; the sizes are 8, 16, 32, 64, 128 and 256.',
    ),
    (Annotated[float, "float16"], '"float16" is no ClickHouse float; write "float32" or "float64".'),
    (Annotated[str, "uint8"], '"uint8" says nothing about str; take it off or change the type.'),
    (
        Annotated[int, FixedString(3)],
        "ClickhouseFixedStringSize(size=3) says nothing about int; take it off or change the type.",
    ),
    (Annotated[str, FixedString(0)], "FixedString(0) holds nothing; its size starts at 1."),
    (
        Annotated[clickhouse_decimal(9, 2), "LowCardinality"],
        "LowCardinality can't hold Decimal(9, 2); take LowCardinality off.",
    ),
    (
        int | str,
        'int | str is a union of several types; choose one, or annotate ClickHouseType("Variant(...)").',
    ),
    (
        Union[int, str, None],
        'int | str is a union of several types; choose one, or annotate ClickHouseType("Variant(...)").',
    ),
    (list[int] | None, "Array can't be NULL; drop Optional and use an empty default."),
    (dict[str, int] | None, "Map can't be NULL; drop Optional and use an empty default."),
    (Inner | None, "Tuple can't be NULL; drop Optional and use an empty default."),
    (dict[str | None, int], "the keys of a Map can't be NULL; drop Optional from the key."),
    (list, "a bare list does not say what is in it; write it like list[str]."),
    (dict, "a bare dict does not say what is in it; write it like dict[str, int]."),
    (tuple, "a bare tuple does not say what is in it; write it like tuple[str]."),
    (tuple[()], "an empty tuple has nothing to store; write tuple[int, str] or list[int]."),
    (complex, 'complex has no ClickHouse type; annotate ClickHouseType("...") or change the type.'),
    (object, 'object has no ClickHouse type; annotate ClickHouseType("...") or change the type.'),
    (Pair, 'Pair has no ClickHouse type; annotate ClickHouseType("...") or change the type.'),
    (
        Literal["a", 1],
        "a Literal is stored only when its values are all str, all int or all bool; use an Enum.",
    ),
    (Mixed, "the members of Mixed must be all str or all int; change their values."),
    (Nothing, "the Enum Nothing has no members; add one."),
    (Huge, "a member of Huge does not fit an Enum16 (-32768 to 32767); store it as int."),
    (Access, "Access is a Flag, whose members combine; store it as int."),
    (Node, "Node contains itself; a column has one fixed shape, so store dict[str, Any]."),
    (Empty, "the model Empty has no fields; add one."),
    (
        list[Annotated[int, clickhouse_default("1")]],
        "ClickhouseDefault is for a whole column; move it to a field of the table's model.",
    ),
    (
        tuple[Annotated[datetime, ClickHouseTTL("x")]],
        "ClickHouseTTL is for a whole column; move it to a field of the table's model.",
    ),
    (Nullish, "'null' can't name a tuple element; give the field another alias."),
    (
        Annotated[int, ClickHouseType(" ")],
        'ClickHouseType("") names no type; write one, such as ClickHouseType("UInt128").',
    ),
]


@pytest.mark.parametrize(("annotation", "message"), FAULTS, ids=str)
def test_a_type_that_has_no_column_says_what_to_write(annotation: object, message: str):
    with pytest.raises(FaultsError) as caught:
        type_text(annotation)

    assert [fault.message for fault in caught.value.faults] == [message]
