"""The shop's tables, as the code wants them today."""

from example_project.models import Customer, Order, Payment, Visit
from moose_dagster import LifeCycle, OlapConfig, OlapTable

customers = OlapTable[Customer]("customers", OlapConfig(order_by_fields=["customer_id", "email"]))

orders = OlapTable[Order](
    "orders",
    OlapConfig(
        order_by_fields=["order_id", "ordered_at"],
        partition_by="toYYYYMM(ordered_at)",
        life_cycle=LifeCycle.DELETION_PROTECTED,
    ),
)

payments = OlapTable[Payment]("payments", OlapConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED))

visits = OlapTable[Visit](
    "visits",
    OlapConfig(order_by_fields=["visited_at"], ttl="visited_at + INTERVAL 1 YEAR"),
)
