from typing import Annotated, Any

import pytest
from pydantic import create_model

from moose_dagster import (
    ClickHouseCodec,
    ClickHouseType,
    Key,
    OlapConfig,
    OlapTable,
    Project,
    ServerError,
)
from moose_dagster.declare.codecs import codec_faults
from moose_dagster.sql.create import create_table
from moose_dagster.state.tables import Column


def a_table(type_: str, codec: str, **config: Any) -> OlapTable:
    annotation = Annotated[Any, ClickHouseType(type_), ClickHouseCodec(codec)]
    model = create_model("Row", id=(Key[int], ...), x=(annotation, ...))
    return OlapTable[model]("t", OlapConfig(**config))


@pytest.mark.parametrize(
    ("type_", "codec", "expected"),
    [
        *(("Int64", codec, codec) for codec in ("LZ4", "LZ4HC(9)", "ZSTD(3)", "NONE", "T64")),
        ("Int64", "Delta, ZSTD", "Delta(8), ZSTD(1)"),
        ("Int64", "GCD, LZ4", "GCD, LZ4"),
        ("Int64", "DoubleDelta", "DoubleDelta(8)"),
        ("Int64", "Delta, Default", "Delta(8), Default"),
        ("Int64", "LZ4, AES_256_GCM_SIV", "LZ4, AES_256_GCM_SIV"),
        ("Float64", "Gorilla", "Gorilla(8)"),
        ("Float64", "FPC", "FPC(12)"),
        ("Array(Float32)", "Gorilla, LZ4", "Gorilla(4), LZ4"),
        ("String", "AES_128_GCM_SIV", "AES_128_GCM_SIV"),
    ],
)
def test_a_codec_is_created_so(type_, codec, expected, db):
    [table] = Project(
        "shop", [a_table(type_, codec)], database=db.database
    ).desired.state.tables.values()

    db.raw(create_table(table))

    assert f"`x` {type_} CODEC({expected})" in create_table(table)


@pytest.mark.parametrize(
    ("type_", "codec", "stored"),
    [
        ("Int64", "Delta", "Delta(8)"),
        ("Int64", "GCD", "GCD"),
        ("Int64", "LZ4, ZSTD", "LZ4, ZSTD(1)"),
        ("Int64", "ZSTD, Delta", "ZSTD(1), Delta(8)"),
        ("Int64", "NONE, LZ4", "NONE, LZ4"),
        ("Int64", "Default, LZ4", "Default, LZ4"),
        ("Int64", "Gorilla", "Gorilla(8)"),
        ("Int64", "AES_128_GCM_SIV, LZ4", "AES_128_GCM_SIV, LZ4"),
    ],
)
def test_codecs_that_compress_nothing_are_a_fault_unless_a_setting_allows_them(
    type_, codec, stored, faults_of, db
):
    allowed = a_table(type_, codec, settings={"allow_suspicious_codecs": 1})
    [table] = Project("shop", [allowed], database=db.database).desired.state.tables.values()

    db.clickhouse.command(create_table(table), {"allow_suspicious_codecs": 1})

    assert faults_of(a_table(type_, codec)) == [
        (
            f"t.x: ClickHouse refuses CODEC({stored}) on {type_} by default; change it or set "
            "allow_suspicious_codecs=1 in settings."
        )
    ]


def test_a_codec_that_there_is_not_is_a_fault(faults_of):
    assert faults_of(a_table("Int64", "zstd, LZ5")) == [
        "t.x: ClickHouse has no codec called zstd.",
        "t.x: ClickHouse has no codec called LZ5; did you mean LZ4?",
    ]


VALUES = [
    *(
        "Int8",
        "UInt64",
        "Int128",
        "Float32",
        "BFloat16",
        "Bool",
        "String",
        "FixedString(8)",
        "UUID",
        "IPv4",
        "IPv6",
    ),
    *(
        "Date32",
        "DateTime64(3)",
        "Decimal(9, 2)",
        "Decimal(38, 2)",
        "Enum8('a' = 1)",
        "Nullable(Int64)",
    ),
    *("Nullable(String)", "Array(Array(Float32))", "Tuple(a Int64, b String)", "Map(Int64, Int64)"),
    *(
        "Array(Tuple(Int8, Array(UUID)))",
        "LowCardinality(String)",
        "AggregateFunction(sum, Int64)",
        "Point",
    ),
    *("SimpleAggregateFunction(sum, Int64)",),
]
ALLOWED = {"allow_suspicious_codecs": 1, "enable_alp_codec": 1}


@pytest.mark.requires("26.9", "what a codec compresses was measured there")
@pytest.mark.parametrize("codec", ["Delta", "DoubleDelta", "Gorilla", "T64", "GCD", "FPC", "ALP"])
def test_a_codec_is_a_fault_exactly_where_no_setting_makes_clickhouse_take_it(codec, db):
    faulty = [value for value in VALUES if list(codec_faults(Column("x", value, codec=codec)))]

    assert faulty == [value for value in VALUES if not taken(db, f"x {value} CODEC({codec})")]


def test_a_codec_that_does_not_fit_names_the_values_inside_that_it_can_not_compress(faults_of):
    assert faults_of(a_table("Map(Int8, Array(UUID))", "T64, ZSTD")) == [
        "t.x: T64 can't compress values of type UUID; choose another codec."
    ]


def taken(db, column):
    try:
        db.clickhouse.command(
            f"CREATE OR REPLACE TABLE {db.database}.c ({column}) ORDER BY tuple()", ALLOWED
        )
    except ServerError as error:
        if error.code not in {36, 431}:
            raise
        return False
    return True
