"""The order of columns is said where it differs, and a rebuild takes the declared one."""

import pytest
from scenarios.database import DP, FM, declared

CREATED = "orders (a Int64, b Int64, c String) ENGINE = MergeTree ORDER BY a"


def orders(life_cycle=FM, **config):
    return declared("orders", "c String; a Int64; b Int64", life_cycle, **config)


def names(db):
    return db.value(
        "SELECT groupArray(name) FROM system.columns "
        f"WHERE database = '{db.database}' AND table = 'orders'"
    )


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_another_order_is_a_note_and_no_difference(db, life_cycle):
    db.live(CREATED, "VALUES (1, 2, 'x')")
    table = orders(life_cycle, order_by_fields=["a"])

    result = db.plan_result(table)

    assert result.plan.steps == ()
    assert len(result.plan.notes) == 1
    assert "in another order than declared" in result.plan.notes[0]


def test_a_rebuild_takes_the_declared_order_and_keeps_the_values(db):
    db.live(CREATED, "VALUES (1, 2, 'x')")
    table = orders(order_by_fields=["a", "b"])

    assert db.plan(table) == {"ORDER BY": "APPLY"}
    db.reconcile(table)

    assert names(db) == ["c", "a", "b"]
    assert db.rows("SELECT * FROM shop.orders") == [("x", 1, 2)]
    assert db.plan_result(table).plan.notes == ()


def test_a_rebuild_puts_a_new_column_where_it_is_declared(db):
    db.live(CREATED, "VALUES (1, 2, 'x')")
    table = declared(
        "orders", "c String; new UInt8; a Int64; b Int64", FM, order_by_fields=["a", "b"]
    )

    db.reconcile(table)

    assert names(db) == ["c", "new", "a", "b"]
    assert db.rows("SELECT * FROM shop.orders") == [("x", 0, 1, 2)]


def test_an_added_column_is_not_a_reason_for_a_note(db):
    db.live(CREATED)
    table = declared("orders", "new UInt8; a Int64; b Int64; c String", FM, order_by_fields=["a"])

    assert db.plan_result(table).plan.notes == ()
    db.reconcile(table)

    assert db.plan_result(table).plan.notes == ()
