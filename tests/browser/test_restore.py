"""The job `moose_restore`: what a reconcile dropped comes back."""

from browser.person import IN_THE_BROWSER, Person
from playwright.sync_api import expect

from moose_dagster.clients.clickhouse import ConnectedClickHouse

pytestmark = IN_THE_BROWSER
_DROPPED = {"ops": {"reconcile": {"config": {"dry_run": False, "prune": True}}}}
_COUPONS = "SELECT count() FROM system.tables WHERE database = 'shop' AND name = 'coupons'"
_RESTORE = """ops:
  restore:
    config:
      resource: shop.coupons
"""


def test_a_dropped_table_comes_back_with_its_rows(person: Person, live: ConnectedClickHouse):
    # The blocked changes of the protected orders fail the run, after everything else is done.
    assert person.ui.launch("moose_reconcile", config=_DROPPED) == "FAILURE"
    assert [tuple(row) for row in live.query(_COUPONS)] == [(0,)]

    person.opens_launchpad("example_project.definitions", "moose_restore")
    person.writes(_RESTORE)
    person.photographs("restore_launchpad")
    person.launches()

    expect(person.row("restored", "shop.coupons")).to_be_visible()
    expect(person.row("dagster/row_count", "25")).to_be_visible()
    person.photographs("restore")
    assert [tuple(row) for row in live.query("SELECT count() FROM shop.coupons")] == [(25,)]
