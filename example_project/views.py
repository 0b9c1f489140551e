"""The shop's views, as the code wants them today."""

from example_project.models import Sales
from example_project.tables import orders
from moose_dagster import (
    ClickHouseEngines,
    LifeCycle,
    MaterializedView,
    MaterializedViewOptions,
    TargetTableConfig,
    View,
)

large_orders = View(
    "large_orders",
    "SELECT order_id, customer_id, amount FROM orders WHERE amount > 100",
    [orders],
)

sales_by_day = MaterializedView[Sales](
    MaterializedViewOptions(
        materialized_view_name="sales_by_day_mv",
        select_statement=(
            "SELECT toDate(ordered_at) AS day, count() AS orders FROM orders GROUP BY day"
        ),
        select_tables=[orders],
        target_table=TargetTableConfig(
            name="sales_by_day", engine=ClickHouseEngines.SummingMergeTree, order_by_fields=["day"]
        ),
        life_cycle=LifeCycle.DELETION_PROTECTED,
    )
)
