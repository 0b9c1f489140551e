"""Make yesterday's tables with rows and topics with messages, which today's code then meets."""

import time
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from confluent_kafka import Producer
from pydantic import BaseModel, Field

from moose_dagster import (
    ClickHouseCodec,
    Int32,
    Int64,
    Key,
    LifeCycle,
    OlapConfig,
    OlapTable,
    Project,
    Stream,
    StreamConfig,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka, Layout
from moose_dagster.declare.collect import Declaration

_DAY_MS = 24 * 60 * 60 * 1000
_MESSAGES = 300


class Customer(BaseModel):
    """Customers before they had a country, and when they still had a fax."""

    customer_id: Key[int]
    name: str
    email: str
    fax: str
    signed_up_at: datetime
    visits: Int32


class Order(BaseModel):
    """Orders before the currency, with a column nobody reads any more."""

    order_id: Key[int]
    customer_id: int
    amount: Annotated[Decimal, Field(max_digits=9, decimal_places=2)]
    quantity: Int64
    ordered_at: datetime
    note: Annotated[str, ClickHouseCodec("LZ4")]
    legacy_code: str


class Coupon(BaseModel):
    """A table that today's code has dropped."""

    code: Key[str]
    percent: int


customers = OlapTable[Customer]("customers")
orders = OlapTable[Order]("orders", OlapConfig(life_cycle=LifeCycle.DELETION_PROTECTED))
coupons = OlapTable[Coupon]("coupons")
clicks = Stream[Customer]("clicks", StreamConfig(parallelism=2, retention_period=_DAY_MS // 1000))
order_events = Stream[Customer](
    "order-events",
    StreamConfig(retention_period=7 * _DAY_MS // 1000, life_cycle=LifeCycle.DELETION_PROTECTED),
)

_PAYMENTS = """CREATE TABLE shop.payments (
    payment_id String, order_id Int32, method LowCardinality(String), paid_at DateTime('UTC'),
    provider String
) ENGINE = MergeTree ORDER BY payment_id TTL paid_at + INTERVAL 7 YEAR"""
_LARGE_ORDERS = (
    "CREATE VIEW shop.large_orders AS SELECT order_id, amount FROM shop.orders WHERE amount > 500"
)
_ROWS = (
    (
        "INSERT INTO shop.customers SELECT number, concat('name ', toString(number)), "
        "concat(toString(number), '@example.com'), '', now(), number % 9 FROM numbers(1000)"
    ),
    (
        "INSERT INTO shop.orders SELECT number, number % 1000, number / 7, "
        "if(number = 41, 300, number % 5), "
        "now(), '', 'x' FROM numbers(5000)"
    ),
    "INSERT INTO shop.coupons SELECT concat('c', toString(number)), 10 FROM numbers(25)",
    (
        "INSERT INTO shop.payments SELECT toString(number), number, 'card', now(), 'acme' "
        "FROM numbers(4000)"
    ),
)


def make_yesterday(clickhouse: ClickHouse, kafka: Kafka, bootstrap_servers: str) -> None:
    """Make live tables and topics that differ from today's code; another team owns the payments."""
    declared: list[Declaration] = [customers, orders, coupons, clicks, order_events]
    reconcile(Project("shop", declared, database="shop"), clickhouse, kafka=kafka)
    clickhouse.command(_PAYMENTS)
    clickhouse.command(_LARGE_ORDERS)
    for statement in _ROWS:
        clickhouse.command(statement)
    kafka.create([("payment-events", Layout(3, 1), {"retention.ms": str(7 * _DAY_MS)})])
    _produce(bootstrap_servers, {"clicks": 0, "order-events": 2 * _DAY_MS, "payment-events": 0})


def is_made(clickhouse: ClickHouse) -> bool:
    """Tell whether the shop has been made on this server before."""
    return bool(clickhouse.query("SELECT count() FROM system.tables WHERE database = 'shop'")[0][0])


def _produce(bootstrap_servers: str, ages: Mapping[str, int]) -> None:
    """Write messages to topics, as old as *ages* (ms) say."""
    producer = Producer({"bootstrap.servers": bootstrap_servers})
    now = round(time.time() * 1000)
    for topic, age in ages.items():
        for number in range(_MESSAGES):
            producer.produce(topic, key=str(number), value=b"{}", timestamp=now - age)
    producer.flush()
