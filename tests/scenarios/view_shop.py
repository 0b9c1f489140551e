"""The views of the scenarios, and the tables around them."""

from scenarios.database import FM, declared

from moose_dagster import (
    ClickHouseEngines,
    MaterializedView,
    MaterializedViewOptions,
    View,
    ViewConfig,
)

COLUMNS = "id Int64; v Int64; note String"
TOTALS = "id Int64; total Int64"
SUM = "SELECT id, sum(v) AS total FROM orders GROUP BY id"


def a_view(select, life_cycle=FM, name="recent", **config):
    return View(name, select, config=ViewConfig(life_cycle=life_cycle, **config))


def materialized(select=SUM, life_cycle=FM, name="totals_mv", **options):
    return MaterializedView(
        MaterializedViewOptions(
            select_statement=select, materialized_view_name=name, life_cycle=life_cycle, **options
        )
    )


def own_storage(select=SUM, life_cycle=FM, order_by=("id",), **options):
    engine = ClickHouseEngines.MergeTree
    return materialized(
        select, life_cycle, engine=engine, order_by_fields=list(order_by), **options
    )


def orders(columns=COLUMNS, life_cycle=FM):
    return declared("orders", columns, life_cycle)


def totals(columns=TOTALS, life_cycle=FM):
    return declared("totals", columns, life_cycle)
