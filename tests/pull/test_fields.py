"""Columns as the lines of a model."""

import pytest

from moose_dagster import LifeCycle
from moose_dagster.pull.imports import BUILTINS, TYPES
from moose_dagster.pull.names import ModuleNames
from moose_dagster.pull.tables import TableWriting, table_text
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Default, Table

EXACT = [
    ("Int8", "Int8"),
    ("Int64", "int"),
    ("UInt256", "UInt256"),
    ("Float64", "float"),
    ("Float32", "Float32"),
    ("BFloat16", "BFloat16"),
    ("String", "str"),
    ("FixedString(16)", "Annotated[str, FixedString(16)]"),
    ("Bool", "bool"),
    ("UUID", "UUID"),
    ("IPv6", "IPv6Address"),
    ("Decimal(18, 4)", "Annotated[Decimal, Field(max_digits=18, decimal_places=4)]"),
    ("Date", "Annotated[dt.date, ClickhouseSize(2)]"),
    ("Date32", "dt.date"),
    ("DateTime", 'Annotated[dt.datetime, ClickHouseType("DateTime")]'),
    ("DateTime('UTC')", "dt.datetime"),
    (
        "DateTime('Europe/Berlin')",
        "Annotated[dt.datetime, ClickHouseType(\"DateTime('Europe/Berlin')\")]",
    ),
    ("DateTime64(3)", "Annotated[dt.datetime, ClickhousePrecision(3)]"),
    ("DateTime64(3, 'UTC')", "Annotated[dt.datetime, ClickHouseType(\"DateTime64(3, 'UTC')\")]"),
    ("Time", "Time"),
    ("Time64(3)", "Annotated[dt.timedelta, ClickhousePrecision(3)]"),
    ("Nullable(Time64(9))", "Annotated[dt.timedelta | None, ClickhousePrecision(9)]"),
    ("Array(IntervalDay)", "list[IntervalDay]"),
    ("Nullable(String)", "str | None"),
    ("Nullable(Decimal(9, 2))", "Annotated[Decimal | None, Field(max_digits=9, decimal_places=2)]"),
    ("LowCardinality(String)", 'Annotated[str, "LowCardinality"]'),
    ("LowCardinality(Nullable(String))", 'Annotated[str | None, "LowCardinality"]'),
    ("Array(Nullable(Int64))", "list[int | None]"),
    ("Array(LowCardinality(String))", 'list[Annotated[str, "LowCardinality"]]'),
    ("Map(String, Array(Int64))", "dict[str, list[int]]"),
    ("Map(String, JSON)", 'dict[str, Annotated[dict[str, Any], ClickHouseType("JSON")]]'),
    ("Tuple(Int64, String)", "tuple[int, str]"),
    ("JSON", "dict[str, Any]"),
    ("JSON(a UInt8)", 'Annotated[dict[str, Any], ClickHouseType("JSON(a UInt8)")]'),
    ("Dynamic", 'Annotated[Any, ClickHouseType("Dynamic")]'),
    ("Variant(Int64, String)", 'Annotated[Any, ClickHouseType("Variant(Int64, String)")]'),
    ("Point", "Point"),
    (
        "AggregateFunction(uniq, String)",
        'Annotated[Any, ClickHouseType("AggregateFunction(uniq, String)")]',
    ),
    (
        "SimpleAggregateFunction(sum, UInt64)",
        'Annotated[UInt64, SimpleAggregateFunction("sum", UInt64)]',
    ),
    ("Enum8('a' = 1, 'b' = 2)", "EventC"),
    ("Enum8('a' = 5)", 'Annotated[Literal["a"], ClickHouseType("Enum8(\'a\' = 5)")]'),
    ("Tuple(a Int64, b String)", "EventC"),
    ("SomethingNew(1)", 'Annotated[Any, ClickHouseType("SomethingNew(1)")]'),
]


def written(*columns):
    table = Table(TableId("shop", "events"), columns)
    writing = TableWriting("Event", "events", LifeCycle.EXTERNALLY_MANAGED)
    return table_text(table, writing, ModuleNames(TYPES, BUILTINS)).split("\n\n\n")[:-1]


def fields(*columns):
    """Return the lines of the model, without its class line and the indent."""
    return [line.removeprefix("    ") for line in written(*columns)[-1].splitlines()[1:]]


