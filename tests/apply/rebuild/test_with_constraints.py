"""A CHECK that stored rows break holds back nothing else that is declared with it."""

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import MemoryEngine, TableConstraint
from moose_dagster.errors import ServerError

COLUMNS = "id Int64; n Nullable(Int64)"
CHECK = [TableConstraint("small", "id < 3")]


@pytest.fixture
def orders(db):
    db.live("orders (id Int64, n Nullable(Int64)) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(5)")


def test_a_check_that_rows_break_comes_with_a_rebuild_that_keeps_them(db, orders):
    table = declared("orders", COLUMNS, FM, order_by_fields=["id"], partition_by="id % 2")
    checked = declared(
        "orders", COLUMNS, FM, order_by_fields=["id"], partition_by="id % 2", constraints=CHECK
    )

    (step,) = (step for step in db.plan_result(checked).plan.steps if "constraint" in step.reason)
    db.reconcile(checked)

    assert "2 stored rows break it" in step.reason
    assert db.value("SELECT count() FROM shop.orders") == 5
    assert db.plan(checked) == {}
    with pytest.raises(ServerError, match="469"):
        db.raw("INSERT INTO shop.orders SELECT 7, 7")
    db.reconcile(table)  # and away again


def test_a_protected_table_gets_the_rest_without_the_check(db, orders):
    table = declared("orders", "id Int64; n Int64; more String", DP, constraints=CHECK)

    outcome = db.reconcile(table)

    assert db.plan(table) == {"constraint small": "BLOCK"}
    assert "2 stored rows break it" in outcome.after.plan.steps[0].reason
    assert db.value("SELECT sum(n) FROM shop.orders") == 10


def test_an_engine_without_parts_gets_the_rest_without_the_check(db):
    db.live("orders (id Int64, n Nullable(Int64)) ENGINE = Memory")
    db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(5)")
    table = declared(
        "orders",
        "id Int64; n Int64",
        FM,
        order_by_fields=[],
        engine=MemoryEngine(),
        constraints=CHECK,
    )

    outcome = db.reconcile(table)

    assert db.plan(table) == {"constraint small": "BLOCK"}
    reason = outcome.after.plan.steps[0].reason
    assert "2 stored rows break it, and the copy that a Memory table needs" in reason
    assert db.value("SELECT sum(n) FROM shop.orders") == 10
