"""Assets of the platform itself, downstream of declared tables."""

import dagster as dg


@dg.asset(deps=[dg.AssetKey(["clickhouse", "warehouse", "orders"])])
def daily_report() -> None:
    """Read the orders."""


@dg.asset(key=["finance", "refunds"])
def refunds() -> None:
    """Load the refunds."""


@dg.asset_check(asset=dg.AssetKey(["clickhouse", "warehouse", "orders"]))
def orders_are_fresh() -> dg.AssetCheckResult:
    """Look at the orders."""
    return dg.AssetCheckResult(passed=True)
