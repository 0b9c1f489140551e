"""Views as assets, by real runs on the real engine."""

import dagster as dg
import pytest
from orchestration.shop import checked, materialized
from scenarios.database import EM, declared

from moose_dagster import (
    ClickHouseEngines,
    MaterializedView,
    MaterializedViewOptions,
    View,
    ViewConfig,
)

orders = declared("orders", "id Int64; v Int64")
totals = declared("totals", "id Int64; total Int64")
recent = View("recent", "SELECT id FROM orders WHERE v > 1", [orders])
filling = MaterializedView(
    MaterializedViewOptions(
        select_statement="SELECT id, v AS total FROM orders",
        select_tables=[orders],
        materialized_view_name="filling",
        target_table=totals,
    )
)


def test_a_view_is_an_asset_between_what_it_reads_and_what_it_fills(shop):
    graph = shop.definitions(orders, totals, recent, filling).resolve_asset_graph()

    assert graph.get(shop.key("recent")).parent_keys == {shop.key("orders")}
    assert graph.get(shop.key("filling")).parent_keys == {shop.key("orders")}
    assert graph.get(shop.key("totals")).parent_keys == {shop.key("filling")}
    assert graph.get(shop.key("recent")).kinds == {"clickhouse", "view"}
    assert graph.get(shop.key("filling")).kinds == {"clickhouse", "materialized_view"}
    metadata = graph.get(shop.key("filling")).metadata
    assert f"FROM {shop.db.database}.orders" in metadata["moose_dagster/query"].value
    assert metadata["moose_dagster/target"] == f"{shop.db.database}.totals"
    assert metadata["moose_dagster/life_cycle"] == "FULLY_MANAGED"


def test_materializing_makes_views_after_their_tables(shop):
    definitions = shop.definitions(orders, totals, recent, filling)

    result = shop.run(definitions, "orders totals recent filling")

    assert result.success
    assert all(check.passed for check in result.get_asset_check_evaluations())
    assert shop.db.value("EXISTS VIEW shop.filling") == 1


def test_an_external_view_that_differs_fails_its_check_and_is_left_alone(shop):
    shop.db.raw("CREATE VIEW shop.recent AS SELECT 1 AS id")
    external = View("recent", "SELECT 2 AS id", config=ViewConfig(life_cycle=EM))

    result = shop.check_only(shop.definitions(external), "recent", fails=True)

    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert "query is SELECT 1 AS id, the code says SELECT 2 AS id" in str(check.description)


def test_the_reconcile_job_makes_views_and_drops_those_that_left_the_code(shop):
    config = {"ops": {"reconcile": {"config": {"dry_run": False, "prune": True}}}}
    for declared_now, exists in (
        ((orders, totals, recent, filling), 1),
        ((orders, totals, filling), 0),
    ):
        job = shop.definitions(*declared_now).resolve_job_def("moose_reconcile")

        result = job.execute_in_process(instance=shop.instance, run_config=config)

        assert result.success
        assert shop.db.value("EXISTS VIEW shop.recent") == exists
    assert dg.AssetKey(["clickhouse", shop.db.database, "filling"]) == shop.key("filling")


own = MaterializedView(
    MaterializedViewOptions(
        select_statement="SELECT id FROM orders",
        select_tables=[orders],
        materialized_view_name="own",
        engine=ClickHouseEngines.MergeTree,
        order_by_fields=["id"],
    )
)


@pytest.mark.parametrize("names", ["totals filling own recent", "filling own recent"])
def test_a_materialized_view_says_how_much_it_holds_as_asset_and_in_its_check(shop, names):
    definitions = shop.definitions(orders, totals, recent, filling, own)
    shop.run(definitions, "orders totals recent filling own")
    shop.db.raw("INSERT INTO shop.orders SELECT number, 1 FROM numbers(7)")

    result = shop.run(definitions, names)

    events = materialized(result)
    for facts in (
        events["filling"],
        events["own"],
        checked(result)["filling"],
        checked(result)["own"],
    ):
        assert facts.metadata["dagster/row_count"].value == 7
        assert facts.metadata["moose_dagster/bytes"].value > 0
    assert "dagster/row_count" not in events["recent"].metadata


def test_the_rows_of_declared_targets_cost_no_query_of_their_own(shop):
    definitions = shop.definitions(orders, totals, recent, filling, own)
    shop.reconcile(definitions, dry_run=False)
    shop.asked()

    shop.reconcile(definitions)

    # Whether the ledger has a rebuild is asked with "= 0".
    about_rows = [
        query for query in shop.asked() if "total_rows" in query and "total_rows = 0" not in query
    ]
    assert len(about_rows) == 2  # one for views, one for tables