@pytest.mark.parametrize(("type_", "annotation"), EXACT)
def test_a_type_has_its_most_natural_annotation(type_, annotation):
    assert fields(Column("c", type_)) == [f"c: {annotation}"]


def test_an_enum_and_a_named_tuple_become_classes_before_the_model():
    enum = Column("status", "Enum8('new' = 1, 'in transit' = 2, 'it\\'s' = 3)")
    place = Column("place", "Tuple(city String, `zip code` Nullable(String))")

    assert written(enum, place) == [
        (
            'class EventStatus(Enum):\n    NEW = "new"\n    IN_TRANSIT = "in transit"\n  '
            '  IT_S = "it\'s"'
        ),
        (
            "class EventPlace(BaseModel):\n    city: str\n    zip_code: str | None = "
            'Field(alias="zip code")'
        ),
        "class Event(BaseModel):\n    status: EventStatus\n    place: EventPlace",
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("id", "id: int"),
        ("größe", "größe: int"),
        ("a b", 'a_b: int = Field(alias="a b")'),
        ("class", 'class_: int = Field(alias="class")'),
        ("1st", 'column_1st: int = Field(alias="1st")'),
        ("_private", 'private: int = Field(alias="_private")'),
        ("json", 'json_: int = Field(alias="json")'),
        ("model_dump_x", 'column_model_dump_x: int = Field(alias="model_dump_x")'),
        ("int", 'int_2: int = Field(alias="int")'),
        ("ﬁ", 'fi: int = Field(alias="ﬁ")'),
        ("`'\"\\", 'column: int = Field(alias="`\'\\"\\\\")'),
        ("🙂", 'column: int = Field(alias="🙂")'),
    ],
)
def test_a_column_whose_name_can_not_be_a_field_gets_an_alias(name, line):
    assert fields(Column(name, "Int64")) == [line]


def test_two_columns_of_one_python_name_are_told_apart():
    assert fields(Column("a b", "Int64"), Column("a_b", "Int64"), Column("a-b", "Int64")) == [
        'a_b: int = Field(alias="a b")',
        'a_b_2: int = Field(alias="a_b")',
        'a_b_3: int = Field(alias="a-b")',
    ]


@pytest.mark.parametrize(
    ("column", "line"),
    [
        (Column("c", "Int64", comment="it's"), 'c: int = Field(description="it\'s")'),
        (Column("c", "Int64", comment='"x"'), "c: int = Field(description='\"x\"')"),
        (
            Column("c", "Int64", Default("DEFAULT", "1 + 1")),
            'c: Annotated[int, clickhouse_default("1 + 1")]',
        ),
        (Column("c", "Int64", Default("ALIAS", "id")), 'c: Annotated[int, ClickHouseAlias("id")]'),
        (
            Column("c", "Int64", Default("MATERIALIZED", "id")),
            'c: Annotated[int, ClickHouseMaterialized("id")]',
        ),
        (
            Column("c", "Int64", Default("EPHEMERAL", "")),
            "c: Annotated[int, ClickHouseEphemeral()]",
        ),
        (
            Column("c", "Int64", codec="Delta(8), LZ4"),
            'c: Annotated[int, ClickHouseCodec("Delta(8), LZ4")]',
        ),
        (Column("c", "Int64", ttl="ts"), 'c: Annotated[int, ClickHouseTTL("ts")]'),
        (
            Column("c", "Int64", statistics="uniq"),
            'c: Annotated[int, ClickHouseStatistics("uniq")]',
        ),
        (
            Column("c", "Int64", settings={"min_compress_block_size": "1024"}),
            "c: Annotated[int, ClickHouseColumnSettings(min_compress_block_size=1024)]",
        ),
    ],
)
def test_what_a_column_has_beside_its_type_is_annotated(column, line):
    assert fields(column) == [line]


def test_a_line_that_is_too_long_has_one_element_a_line():
    column = Column("c", "Decimal(18, 4)", Default("DEFAULT", "1"), "ZSTD(3)", "a comment")

    assert fields(column) == [
        "c: Annotated[",
        "    Decimal,",
        "    Field(max_digits=18, decimal_places=4),",
        '    clickhouse_default("1"),',
        '    ClickHouseCodec("ZSTD(3)"),',
        '] = Field(description="a comment")',
    ]
