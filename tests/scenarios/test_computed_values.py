"""What rows read of a computed column stays when the column that it uses changes."""

import pytest
from scenarios.database import DP, declared_as

from moose_dagster import OlapConfig


def computed(columns, name="orders"):
    return declared_as(
        name, ["id Int64", *columns], OlapConfig(life_cycle=DP, order_by_fields=["id"])
    )


def test_18_stored_values_are_not_computed_again_when_what_they_came_from_changes(db):
    db.live(
        "orders (id Int64, x Int32, d String MATERIALIZED concat(toString(x), "
        "randomPrintableASCII(9)))"
        " ENGINE = MergeTree ORDER BY id"
    )
    db.raw("INSERT INTO shop.orders (id, x) VALUES (1, 10)")
    before = db.rows("SELECT id, x, d FROM shop.orders")
    table = computed(
        ["x Nullable(Int32)", "d String MATERIALIZED concat(toString(x), randomPrintableASCII(9))"]
    )

    db.reconcile(table)

    assert db.rows("SELECT id, x, d FROM shop.orders") == before
    assert db.plan(table) == {}


@pytest.mark.requires("26.9", "MATERIALIZE COLUMN knows no ALIAS columns")
@pytest.mark.parametrize("kind", ["DEFAULT", "MATERIALIZED"])
def test_18_rows_without_a_computed_column_read_the_same_when_what_it_comes_from_changes(db, kind):
    db.live(
        "orders (id Int64, x DateTime('UTC'), a String ALIAS toString(x)) ENGINE = "
        "MergeTree ORDER BY id"
    )
    db.raw("INSERT INTO shop.orders VALUES (1, '2024-01-02 03:04:05')")
    db.raw(f"ALTER TABLE shop.orders ADD COLUMN d String {kind} concat('at ', a)")
    table = computed(
        [
            "x DateTime64(3, 'UTC')",
            "a String ALIAS toString(x)",
            f"d String {kind} concat('at ', a)",
        ]
    )

    db.reconcile(table)

    assert db.rows("SELECT a, d FROM shop.orders") == [
        ("2024-01-02 03:04:05.000", "at 2024-01-02 03:04:05")
    ]
    assert db.plan(table) == {}


def test_18_a_missing_array_of_a_nested_column_stays_as_long_as_those_beside_it(db):
    db.live(
        "orders (id Int64, n Nested(a Int32)) ENGINE = MergeTree ORDER BY id", "VALUES (1, [1, 2])"
    )
    db.raw("ALTER TABLE shop.orders ADD COLUMN `n.b` Array(String)")
    table = computed(
        ["`n.a` Array(Int32)", "`n.b` Array(String) DEFAULT arrayMap(x -> 'b', `n.a`)"]
    )

    db.reconcile(table)

    assert db.rows("SELECT `n.b` FROM shop.orders") == [(["", ""],)]
    assert db.plan(table) == {}
