"""Tables declared as people write them, in Python's own types, against what is live."""

from typing import Annotated, Optional

import pytest
from pydantic import create_model
from scenarios.database import DP

from moose_dagster import Key, MergeTreeEngine, OlapConfig, OlapTable

TYPES = [
    # what, the field's type, live type, a stored value
    (
        "27 of optional",
        Annotated[str | None, "LowCardinality"],
        "LowCardinality(Nullable(String))",
        "NULL",
    ),
    (
        "27 optional",
        Optional[Annotated[str, "LowCardinality"]],  # noqa: UP045 - as people write it
        "LowCardinality(Nullable(String))",
        "NULL",
    ),
    ("28 in a list", list[int | None], "Array(Nullable(Int64))", "[1, NULL]"),
    ("28 in a list of lists", list[list[str | None]], "Array(Array(Nullable(String)))", "[[NULL]]"),
    ("28 in a map", dict[str, float | None], "Map(String, Nullable(Float64))", "map('a', NULL)"),
    ("28 in a tuple", tuple[int | None, str], "Tuple(Nullable(Int64), String)", "(NULL, 'b')"),
]


@pytest.mark.parametrize("row", TYPES, ids=[row[0] for row in TYPES])
def test_27_28_a_type_that_may_be_empty_within_is_what_is_live(db, row):
    _, field, live, value = row
    db.live(f"orders (id Int64, x {live}) ENGINE = MergeTree ORDER BY id", f"VALUES (1, {value})")
    table = OlapTable[create_model("Row", id=(Key[int], ...), x=(field, ...))](
        "orders", OlapConfig(life_cycle=DP)
    )

    assert db.plan(table) == {}
    db.raw("DROP TABLE shop.orders SYNC")
    db.reconcile(table)

    assert (
        db.value(f"SELECT type FROM system.columns WHERE database = '{db.database}' AND name = 'x'")
        == live
    )
    assert db.plan(table) == {}


@pytest.mark.parametrize("order_by", ["id", "(id)", "(`id`)"])
def test_31_key_fields_alone_are_the_sorting_key(db, order_by):
    db.live(f"orders (id Int64, x String) ENGINE = MergeTree ORDER BY {order_by}")
    model = create_model("Row", id=(Key[int], ...), x=(str, ...))

    assert db.plan(OlapTable[model]("orders", OlapConfig(engine=MergeTreeEngine()))) == {}


def test_31_several_key_fields_are_the_sorting_key_in_their_order(db):
    db.live("orders (id Int64, x String, y Int64) ENGINE = MergeTree ORDER BY (id, y)")
    model = create_model("Row", id=(Key[int], ...), x=(str, ...), y=(Key[int], ...))

    assert db.plan(OlapTable[model]("orders")) == {}
