from typing import Annotated, Any

import pytest
from pydantic import create_model

from moose_dagster import ClickHouseCodec, ClickHouseType, Key, OlapConfig, OlapTable, Project
from moose_dagster.sql.create import create_table


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
def test_a_codec_is_created_so(type_, codec, expected, house):
    [table] = Project("shop", [a_table(type_, codec)], database=house.database).desired.state.tables.values()

    house.raw(create_table(table))

    assert f"`x` {type_} CODEC({expected})" in create_table(table)


@pytest.mark.parametrize(
    ("type_", "codec", "spelled"),
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
def test_codecs_that_compress_nothing_are_a_fault_unless_a_setting_allows_them(type_, codec, spelled, faults_of, house):
    allowed = a_table(type_, codec, settings={"allow_suspicious_codecs": 1})
    [table] = Project("shop", [allowed], database=house.database).desired.state.tables.values()

    house.clickhouse.command(create_table(table), {"allow_suspicious_codecs": 1})

    assert faults_of(a_table(type_, codec)) == [
        (
            f"t.x: ClickHouse refuses CODEC({spelled}) on {type_} by default; change it or set "
            "allow_suspicious_codecs=1 in settings."
        )
    ]


def test_a_codec_that_there_is_not_is_a_fault(faults_of):
    assert faults_of(a_table("Int64", "zstd, LZ5")) == [
        "t.x: ClickHouse has no codec called zstd.",
        "t.x: ClickHouse has no codec called LZ5; did you mean LZ4?",
    ]
