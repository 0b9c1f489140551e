# ruff: noqa: UP007 - the older spellings are tested as well
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from typing import Annotated, Literal, NamedTuple, Optional, Union

import pytest
from pydantic import BaseModel, Field

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
        "a Decimal without decimal_places loses its cents; write clickhouse_decimal(10, 2).",
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
            "a timedelta has no one ClickHouse type; write Time, clickhouse_time64(6), "
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
