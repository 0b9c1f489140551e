"""An expression that does not fit its column or table is blocked before anything is sent."""

from typing import Annotated

import pytest
from pydantic import create_model
from scenarios.database import DP, FM

from moose_dagster import (
    ClickhouseDefault,
    ClickHouseMaterialized,
    ClickHouseTTL,
    Float32,
    Key,
    OlapConfig,
    OlapTable,
    TableConstraint,
    TableIndex,
    UInt64,
)

ARRAY = "arrayMap(x -> x * 2, [toFloat32(k)])"


def docs(life_cycle=FM, config=(), **columns):
    model = create_model("Doc", k=(Key[UInt64], ...), **{n: (t, ...) for n, t in columns.items()})
    return OlapTable[model]("docs", OlapConfig(life_cycle=life_cycle, **dict(config)))


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize("mark", [ClickHouseMaterialized, ClickhouseDefault])
def test_a_default_of_another_type_is_not_added(db, life_cycle, mark):
    db.reconcile(docs(life_cycle))
    table = docs(life_cycle, w=Annotated[Float32, mark(ARRAY)])

    plan_result = db.plan_result(table)

    assert db.plan(table) == {"column w": "BLOCK"}
    assert "the server can't compute the default of w: " in plan_result.plan.steps[0].reason
    db.raw("INSERT INTO shop.docs (k) VALUES (1)")


@pytest.mark.parametrize(
    ("config", "columns", "place"),
    [
        ({}, {"w": Annotated[Float32, ClickhouseDefault(ARRAY)]}, "default of w"),
        ({}, {"w": Annotated[str, ClickhouseDefault("nosuch(k)")]}, "default of w"),
        ({}, {"w": Annotated[str, ClickHouseTTL("k + 'x'")]}, "TTL of w"),
        ({"ttl": "k + [1]"}, {}, "TTL"),
        ({"partition_by": "nosuch(k)"}, {}, "PARTITION BY"),
        ({"constraints": [TableConstraint("c", "[k]")]}, {}, "constraint c"),
        ({"indexes": [TableIndex("i", "nosuch(k)", "minmax")]}, {}, "index i"),
    ],
)
def test_a_new_table_with_an_expression_that_does_not_fit_is_not_created(
    db, config, columns, place
):
    table = docs(config=config, **columns)

    [step] = db.plan_result(table).plan.steps

    assert step.verdict.value == "BLOCK"
    assert f"the server can't compute the {place}: " in step.reason


def test_an_expression_that_fits_is_made(db):
    table = docs(
        config={
            "partition_by": "k % 10",
            "constraints": [TableConstraint("c", "k > 0")],
            "indexes": [TableIndex("i", "(k, k + 1)", "minmax")],
            "ttl": (
                "toDateTime(k) + INTERVAL 1 DAY DELETE WHERE k = 1, toDateTime(to) + INTERVAL 1 DAY"
            ),
        },
        to=UInt64,
        w=Annotated[Float32, ClickhouseDefault("'1.5'")],
        v=Annotated[str, ClickHouseMaterialized("toString(w)")],
    )

    db.reconcile(table)

    assert db.plan(table) == {}
