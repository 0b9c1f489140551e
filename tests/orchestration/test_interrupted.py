"""Rebuilds that an earlier run left: what the log says of them, and the job that aborts them."""

import pytest
from connections import Breaking
from scenarios.database import declared

from moose_dagster import Options, reconcile

BEFORE = declared("orders", "id Int64; v Int64")
AFTER = declared("orders", "id Int64; v Int64", order_by_fields=["v"])


def log_of(shop, result):
    return [entry.user_message for entry in shop.instance.all_logs(result.run_id)]


@pytest.fixture
def interrupted(shop):
    """A function that leaves the rebuild of `orders` at its EXCHANGE, which was sent or not."""

    def interrupt(*, sent):
        db = shop.db
        db.reconcile(BEFORE)
        db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(100)")
        breaking = Breaking(
            db.clickhouse.connected, 10_000, sent=sent, for_good=True, word="EXCHANGE"
        )
        assert reconcile(
            db.project(AFTER), breaking, Options(**db.options, lock_lease=0.5)
        ).failures
        return db.table("orders")

    return interrupt


def test_what_became_of_it_is_logged(shop, interrupted):
    orders = interrupted(sent=True)

    result = shop.reconcile(shop.definitions(AFTER), dry_run=False)

    assert f"{orders}: an interrupted rebuild was finished." in log_of(shop, result)


def test_the_copying_is_logged(shop):
    shop.db.reconcile(BEFORE)
    shop.db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(100)")

    result = shop.run(shop.definitions(AFTER), "orders")

    assert f"{shop.db.table('orders')}: 100 of 100 rows copied (100 %)" in log_of(shop, result)


@pytest.mark.parametrize("sent", [False, True])
def test_the_job_gives_up_what_is_not_past_the_exchange(shop, interrupted, sent):
    orders = interrupted(sent=sent)

    result = shop.abort(shop.definitions(AFTER), tables=[str(orders)], fails=sent)

    log = log_of(shop, result)
    assert any("the rebuild was undone; the table is as it was" in text for text in log) is not sent
    assert shop.db.value("SELECT count() FROM shop.orders") == 100
