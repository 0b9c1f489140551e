"""What two types alone say about a change, as literal rows."""

import pytest

from moose_dagster.plan.type_risk import type_risk

ROWS = [
    # live, desired, risk
    ("Int8", "Int64", "REWRITE"),
    ("Nullable(Int32)", "Date", "DESTRUCTIVE"),
    ("Nullable(Enum8('a' = 1))", "Enum8('A' = 1)", "DESTRUCTIVE"),
    ("Array(Enum8('a' = 1))", "Array(Enum8('A' = 1))", "DESTRUCTIVE"),
    ("Tuple(e Array(Enum8('a' = 1, 'b' = 2)))", "Tuple(e Array(Enum8('b' = 2)))", "IMPOSSIBLE"),
    ("Map(String, DateTime('UTC'))", "Map(String, DateTime('Asia/Tokyo'))", "DESTRUCTIVE"),
    ("Tuple(`x y` UInt32)", "Tuple(`x y` IPv4)", "DESTRUCTIVE"),
    ("Tuple(UInt32, String)", "Tuple(IPv4, String)", "DESTRUCTIVE"),
    ("Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)", "SAFE"),
    ("Enum8('b' = 2)", "Enum8('a' = 1, 'b' = 2)", "REWRITE"),
    ("Enum8('a' = 1)", "Nullable(Enum8('a' = 1, 'b' = 2))", "REWRITE"),
    ("UInt8", "Int16", "REWRITE"),
    ("UInt8", "Int8", "DATA_DEPENDENT"),
    ("Int64", "UInt64", "DATA_DEPENDENT"),
    ("Int32", "Float64", "REWRITE"),
    ("Int64", "Float64", "DATA_DEPENDENT"),
    ("Int32", "Float32", "DATA_DEPENDENT"),
    ("Float32", "Float64", "REWRITE"),
    ("Float64", "Float32", "DATA_DEPENDENT"),
    ("Decimal(9, 2)", "Decimal(18, 2)", "REWRITE"),
    ("Decimal(18, 2)", "Decimal(18, 4)", "DATA_DEPENDENT"),
    ("Decimal(18, 2)", "Decimal(20, 4)", "REWRITE"),
    ("Date", "Date32", "REWRITE"),
    ("Date", "DateTime64(3)", "DATA_DEPENDENT"),
    ("Date", "DateTime", "DATA_DEPENDENT"),
    ("DateTime", "DateTime64(3)", "REWRITE"),
    ("DateTime64(3)", "DateTime64(6)", "REWRITE"),
    ("DateTime64(3)", "DateTime64(9)", "DATA_DEPENDENT"),
    ("DateTime64(6)", "DateTime64(3)", "DATA_DEPENDENT"),
    ("DateTime('UTC')", "DateTime('Asia/Tokyo')", "DESTRUCTIVE"),
    ("DateTime", "UInt32", "DESTRUCTIVE"),
    ("UInt32", "IPv4", "DESTRUCTIVE"),
    ("Int32", "Date32", "DESTRUCTIVE"),
    ("String", "LowCardinality(String)", "REWRITE"),
    ("LowCardinality(String)", "String", "REWRITE"),
    ("String", "Nullable(String)", "REWRITE"),
    ("String", "LowCardinality(Nullable(String))", "REWRITE"),
    ("Nullable(String)", "String", "DATA_DEPENDENT"),
    ("Nullable(Int32)", "Nullable(Int64)", "REWRITE"),
    ("String", "Int64", "DATA_DEPENDENT"),
    ("String", "FixedString(3)", "DATA_DEPENDENT"),
    ("FixedString(3)", "FixedString(5)", "REWRITE"),
    ("FixedString(5)", "FixedString(3)", "IMPOSSIBLE"),
    ("Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)", "SAFE"),
    ("Enum8('a' = 1)", "Enum16('a' = 1, 'b' = 2)", "REWRITE"),
    ("Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 1)", "DATA_DEPENDENT"),
    ("Enum8('a' = 1)", "Enum8('b' = 1)", "DESTRUCTIVE"),
    ("Enum8('a' = 1)", "Enum8('a' = 2)", "IMPOSSIBLE"),
    ("Array(Int8)", "Array(Int64)", "REWRITE"),
    ("Array(Int64)", "Array(Int8)", "DATA_DEPENDENT"),
    ("Array(Nullable(Int8))", "Array(Int8)", "DATA_DEPENDENT"),
    ("Map(String, Int8)", "Map(String, Int64)", "REWRITE"),
    ("Tuple(a Int8)", "Tuple(a Int8, b String)", "REWRITE"),
    ("Tuple(a Int8, b String)", "Tuple(a Int8)", "DATA_DEPENDENT"),
    ("AggregateFunction(sum, Int8)", "AggregateFunction(sum, Int64)", "IMPOSSIBLE"),
    ("SimpleAggregateFunction(sum, Int64)", "SimpleAggregateFunction(max, Int64)", "DESTRUCTIVE"),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} -> {row[1]}" for row in ROWS])
def test_a_change_of_type_has_the_risk_of_its_row(row):
    live, desired, risk = row

    assert type_risk(live, desired)[0].value == risk
