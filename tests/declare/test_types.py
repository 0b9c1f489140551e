# ruff: noqa: UP006, UP007, UP035, UP045, PYI061 - the older spellings are tested as well
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Dict, List, Literal, NewType, Optional, Set, Tuple, Union
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, PositiveInt, RootModel, condecimal
from typing_extensions import TypeAliasType

from moose_dagster.declare.columns import (
    ClickhousePrecision,
    ClickhouseSize,
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
)
from moose_dagster.declare.types import type_text


class Color(str, Enum):
    RED = "red"
    GREEN = "it's green"


class Level(IntEnum):
    HIGH = 30
    LOW = -1


class Year(Enum):
    THIS = 2000


Hundreds = Enum("Hundreds", {f"M{number}": f"m{number}" for number in range(200)})


class Inner(BaseModel):
    zip: str
    at: int | None = None


class Outer(BaseModel):
    inner: Inner = Field(alias="the inner")
    many: list[int]


class Tags(RootModel[list[str]]):
    pass


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
