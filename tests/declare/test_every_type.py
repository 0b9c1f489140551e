from typing import Annotated, Any

import pytest
from lacking import on_a_server
from pydantic import BaseModel, create_model

from moose_dagster import (
    AggregateFunction,
    BFloat16,
    ClickHouseCodec,
    ClickHouseJson,
    ClickHouseStatistics,
    ClickHouseType,
    Int128,
    Int256,
    IntervalNanosecond,
    IntervalQuarter,
    Key,
    LineString,
    MultiLineString,
    MultiPolygon,
    OlapConfig,
    OlapTable,
    Point,
    Polygon,
    Project,
    Ring,
    Time,
    UInt128,
    UInt256,
    aggregated,
    clickhouse_time64,
    simple_aggregated,
)
from moose_dagster.sql.create import create_table
from moose_dagster.state.names import TableId
from moose_dagster.state.types import canonical_type


class Address(BaseModel):
    city: str
    code: int | None


class Document(BaseModel):
    name: str
    address: Address
    tags: list[str]


def the_table(annotation: object, database: str = "shop", **config: Any):
    model = create_model("Row", id=(Key[int], ...), x=(annotation, ...))
    project = Project("shop", [OlapTable[model]("t", OlapConfig(**config))], database=database)
    [table] = project.desired.state.tables.values()
    return table


ANNOTATED = [
    (Int128, "Int128"),
    (Int256, "Int256"),
    (UInt128, "UInt128"),
    (UInt256, "UInt256"),
    (BFloat16, "BFloat16"),
    (Time, "Time"),
    (Time | None, "Nullable(Time)"),
    (clickhouse_time64(6), "Time64(6)"),
    (IntervalNanosecond, "IntervalNanosecond"),
    (list[IntervalQuarter], "Array(IntervalQuarter)"),
    (Point, "Point"),
    (Ring, "Ring"),
    (LineString, "LineString"),
    (MultiLineString, "MultiLineString"),
    (Polygon, "Polygon"),
    (MultiPolygon, "MultiPolygon"),
    (aggregated(float, "avg", [int]), "AggregateFunction(avg, Int64)"),
    (
        aggregated(float, "argMax", [str | None, int]),
        "AggregateFunction(argMax, Nullable(String), Int64)",
    ),
    (
        Annotated[
            list[float], AggregateFunction(agg_func="quantiles(0.5, 0.9)", param_types=[float])
        ],
        "AggregateFunction(quantiles(0.5, 0.9), Float64)",
    ),
    (Annotated[int, AggregateFunction("count")], "AggregateFunction(count)"),
    (simple_aggregated("sum", int), "SimpleAggregateFunction(sum, Int64)"),
    (
        simple_aggregated("anyLast", str | None),
        "SimpleAggregateFunction(anyLast, Nullable(String))",
    ),
    (simple_aggregated("max", int) | None, "SimpleAggregateFunction(max, Nullable(Int64))"),
    (
        simple_aggregated("groupArrayArray", list[str]),
        "SimpleAggregateFunction(groupArrayArray, Array(String))",
    ),
    (Annotated[Any, ClickHouseJson()], "JSON"),
    (
        Annotated[dict[str, Any], ClickHouseJson(max_dynamic_paths=10, max_dynamic_types=3)],
        "JSON(max_dynamic_types = 3, max_dynamic_paths = 10)",
    ),
    (
        Annotated[Document, ClickHouseJson(skip_paths=("a.b",), skip_regexps=("^it's",))],
        (
            "JSON(`address.city` String, `address.code` Nullable(Int64), name "
            "String, tags Array(String), "
            "SKIP `a.b`, SKIP REGEXP '^it\\'s')"
        ),
    ),
]
EXACT = [
    *(
        "Int8",
        "Int16",
        "Int32",
        "Int64",
        "Int128",
        "Int256",
        "UInt8",
        "UInt16",
        "UInt32",
        "UInt64",
        "UInt128",
    ),
    *(
        "UInt256",
        "Float32",
        "Float64",
        "BFloat16",
        "Bool",
        "String",
        "FixedString(16)",
        "UUID",
        "IPv4",
        "IPv6",
    ),
    *(
        "Decimal(9, 2)",
        "Decimal(18, 4)",
        "Decimal(38, 6)",
        "Decimal(76, 10)",
        "Date",
        "Date32",
        "Time",
        "Time64(3)",
    ),
    *("DateTime", "DateTime('Europe/Berlin')", "DateTime64(3)", "DateTime64(6, 'UTC')"),
    *("Enum8('a' = 1, 'b' = 2)", "Enum16('a' = -300, 'it\\'s = 2' = 5)"),
    *(
        "LowCardinality(String)",
        "LowCardinality(Nullable(String))",
        "LowCardinality(FixedString(4))",
    ),
    *(
        "Nullable(Int64)",
        "Nullable(DateTime64(3, 'UTC'))",
        "Array(Nullable(Int8))",
        "Array(Array(String))",
    ),
    *(
        "Map(String, Nullable(Int8))",
        "Map(LowCardinality(String), Array(Int8))",
        "Tuple(Int8, Nullable(String))",
    ),
    *(
        "Tuple(a Int8, `b c` Tuple(d String))",
        "Array(Tuple(a Nullable(Int8), b Array(Nullable(String))))",
    ),
    *(
        "Nullable(Tuple(Int8))",
        "JSON",
        "JSON(max_dynamic_paths = 10, `a.b` Int64, SKIP c)",
        "Array(JSON)",
    ),
    *("Dynamic", "Dynamic(max_types = 5)", "Variant(Array(Int8), Int64, String)", "Nullable(JSON)"),
    *(
        "AggregateFunction(uniq, String)",
        "SimpleAggregateFunction(sum, UInt64)",
        "Nullable(Point)",
        "Geometry",
    ),
    *(
        "Point",
        "Ring",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "MultiPoint",
        "QBit(Float32, 8)",
    ),
    *(
        "IntervalNanosecond",
        "IntervalMicrosecond",
        "IntervalMillisecond",
        "IntervalSecond",
        "IntervalMinute",
    ),
    *(
        "IntervalHour",
        "IntervalDay",
        "IntervalWeek",
        "IntervalMonth",
        "IntervalQuarter",
        "IntervalYear",
    ),
    *(
        "Array(Nested(a Int64, b String))",
        "INT UNSIGNED",
        "double precision",
        "NATIONAL CHAR(3)",
        "timestamp",
    ),
]


