from datetime import datetime
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from moose_dagster.declare.columns import (
    ClickHouseAlias,
    ClickHouseMaterialized,
    ClickHouseTTL,
    ClickHouseType,
    Key,
)
from moose_dagster.declare.engines import MemoryEngine
from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import OlapConfig, OlapTable


class Event(BaseModel):
    id: Key[str]
    at: datetime
    note: str | None
    tags: list[str | None]
    blob: dict[str, Any]
    shown: Annotated[str, ClickHouseAlias("id")]
    day: Annotated[str, ClickHouseMaterialized("id")]


class Plain(BaseModel):
    id: str
    at: datetime


class Odd(BaseModel):
    order: Key[str]
    at: Key[datetime]


@pytest.mark.parametrize(
    ("model", "config", "order_by", "primary_key"),
    [
        (Plain, OlapConfig(), (), None),
        (Event, OlapConfig(), ("id",), None),
        (Odd, OlapConfig(), ("`order`", "at"), None),
        (Plain, OlapConfig(order_by_fields=["at", "id"]), ("at", "id"), None),
        (Event, OlapConfig(order_by_fields=["id"]), ("id",), None),
        (Event, OlapConfig(order_by_fields=["id"], primary_key_expression="tuple()"), ("id",), ()),
        (Plain, OlapConfig(order_by_expression="((id, at), at)"), ("(id, at)", "at"), None),
        (Event, OlapConfig(order_by_fields=["id", "at"]), ("id", "at"), ("id",)),
        (Event, OlapConfig(order_by_fields=["id", "day"]), ("id", "day"), ("id",)),
        (Event, OlapConfig(order_by_expression="(id, toDate(at))"), ("id", "toDate(at)"), ("id",)),
        (Event, OlapConfig(order_by_expression="tuple(id)"), ("id",), None),
        (Plain, OlapConfig(order_by_expression="tuple()"), (), None),
        (Plain, OlapConfig(order_by_expression="cityHash64(id)"), ("cityHash64(id)",), None),
        (Plain, OlapConfig(primary_key_expression="id"), ("id",), None),
        (Event, OlapConfig(primary_key_expression="toDate(at)"), ("toDate(at)",), None),
        (
            Event,
            OlapConfig(
                primary_key_expression="(toDate( at ))", order_by_expression="toDate(at), id"
            ),
            ("toDate(at)", "id"),
            ("toDate( at )",),
        ),
        (
            Event,
            OlapConfig(order_by_fields=["id", "note"], settings={"allow_nullable_key": True}),
            ("id", "note"),
            ("id",),
        ),
    ],
)
def test_a_config_and_its_key_fields_give_these_keys(model, config, order_by, primary_key):
    [table] = Project("shop", [OlapTable[model]("t", config)]).desired.state.tables.values()

    assert (table.order_by, table.primary_key) == (order_by, primary_key)


@pytest.mark.parametrize(
    ("model", "config", "expected"),
    [
        (
            Event,
            OlapConfig(order_by_fields=["id"], order_by_expression="id"),
            ["t: order_by_fields and order_by_expression are both given; keep one."],
        ),
        (
            Plain,
            OlapConfig(order_by_fields=["att"]),
            ["t: order_by_fields names att, which is not a column; did you mean at?"],
        ),
        (
            Plain,
            OlapConfig(order_by_fields=["toDate(at)"]),
            [
                (
                    "t: order_by_fields holds 'toDate(at)', which is not a column; use "
                    "order_by_expression."
                )
            ],
        ),
        (
            Plain,
            OlapConfig(order_by_fields=["id", "id"]),
            ["t: order_by_fields names id twice; drop one."],
        ),
        (
            Event,
            OlapConfig(order_by_fields=["at"]),
            [
                (
                    "t: PRIMARY KEY (id) from the Key fields must be the start of ORDER BY (at); "
                    "put them first or drop Key."
                )
            ],
        ),
        (
            Event,
            OlapConfig(order_by_expression="tuple()"),
            [
                (
                    "t: PRIMARY KEY (id) from the Key fields must be the start of "
                    "ORDER BY (); put them first or drop Key."
                )
            ],
        ),
        (
            Event,
            OlapConfig(order_by_fields=["id"], primary_key_expression="at"),
            [
                (
                    "t: PRIMARY KEY (at) from primary_key_expression must be the "
                    "start of ORDER BY (id); "
                    "change one of them."
                )
            ],
        ),
        (
            Event,
            OlapConfig(order_by_fields=["id", "note"]),
            [
                (
                    "t.note: a key column can't be Nullable; drop Optional, take it "
                    "out of the key or set "
                    "allow_nullable_key=1 in settings."
                )
            ],
        ),
        (
            Event,
            OlapConfig(order_by_expression="(id, `tags`)", settings={"allow_nullable_key": 0}),
            [
                (
                    "t.tags: a key column can't be Nullable; drop Optional, take it "
                    "out of the key or set "
                    "allow_nullable_key=1 in settings."
                )
            ],
        ),
        (
            Event,
            OlapConfig(order_by_fields=["id", "blob"]),
            ["t.blob: JSON has no order that a key could use; take it out of the key."],
        ),
        (
            Event,
            OlapConfig(order_by_fields=["id", "shown"]),
            ["t.shown: a key can't use an ALIAS column; it is not stored. Choose another."],
        ),
    ],
)
def test_a_key_that_clickhouse_would_refuse_is_a_fault(model, config, expected, faults_of):
    assert faults_of(OlapTable[model]("t", config)) == expected


def test_an_optional_key_field_is_a_fault(faults_of):
    class Loose(BaseModel):
        id: Key[str] | None

    assert faults_of(OlapTable[Loose]("t")) == [
        (
            "t.id: a key column can't be Nullable; drop Optional, take it out of the key or set "
            "allow_nullable_key=1 in settings."
        )
    ]


class Visit(BaseModel):
    site: str
    at: datetime
    region: Annotated[str, ClickHouseTTL("at + INTERVAL 30 DAY")]
    place: Annotated[str, ClickHouseType("Tuple(x Int64)"), ClickHouseTTL("at + INTERVAL 30 DAY")]
    lower: Annotated[str, ClickHouseTTL("at + INTERVAL 30 DAY")]


@pytest.mark.parametrize(
    "config",
    [
        OlapConfig(order_by_fields=["site", "region"]),
        OlapConfig(order_by_expression="(site, lower(region))"),
        OlapConfig(order_by_fields=["site"], partition_by="`region`"),
    ],
    ids=str,
)
def test_a_key_column_with_a_ttl_is_a_fault(config, faults_of):
    assert faults_of(OlapTable[Visit]("t", config)) == [
        (
            "t.region: a column of ORDER BY, PRIMARY KEY or PARTITION BY can't have a TTL; "
            "take ClickHouseTTL off, or the column out of the key."
        )
    ]


def test_a_column_beside_the_key_has_a_ttl_and_so_has_one_whose_element_is_a_key():
    config = OlapConfig(order_by_expression="(lower(site), place.x)")

    [table] = Project("shop", [OlapTable[Visit]("t", config)]).desired.state.tables.values()

    assert table.order_by == ("lower(site)", "place.x")


def test_a_column_has_no_ttl_where_the_engine_takes_none(faults_of):
    assert faults_of(OlapTable[Visit]("t", OlapConfig(engine=MemoryEngine()))) == [
        f"t.{name}: Memory takes no TTL; take ClickHouseTTL off or choose another engine."
        for name in ("region", "place", "lower")
    ]
