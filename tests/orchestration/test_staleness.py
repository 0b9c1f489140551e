"""What Dagster calls out of sync: code that is not yet on the server, and assets below it."""

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest
from orchestration.shop import materialized
from scenarios.database import DP, EM, declared

from moose_dagster import Options, View, reconcile

BEFORE, AFTER, LAST = (
    declared("orders", f"id Int64{more}") for more in ("", "; n Int64", "; n Int64; note String")
)
THEIRS = declared("theirs", "id Int64", life_cycle=EM)


def beside(shop, *tables):
    """Return the definitions of these tables, with an asset of the user's that reads each."""

    def below(table):
        return dg.asset(name=f"report_of_{table.name}", deps=[shop.key(table.name)])(lambda: None)

    return dg.Definitions.merge(
        shop.definitions(*tables), dg.Definitions(assets=[below(table) for table in tables])
    )


def status(shop, definitions, *keys):
    """Return what the UI says of these assets."""
    graph = definitions.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(
        shop.instance, graph, LoadingContextForTest(shop.instance)
    )
    return [resolver.get_status(key).value for key in keys]


def by_asset(shop, definitions):
    shop.run(definitions, "orders")


def by_job(shop, definitions):
    shop.reconcile(definitions, dry_run=False, adopt=True)


@pytest.mark.parametrize(
    ("first", "again"), [(by_asset, by_job), (by_job, by_asset)], ids=["to job", "to asset"]
)
def test_a_change_of_code_is_out_of_sync_until_it_is_reconciled(shop, first, again):
    orders = shop.key("orders")
    report = dg.AssetKey("report_of_orders")
    definitions = beside(shop, BEFORE)
    assert status(shop, definitions, orders) == ["MISSING"]
    first(shop, definitions)
    shop.select(definitions, dg.AssetSelection.assets(report))
    assert status(shop, definitions, orders, report) == ["FRESH", "FRESH"]

    for version in (AFTER, LAST):
        changed = beside(shop, version)
        assert status(shop, changed, orders) == ["STALE"]
        shop.reconcile(changed)  # a dry run
        assert status(shop, changed, orders) == ["STALE"]
        again(shop, changed)
        assert status(shop, changed, orders, report) == ["FRESH", "STALE"]
        shop.select(changed, dg.AssetSelection.assets(report))
        assert status(shop, changed, orders, report) == ["FRESH", "FRESH"]


def test_a_run_that_changes_nothing_leaves_everything_below_in_sync(shop):
    orders = shop.key("orders")
    report = dg.AssetKey("report_of_orders")
    definitions = beside(shop, BEFORE)
    by_asset(shop, definitions)
    shop.select(definitions, dg.AssetSelection.assets(report))

    by_asset(shop, definitions)
    by_job(shop, definitions)

    assert status(shop, definitions, orders, report) == ["FRESH", "FRESH"]


def test_what_is_below_an_external_table_is_out_of_sync_when_its_schema_changes(shop):
    shop.db.live("theirs (id Int64) ORDER BY id")
    report = dg.AssetKey("report_of_theirs")
    definitions = beside(shop, THEIRS)
    shop.run(definitions, "theirs")
    shop.select(definitions, dg.AssetSelection.assets(report))

    shop.run(definitions, "theirs")
    assert status(shop, definitions, report) == ["FRESH"]

    shop.db.raw("ALTER TABLE shop.theirs ADD COLUMN n Int64")
    shop.run(definitions, "theirs")
    assert status(shop, definitions, report) == ["STALE"]


def test_what_was_reconciled_elsewhere_is_in_sync_after_the_next_job(shop):
    definitions = beside(shop, BEFORE)
    by_asset(shop, definitions)
    changed = beside(shop, AFTER)
    reconcile(shop.db.project(AFTER), shop.db.clickhouse, Options(**shop.db.options))
    shop.reconcile(changed)  # a dry run
    assert status(shop, changed, shop.key("orders")) == ["STALE"]

    first = shop.reconcile(changed, dry_run=False)
    second = shop.reconcile(changed, dry_run=False)

    assert status(shop, changed, shop.key("orders")) == ["FRESH"]
    assert [set(materialized(run)) for run in (first, second)] == [{"orders"}, set()]


def test_what_is_done_in_part_stays_out_of_sync_until_the_rest_is_done(shop):
    orders = shop.key("orders")
    definitions = shop.definitions(declared("orders", "id Int64; n Int64", life_cycle=DP))
    by_job(shop, definitions)
    changed = shop.definitions(declared("orders", "id Int64; note String", life_cycle=DP))

    part = shop.reconcile(changed, dry_run=False, fails=True)
    assert set(materialized(part)) == {"orders"}
    assert status(shop, changed, orders) == ["STALE"]

    shop.db.raw("ALTER TABLE shop.orders DROP COLUMN n")
    shop.reconcile(changed, dry_run=False)
    assert status(shop, changed, orders) == ["FRESH"]


def test_a_run_over_a_selection_says_nothing_of_the_rest(shop):
    customers = declared("customers", "id Int64")
    by_job(shop, shop.definitions(BEFORE, customers))
    changed = shop.definitions(AFTER, customers)

    shop.reconcile(changed, dry_run=False, selection=[f"{shop.db.database}.customers"])

    assert status(shop, changed, shop.key("orders"), shop.key("customers")) == ["STALE", "FRESH"]


RAW = declared("raw", "id Int64")
WIDER = declared("raw", "id Int64; n Int64")


def seen_through(table):
    return View("seen", f"SELECT id FROM {table.name}", [table])


@pytest.mark.parametrize("first", [by_asset, by_job], ids=["from asset", "from job"])
def test_after_a_green_job_nothing_is_out_of_sync(shop, first):
    raw, seen = shop.key("raw"), shop.key("seen")
    definitions = shop.definitions(RAW, seen_through(RAW))
    if first is by_asset:
        shop.run(definitions, "raw seen")
    else:
        by_job(shop, definitions)
    assert status(shop, definitions, raw, seen) == ["FRESH", "FRESH"]
    changed = shop.definitions(WIDER, seen_through(WIDER))

    run = shop.reconcile(changed, dry_run=False)
    again = shop.reconcile(changed, dry_run=False)

    assert status(shop, changed, raw, seen) == ["FRESH", "FRESH"]
    # Only the version of its source is another one.
    assert set(materialized(run)) == {"raw", "seen"}
    assert materialized(again) == {}