@pytest.mark.parametrize(
    ("annotation", "expected"), [on_a_server(row[1], *row) for row in ANNOTATED]
)
def test_an_annotation_becomes_this_type_on_the_server(annotation, expected, db):
    table = the_table(annotation, db.database)

    db.raw(create_table(table))

    assert table.columns[1].type == expected
    assert live_type(db) == expected


@pytest.mark.parametrize("text", [on_a_server(text) for text in EXACT])
def test_a_type_in_clickhouses_words_is_created(text, db):
    table = the_table(Annotated[Any, ClickHouseType(text)], db.database)

    db.raw(create_table(table))

    assert table.columns[1].type == canonical_type(text)
    if "JSON" not in text and text[0].isupper() and not text.startswith(("INT ", "NATIONAL")):
        assert live_type(db) == canonical_type(text)


def live_type(db) -> str:
    shown = db.value(
        f"SELECT type FROM system.columns WHERE database = '{db.database}' AND name = 'x'"
    )
    return canonical_type(shown)


@pytest.mark.parametrize(
    ("column", "setting"),
    [
        (ClickHouseType("LowCardinality(Int64)"), "allow_suspicious_low_cardinality_types"),
        (ClickHouseType("FixedString(257)"), "allow_suspicious_fixed_string_types"),
    ],
)
def test_what_a_setting_allows_is_declared_and_the_setting_goes_with_the_statements(
    column, setting, db
):
    model = create_model("Row", id=(Key[int], ...), x=(Annotated[Any, column], ...))
    table = OlapTable[model]("t", OlapConfig(settings={setting: True, "index_granularity": 1024}))
    desired = Project("shop", [table], database=db.database).desired

    assert desired.statement_settings == {db.table("t"): {setting: "1"}}
    assert desired.state.tables[db.table("t")].settings == {"index_granularity": "1024"}
    db.clickhouse.command(create_table(desired.state.tables[db.table("t")]), {setting: 1})


@pytest.mark.parametrize("codec", ["ALP", "ZXC", "Quantized", "SZ3"])
def test_a_codec_that_clickhouse_refuses_by_default_is_a_fault_unless_a_setting_allows_it(
    codec, faults_of
):
    model = create_model("Row", x=(Annotated[float, ClickHouseCodec(codec)], ...))
    setting = f"enable_{codec.lower()}_codec"

    assert faults_of(OlapTable[model]("t")) == [
        (
            f"t.x: ClickHouse refuses the codec {codec} by default; change it or set "
            f"{setting}=1 in settings."
        )
    ]
    Project("shop", [OlapTable[model]("t", OlapConfig(settings={setting: 1}))])


def test_a_table_without_nested_columns_has_no_settings_of_its_statements():
    assert the_table(int).id == TableId("shop", "t")
    assert Project("shop", [OlapTable[Document]("t")]).desired.statement_settings == {}


def test_every_name_that_another_database_has_for_a_type_is_known(connected):
    # Before there was a Geometry and a Time these were names of a String and an Int64.
    own = "upper(name) IN ('GEOMETRY', 'TIME')"
    families = "SELECT name, alias_to FROM system.data_type_families WHERE alias_to != ''"
    aliases = connected.query(f"{families} AND NOT {own}")

    assert len(aliases) > 60
    for alias, name in aliases:
        for spelling in (alias, alias.lower().replace(" ", "  ")):
            assert canonical_type(spelling) == canonical_type(name), spelling


def test_what_is_kept_of_a_column_is_judged_by_what_its_type_is():
    class Reading(BaseModel):
        id: Key[int]
        count: Annotated[int, ClickHouseType("INT UNSIGNED"), ClickHouseStatistics("tdigest")]
        level: Annotated[float, ClickHouseType("double precision"), ClickHouseCodec("Gorilla")]

    assert Project("p", [OlapTable[Reading]("readings")], database="d").desired
