"""Keys in descending order, and primary keys that are shorter than ORDER BY."""

import pytest
from scenarios.database import DP, FM, declared

pytestmark = pytest.mark.requires("25.8", "no descending keys")
KEYS = [("k", "k DESC"), ("k", "(k DESC, v)"), ("(k, v)", "(k DESC, v DESC)")]


@pytest.mark.parametrize(("primary", "order"), KEYS)
def test_a_primary_key_is_the_start_of_a_descending_order(db, primary, order):
    db.live(f"hits (k UInt64, v String) ENGINE = MergeTree PRIMARY KEY {primary} ORDER BY {order}")
    keys = {"order_by_expression": order, "primary_key_expression": primary}
    table = declared("hits", "k UInt64; v String", FM, **keys)

    assert db.plan(table) == {}

    db.raw("DROP TABLE shop.hits SYNC")
    db.reconcile(table)

    assert db.plan(table) == {}


def test_a_descending_key_that_gains_a_column_is_rebuilt(db):
    live = declared("hits", "k UInt64", FM, order_by_expression="k DESC")
    db.reconcile(live)
    db.raw("INSERT INTO shop.hits VALUES (1), (2)")
    longer = {"order_by_expression": "(k DESC, b)"}

    protected = db.plan(declared("hits", "k UInt64; b UInt64", DP, **longer))
    assert protected == {"column b": "APPLY", "ORDER BY": "BLOCK"}

    table = declared("hits", "k UInt64; b UInt64", FM, **longer)
    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.rows("SELECT k FROM shop.hits") == [(2,), (1,)]
    assert "k DESC, b" in db.value(
        "SELECT engine_full FROM system.tables WHERE database || '.' || name = 'shop.hits'"
    )
