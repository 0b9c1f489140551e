"""A text that would reach beyond its place in a statement is refused before anything is sent."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from moose_dagster import (
    ClickHouseCodec,
    ClickHouseType,
    DeclarationError,
    OlapConfig,
    OlapTable,
    Project,
)
from moose_dagster import clickhouse_default as default
from moose_dagster.declare.one_expression import expression_fault

REFUSED = [
    ("1 COMMENT 'x'", "continues with COMMENT"),
    ("concat(a, b) codec(ZSTD)", "continues with CODEC"),
    ("ts + INTERVAL 1 DAY SETTINGS index_granularity = 1", "continues with SETTINGS"),
    ("1) ENGINE = Memory", "brackets that do not match"),
    ("[1)", "brackets that do not match"),
    ("(1", "brackets that do not match"),
    ("now() -- soon", "a comment"),
    ("1; DROP TABLE x", "a semicolon"),
    ("'open", "a quote that it does not close"),
    ("1, 2", "several expressions"),
]
TAKEN = [
    "now()",
    "'it''s; -- (fine'",
    "`a)b` + 1",
    "a - -1",
    "extract(YEAR FROM ts)",
    "CASE WHEN ttl THEN comment ELSE alias END",
    "x IN (1, 2) AND comment = 'y'",
    "comment",
    "a ? b : c",
    "map('a', [1, 2])",
    "DOUBLE PRECISION",
]


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_a_text_that_is_not_one_expression_is_refused(text, problem):
    assert problem in str(expression_fault(text))


@pytest.mark.parametrize("text", TAKEN)
def test_an_expression_is_taken(text):
    assert expression_fault(text) is None


def test_a_ttl_may_compress_again():
    text = "ts + toIntervalDay(1) RECOMPRESS CODEC(ZSTD(9)), ts + 1 DELETE WHERE x"

    assert expression_fault(text, several=True) is None


def test_every_text_of_a_table_is_looked_at():
    class Row(BaseModel):
        a: Annotated[int, default("1 COMMENT 'x'")]
        b: Annotated[int, ClickHouseCodec("ZSTD) COMMENT 'x'")]
        c: Annotated[int, ClickHouseType("Int64 DEFAULT 5")]

    class Fine(BaseModel):
        a: int

    tables = [
        OlapTable[Row]("t"),
        OlapTable[Fine]("u", OlapConfig(partition_by="a SETTINGS x = 1", ttl="(a")),
    ]
    with pytest.raises(DeclarationError) as raised:
        Project("p", tables)

    named = [fault.partition(" ")[0] for fault in raised.value.faults]
    assert named == [
        "t.a",
        "t.b",
        "t.c",
        "u.partition_by",
        "u.ttl",
    ]
