from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from lacking import on_a_server
from pydantic import BaseModel, Field

from moose_dagster import (
    ClickHouseCodec,
    ClickHouseType,
    Key,
    OlapConfig,
    OlapTable,
    Project,
    RenamedFrom,
    clickhouse_default,
)
from moose_dagster.sql.create import create_table

NESTED = ClickHouseType("Nested(a Int64, `b c` Nullable(String), d Nested(e Int8))")


class Basket(BaseModel):
    id: Key[int]
    n: Annotated[
        Any, NESTED, clickhouse_default("[]"), ClickHouseCodec("ZSTD"), RenamedFrom("m")
    ] = Field(description="Lines")


FLAT = (
    "`id` Int64, `n.a` Array(Int64) DEFAULT [] COMMENT 'Lines' CODEC(ZSTD(1)), "
    "`n.b c` Array(Nullable(String)) DEFAULT [] COMMENT 'Lines' CODEC(ZSTD(1)), "
    "`n.d` Array(Nested(e Int8)) DEFAULT [] COMMENT 'Lines' CODEC(ZSTD(1))"
)
WHOLE = (
    "`id` Int64, `n` Nested(a Int64, `b c` Nullable(String), d Nested(e Int8)) "
    "DEFAULT [] COMMENT 'Lines' CODEC(ZSTD(1))"
)


@pytest.mark.parametrize(
    ("settings", "columns", "renames"),
    [
        on_a_server("", None, FLAT, {"n.a": "m.a", "n.b c": "m.b c", "n.d": "m.d"}),
        on_a_server(
            "flatten_nested = 1",
            {"flatten_nested": 1},
            FLAT,
            {"n.a": "m.a", "n.b c": "m.b c", "n.d": "m.d"},
        ),
        on_a_server("flatten_nested = 0", {"flatten_nested": 0}, WHOLE, {"n": "m"}),
        on_a_server("flatten_nested = False", {"flatten_nested": False}, WHOLE, {"n": "m"}),
    ],
)
def test_a_nested_column_is_one_array_per_element_or_kept_whole(settings, columns, renames, db):
    table = OlapTable[Basket]("t", OlapConfig(settings=settings))
    desired = Project("shop", [table], database=db.database).desired

    db.raw(create_table(desired.state.tables[db.table("t")]))

    shown = db.value(
        f"SELECT create_table_query FROM system.tables WHERE database = '{db.database}'"
    )
    assert f"({columns}) ENGINE" in shown
    assert desired.column_renames == {db.table("t"): renames}
    assert desired.state.tables[db.table("t")].settings == {}


def test_a_dotted_column_is_declared_by_its_alias_and_sorts_the_table():
    class Dotted(BaseModel):
        lines_id: list[int] = Field(alias="lines.id")
        at: int

    table = OlapTable[Dotted]("t", OlapConfig(order_by_fields=["lines.id", "at"]))
    [state] = Project("shop", [table]).desired.state.tables.values()

    assert create_table(state) == (
        "CREATE TABLE `default`.`t` (`lines.id` Array(Int64), `at` Int64) ENGINE = "
        "MergeTree ORDER BY (`lines.id`, at)"
    )


def test_an_element_of_a_nested_column_and_a_column_of_that_name_are_a_fault(faults_of):
    class Twice(BaseModel):
        n: Annotated[Sequence[Any], ClickHouseType("Nested(a Int8)")]
        other: int = Field(alias="n.a")

    assert faults_of(OlapTable[Twice]("t")) == [
        "t.n.a: a second column is called n.a; rename one of the two."
    ]
