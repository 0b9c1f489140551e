from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from moose_dagster.declare.columns import (
    ClickHouseAlias,
    ClickHouseCodec,
    ClickHouseEphemeral,
    ClickHouseMaterialized,
    ClickHouseTTL,
    ClickHouseType,
    Key,
    UInt8,
    clickhouse_default,
)
from moose_dagster.declare.models import columns_of
from moose_dagster.declare.tables import OlapTable
from moose_dagster.state.tables import Column, Default


class Event(BaseModel):
    at: Annotated[datetime, clickhouse_default("now()"), ClickHouseCodec("Delta, ZSTD")]
    day: Annotated[str, ClickHouseMaterialized("toDate(at)"), ClickHouseType("Date")]
    upper: Annotated[str, ClickHouseAlias("upper(day)")]
    raw: Annotated[str, ClickHouseEphemeral()]
    typed: Annotated[int, ClickHouseEphemeral("7")]
    note: Annotated[str | None, ClickHouseTTL("at + INTERVAL 1 MONTH")] = Field(
        None, description="What it's about"
    )
    count: UInt8 = 5
    user_name: str = Field(alias="userName")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        (
            "at",
            Column("at", "DateTime('UTC')", Default("DEFAULT", "now()"), codec="Delta(4), ZSTD(1)"),
        ),
        ("day", Column("day", "Date", Default("MATERIALIZED", "toDate(at)"))),
        ("upper", Column("upper", "String", Default("ALIAS", "upper(day)"))),
        ("raw", Column("raw", "String", Default("EPHEMERAL", ""))),
        ("typed", Column("typed", "Int64", Default("EPHEMERAL", "7"))),
        (
            "note",
            Column(
                "note", "Nullable(String)", comment="What it's about", ttl="at + INTERVAL 1 MONTH"
            ),
        ),
        ("userName", Column("userName", "String")),
    ],
)
def test_a_field_becomes_this_column(name: str, column: Column):
    assert columns_of(Event).by_name[name] == column


def test_a_python_default_stays_in_python():
    assert columns_of(Event).by_name["count"] == Column("count", "UInt8")


def test_columns_keep_the_order_of_the_fields_and_inherited_ones_come_first():
    class Late(Event):
        extra: int

    names = [column.name for column in columns_of(Late).columns]

    assert names == ["at", "day", "upper", "raw", "typed", "note", "count", "userName", "extra"]


def test_an_alias_generator_names_the_columns():
    class Shouted(BaseModel):
        model_config = ConfigDict(alias_generator=str.upper)
        id: Key[int]

    assert columns_of(Shouted).keys == ("ID",)


def test_an_optional_around_an_annotated_property_still_counts():
    class Loose(BaseModel):
        at: Annotated[datetime, clickhouse_default("now()")] | None

    assert columns_of(Loose).columns == (
        Column("at", "Nullable(DateTime('UTC'))", Default("DEFAULT", "now()")),
    )


def test_a_forward_reference_is_resolved_where_the_model_was_written():
    assert columns_of(Ahead).columns == (Column("later", "Tuple(id Int64)"),)


class Ahead(BaseModel):
    later: "Later"


class Later(BaseModel):
    id: int


class Unfound(BaseModel):
    what: "NotThere"  # noqa: F821 - the fault that is tested


class Doubled(BaseModel):
    a: int = Field(alias="c")
    b: int = Field(alias="c")


class Contradicting(BaseModel):
    a: Annotated[int, clickhouse_default("1"), ClickHouseMaterialized("2")]


class Compressed(BaseModel):
    a: Annotated[int, ClickHouseAlias("1"), ClickHouseCodec("ZSTD")]


class Blank(BaseModel):
    a: Annotated[int, clickhouse_default(" ")]


class Unnameable(BaseModel):
    a: int = Field(alias="x\0y")
    b: int = Field(alias="")


class Inner(BaseModel):
    price: Decimal
    wait: timedelta


class Outer(BaseModel):
    boxes: list[Inner]
    price: Decimal


class Bare(BaseModel):
    pass


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            Unfound,
            [
                (
                    "t: an annotation of Unfound names a type that can't be found; "
                    "import it in the module "
                    "of the model or define it before the table."
                )
            ],
        ),
        (Doubled, ["t.b: a second column is called c; give one of the two another alias."]),
        (Contradicting, ["t.a: DEFAULT and MATERIALIZED exclude each other; keep one."]),
        (
            Compressed,
            [
                (
                    "t.a: an ALIAS column stores nothing that a codec could compress; "
                    "take ClickHouseCodec off."
                )
            ],
        ),
        (Blank, ["t.a: ClickhouseDefault is empty; write an expression or take it off."]),
        (
            Unnameable,
            [
                "t.a: the column name 'x\\x00y' has a NUL character in it; take it out.",
                "t.b: the column name is empty; give it one.",
            ],
        ),
        (
            Outer,
            [
                "t.boxes.price: a bare Decimal has no digits; write clickhouse_decimal(18, 2).",
                (
                    "t.boxes.wait: a timedelta does not name a ClickHouse type; write "
                    "Time, clickhouse_time64(6), "
                    "or seconds as int or float."
                ),
                "t.price: a bare Decimal has no digits; write clickhouse_decimal(18, 2).",
            ],
        ),
        (Bare, ["t: the model Bare has no fields; add one."]),
    ],
)
def test_a_faulty_model_names_every_faulty_field(model, expected, faults_of):
    assert faults_of(OlapTable[model]("t")) == expected
