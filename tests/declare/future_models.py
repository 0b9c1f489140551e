# Its postponed annotations are what is tested.
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel

from moose_dagster.declare.columns import Key, UInt64, clickhouse_decimal, clickhouse_default
from moose_dagster.declare.tables import OlapConfig, OlapTable


class Order(BaseModel):
    id: Key[str]
    at: Annotated[datetime, clickhouse_default("now()")]
    amount: Annotated[int, "uint32"]
    total: UInt64 | None
    price: clickhouse_decimal(10, 2)
    lines: list[Line]


class Line(BaseModel):
    sku: str


orders = OlapTable[Order]("orders", OlapConfig(order_by_fields=["id", "at"]))
same_orders = orders
late_orders = OlapTable[Order]("late_orders")
