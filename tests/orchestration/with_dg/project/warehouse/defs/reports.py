"""The platform's own assets, where dg finds them."""

from warehouse.reports import daily_report, orders_are_fresh, refunds

__all__ = ["daily_report", "orders_are_fresh", "refunds"]
