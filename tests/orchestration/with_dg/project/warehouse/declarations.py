"""What the platform declares."""

from datetime import datetime

from pydantic import BaseModel

from moose_dagster import Key, LifeCycle, OlapConfig, OlapTable, Project, Stream


class Order(BaseModel):
    order_id: Key[int]
    ordered_at: datetime


class Payment(BaseModel):
    payment_id: Key[int]


orders = OlapTable[Order]("orders")
payments = OlapTable[Payment]("payments", OlapConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED))
# Its asset is the platform's own: here is only its check.
refunds = OlapTable[Payment]("refunds", OlapConfig(metadata={"asset_key": "finance/refunds"}))
clicks = Stream[Order]("clicks")
project = Project("warehouse", [orders, payments, refunds, clicks], database="warehouse")
