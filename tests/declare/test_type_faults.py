# ruff: noqa: UP007 - the older spellings are tested as well
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from typing import Annotated, Any, Literal, NamedTuple, Optional, Union

import pytest
from pydantic import BaseModel, Field, create_model

from moose_dagster import ClickHouseJson, OlapTable
from moose_dagster.declare.columns import (
    ClickhouseSize,
    ClickHouseTTL,
    ClickHouseType,
    FixedString,
    clickhouse_datetime64,
    clickhouse_decimal,
    clickhouse_default,
    clickhouse_time64,
)
from moose_dagster.declare.faults import FaultsError
from moose_dagster.declare.types import type_text


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


class Node(BaseModel):
    child: Optional["Node"] = None


class Empty(BaseModel):
    pass


class Nullish(BaseModel):
    null: int


class Pair(NamedTuple):
    a: int


class Inner(BaseModel):
    zip: str
    at: int | None = None


FAULTS = [
    (Decimal, "a bare Decimal has no digits; write clickhouse_decimal(18, 2)."),
    (
        Annotated[Decimal, Field(max_digits=10)],
        "a Decimal without decimal_places can't hold fractions; write clickhouse_decimal(10, 2).",
    ),
    (
        clickhouse_decimal(77, 2),
        (
            "Decimal(77, 2) can't be stored; digits go from 1 to 76, decimal places from "
            "0 to the digits."
        ),
    ),
    (
        timedelta,
        (
            "a timedelta does not name a ClickHouse type; write Time, clickhouse_time64(6), "
            "or seconds as int or float."
        ),
    ),
    (
        Annotated[int, "IntervalDays"],
        '"IntervalDays" is not a ClickHouse interval; did you mean IntervalDay?',
    ),
    (clickhouse_time64(10), "Time64(10) can't be stored; precision goes from 0 to 9."),
    (
        time,
        (
            "ClickHouse's times of a day are timedeltas in Python; write Time, "
            "clickhouse_time64(6) or str."
        ),
    ),
    (clickhouse_datetime64(10), "DateTime64(10) can't be stored; precision goes from 0 to 9."),
    (
        Annotated[date, ClickhouseSize(3)],
        "a date of 3 bytes can't be stored; write ClickhouseSize(2) or (4).",
    ),
    (
        Annotated[int, "int7"],
        '"int7" is not a ClickHouse integer; the sizes are 8, 16, 32, 64, 128 and 256.',
    ),
    (
        Annotated[float, "float16"],
        '"float16" is not a ClickHouse float; write "float32" or "float64".',
    ),
    (Annotated[str, "uint8"], '"uint8" does not fit str; take it off or change the type.'),
    (
        Annotated[int, FixedString(3)],
        "ClickhouseFixedStringSize(size=3) does not fit int; take it off or change the type.",
    ),
    (Annotated[str, FixedString(0)], "FixedString(0) holds nothing; its size starts at 1."),
    (
        Annotated[clickhouse_decimal(9, 2), "LowCardinality"],
        "LowCardinality can't hold Decimal(9, 2); take LowCardinality off.",
    ),
    (
        int | str,
        (
            "int | str is a union of several types; choose one, or annotate "
            'ClickHouseType("Variant(...)").'
        ),
    ),
    (
        Union[int, str, None],
        (
            "int | str is a union of several types; choose one, or annotate "
            'ClickHouseType("Variant(...)").'
        ),
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


MORE = "is more than a type: remove"
OWN = "Codecs, defaults and the like have annotations of their own."
LIKE_ENUM = "write it like Enum8('a' = 1, 'b' = 2)."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Int64 DEFAULT 1", [f'"Int64 DEFAULT 1" {MORE} "DEFAULT 1". {OWN}']),
        ("String DEFAULT f(1)", [f'"String DEFAULT f(1)" {MORE} "DEFAULT f(1)". {OWN}']),
        (
            "Nullable(Int8) CODEC(ZSTD)",
            [f'"Nullable(Int8) CODEC(ZSTD)" {MORE} "CODEC(ZSTD)". {OWN}'],
        ),
        ("Array(Int8 TTL x)", [f'"Int8 TTL x" {MORE} "TTL x". {OWN}']),
        ("Int7", ['ClickHouse has no type called "Int7"; did you mean Int8?']),
        ("Object('json')", ['ClickHouse has no type called "Object".']),
        ("Int64)", ['ClickHouse has no type called "Int64)"; did you mean Int64?']),
        ("Nothing", ["no column can be of type Nothing; choose the type it will hold."]),
        ("Array(Nothing)", ["no column can be of type Nothing; choose the type it will hold."]),
        ("Array(Int8, Int8)", ["Array(...) holds one type, not 2; write it like Array(String)."]),
        (
            "Nullable(Array(Int8))",
            ["Array can't be inside Nullable; take Nullable off, or move it inside."],
        ),
        (
            "Nullable(Variant(Int8))",
            ["Variant can't be inside Nullable; take Nullable off, or move it inside."],
        ),
        (
            "Array(Nullable(LowCardinality(String)))",
            ["LowCardinality can't be inside Nullable; take Nullable off, or move it inside."],
        ),
        (
            "LowCardinality(Decimal(9, 2))",
            ["LowCardinality can't hold Decimal(9, 2); take LowCardinality off."],
        ),
        ("Map(String)", ["Map(...) holds a key and a value; write it like Map(String, Int64)."]),
        (
            "Map(Nullable(String), Int8)",
            ["the keys of a Map can't be NULL; take Nullable off the key."],
        ),
        ("Tuple(a Int8, Int16)", ["a Tuple names all of its elements or none; name the rest."]),
        ("Tuple(a Int8, a Int16)", ["two elements of a Tuple have one name; rename one of them."]),
        ("Tuple(null Int8)", ["'null' can't name a tuple element; give it another name."]),
        (
            "Nested(Int8)",
            ["Nested(...) names each of its columns; write it like Nested(id Int64, name String)."],
        ),
        (
            "Variant(Nullable(Int8), String)",
            ["a Variant holds NULL itself; take Nullable off inside."],
        ),
        ("FixedString(0)", ["FixedString(0) has no size; its size starts at 1."]),
        (
            "Decimal(77, 1)",
            [
                (
                    "Decimal(77, 1) can't be stored; digits go from 1 to 76, decimal "
                    "places from 0 to the digits."
                )
            ],
        ),
        ("DateTime64(10)", ["DateTime64(10) can't be stored; precision goes from 0 to 9."]),
        ("Time64(10)", ["Time64(10) can't be stored; precision goes from 0 to 9."]),
        ("Enum8(a = 1)", [f"an Enum needs members in quotes; {LIKE_ENUM}"]),
        (
            "Enum8('a' = 1, 'a' = 2)",
            ["two members of an Enum have one name or one number; change one of them."],
        ),
        (
            "Enum8('a' = 1, 'b' = 1)",
            ["two members of an Enum have one name or one number; change one of them."],
        ),
        ("Enum8('a' = 200)", ["a number of the Enum is outside -128 to 127; choose another."]),
        ("JSON(a Strin)", ['ClickHouse has no type called "Strin"; did you mean String?']),
        (
            "AggregateFunction(sum, Int65)",
            ['ClickHouse has no type called "Int65"; did you mean Int64?'],
        ),
        (
            "SimpleAggregateFunction(avg, Float64)",
            ["avg can't be a SimpleAggregateFunction. AggregateFunction takes every function."],
        ),
        (
            "LowCardinality(Int64)",
            [
                (
                    "ClickHouse refuses LowCardinality(Int64) by default; change it or set "
                    "allow_suspicious_low_cardinality_types=1 in settings."
                )
            ],
        ),
        (
            "Array(FixedString(257))",
            [
                (
                    "ClickHouse refuses FixedString(257) by default; change it or set "
                    "allow_suspicious_fixed_string_types=1 in settings."
                )
            ],
        ),
    ],
)
def test_a_type_that_clickhouse_would_refuse_is_a_fault(text, expected, faults_of):
    model = create_model("Row", x=(Annotated[Any, ClickHouseType(text)], ...))

    assert faults_of(OlapTable[model]("t")) == [f"t.x: {fault}" for fault in expected]


def test_json_options_on_what_is_not_json_are_a_fault(faults_of):
    model = create_model("Row", x=(Annotated[int, ClickHouseJson()], ...))

    assert faults_of(OlapTable[model]("t")) == [
        "t.x: ClickHouseJson is for dict[str, Any], Any or a model; take it off or change the type."
    ]
