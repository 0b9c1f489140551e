"""Tables whose asset another integration declares get a check, and no second asset."""

import dagster as dg
import pytest
from orchestration.shop import checked, materialized
from scenarios.database import EM, FM, declared

from moose_dagster import View, ViewConfig
from moose_dagster.orchestration import build_drift_sensor

THEIRS = dg.AssetKey(["dbt", "orders"])


def orders(life_cycle=EM, **metadata):
    return declared(
        "orders",
        "id Int64; note String",
        life_cycle,
        metadata={"asset_key": "dbt/orders", **metadata},
    )


@dg.asset(key=THEIRS)
def dbt_orders() -> None: ...


@dg.asset(deps=[THEIRS])
def report() -> None: ...


def beside(shop, *tables):
    return dg.Definitions.merge(
        shop.definitions(*tables), dg.Definitions(assets=[dbt_orders, report])
    )


def test_the_key_is_declared_once_and_has_our_check(shop):
    graph = beside(shop, orders(), declared("customers", "id Int64")).resolve_asset_graph()

    assert graph.get_all_asset_keys() == {THEIRS, report.key, shop.key("customers")}
    assert {key.asset_key for key in graph.asset_check_keys} == {THEIRS, shop.key("customers")}


@pytest.mark.parametrize(
    ("columns", "reported"), [("id Int64, note String", {"orders", "report"}), ("id Int64", set())]
)
def test_the_check_runs_after_their_asset_and_blocks_what_is_downstream(shop, columns, reported):
    shop.db.live(f"orders ({columns}) ORDER BY id")
    drifted = not reported

    result = shop.select(
        beside(shop, orders()), dg.AssetSelection.assets(THEIRS, report.key), fails=drifted
    )

    assert checked(result)["orders"].passed is not drifted
    assert set(materialized(result)) == (reported or {"orders"})
    assert shop.writes() == []


def test_one_drifted_table_of_others_holds_up_no_consumer_of_another(shop):
    shop.db.live("orders (id Int64) ORDER BY id")
    shop.db.live("refunds (id Int64) ORDER BY id")
    refunds = declared("refunds", "id Int64", EM, metadata={"asset_key": "dbt/refunds"})

    @dg.asset(key=["dbt", "refunds"])
    def dbt_refunds() -> None: ...

    @dg.asset(deps=[dbt_refunds])
    def of_refunds() -> None: ...

    definitions = dg.Definitions.merge(
        beside(shop, orders(), refunds), dg.Definitions(assets=[dbt_refunds, of_refunds])
    )

    result = shop.select(definitions, dg.AssetSelection.all(), fails=True)

    assert set(materialized(result)) == {"orders", "refunds", "of_refunds"}


def test_the_drift_job_and_the_sensor_know_their_key(shop):
    shop.db.live("orders (id Int64) ORDER BY id")
    definitions = beside(shop, orders())

    shop.drift(definitions, fails=True)

    notified = list[dg.AssetKey]()
    sensor = build_drift_sensor(
        shop.db.project(orders()), lambda _, new: notified.extend(one.asset_key for one in new)
    )
    with dg.build_sensor_context(
        instance=shop.instance, repository_def=definitions.get_repository_def()
    ) as context:
        sensor(context)
    assert notified == [THEIRS]


def test_a_managed_one_is_reconciled_by_the_job_which_says_nothing_of_their_data(shop):
    definitions = beside(shop, orders(FM))

    result = shop.reconcile(definitions, dry_run=False)

    assert materialized(result) == {}
    assert [event.asset_key for event in result.get_asset_observation_events()] == [THEIRS]
    assert checked(result)["orders"].passed
    assert shop.db.value("SELECT count() FROM shop.orders") == 0


def test_what_flows_into_it_and_out_of_it_knows_their_key(shop):
    view = View("recent", "SELECT id FROM orders", [orders()], config=ViewConfig(life_cycle=FM))

    graph = beside(shop, orders(), view).resolve_asset_graph()

    assert graph.get(shop.key("recent")).parent_keys == {THEIRS}


@pytest.mark.parametrize("key", ["", "/", 7, [], ["a", 1]])
def test_what_is_not_a_key_is_refused(shop, key):
    with pytest.raises(
        ValueError, match=r"orders: metadata\[\"asset_key\"\] is .*analytics/orders"
    ):
        shop.definitions(orders(asset_key=key))


def test_two_tables_are_never_one_asset(shop):
    other = declared("copies", "id Int64", metadata={"asset_key": ["dbt", "orders"]})

    with pytest.raises(
        ValueError, match=r"orders and shop\w*.copies are both the asset dbt/orders"
    ):
        shop.definitions(orders(), other)
