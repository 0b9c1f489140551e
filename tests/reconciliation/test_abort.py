"""An interrupted rebuild is given up, as long as its table has not taken the other's place."""

import pytest
from interrupted import interrupt, leftovers, orders

from moose_dagster import Options
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.errors import LockHeld
from moose_dagster.ledger.lock import locked
from moose_dagster.reconciliation import Aborted, abort, interrupted_rebuilds
from moose_dagster.state.names import TableId


def test_an_interrupted_rebuild_can_be_given_up(db):
    project = db.project(interrupt(db))
    options = Options(**db.options)
    name = db.table("orders")

    assert interrupted_rebuilds(project, db.clickhouse, options) == (
        f"{name}, 300 rows copied so far",
    )
    assert abort(project, db.clickhouse, options, tables=[db.table("other")]) == Aborted()
    aborted = abort(project, db.clickhouse, options)

    assert aborted == Aborted(undone=(f"{name}: the rebuild was undone; the table is as it was.",))
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300
    assert db.plan(orders()) == {}
    assert abort(project, db.clickhouse, options) == Aborted()


def test_a_rebuild_whose_table_has_taken_its_place_is_not_given_up(db):
    desired = interrupt(db, sent=True)

    aborted = abort(db.project(desired), db.clickhouse, Options(**db.options))

    assert aborted.undone == ()
    assert "has taken its place already; the next reconcile ends the rebuild" in aborted.refused[0]
    db.reconcile(desired)
    assert db.value("SELECT count() FROM shop.orders") == 300


def test_nothing_is_given_up_while_a_reconcile_is_running(db):
    desired = interrupt(db)
    lock = TableId(db.options["ledger_database"], "lock__tests")

    with locked(db.clickhouse, lock, "run-7", wait=5), pytest.raises(LockHeld, match="run-7"):
        abort(db.project(desired), db.clickhouse, Options(**db.options, wait_for_lock=0))


def test_a_copy_that_is_too_large_to_be_dropped_by_mistake_is_dropped(db, clickhouse_url):
    desired = interrupt(db)

    address = ClickHouseAddress.from_url(f"{clickhouse_url}?max_table_size_to_drop=1")
    with connect(address) as careful:
        aborted = abort(db.project(desired), careful, Options(**db.options))

    assert aborted.refused == ()
    assert leftovers(db) == []
