"""The shop's rows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from moose_dagster import ClickHouseCodec, Int8, Key, UInt64


class Customer(BaseModel):
    """Who buys."""

    customer_id: Key[int]
    name: str
    email: str = Field(description="Where receipts go.")
    signed_up_at: datetime
    country: str | None
    visits: int


class Order(BaseModel):
    """What was bought."""

    order_id: Key[int]
    customer_id: int
    amount: Annotated[Decimal, Field(max_digits=18, decimal_places=2)]
    quantity: Int8
    currency: str
    ordered_at: datetime
    note: Annotated[str, ClickHouseCodec("ZSTD(3)")]


class Payment(BaseModel):
    """What the payments team writes."""

    payment_id: Key[str]
    order_id: int
    method: str
    paid_at: datetime


class Sales(BaseModel):
    """How many orders came in on a day."""

    day: Key[date]
    orders: UInt64


class Visit(BaseModel):
    """A page that somebody looked at."""

    visited_at: datetime
    page: str
    customer_id: int | None


class Click(BaseModel):
    """One click of somebody on a page."""

    page: str
    at: datetime


class OrderEvent(BaseModel):
    """What happened to an order."""

    order_id: Key[int]
    what: str


class PaymentEvent(BaseModel):
    """What the payments team announces."""

    payment_id: Key[str]
    what: str


class Review(BaseModel):
    """What a customer thinks of a product."""

    product: str
    written_at: datetime
    stars: Int8
