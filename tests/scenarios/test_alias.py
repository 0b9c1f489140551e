"""A table that is another name of one takes its columns and every ALTER from that one."""

import pytest
from scenarios.database import declared

from moose_dagster import OtherEngine
from moose_dagster.pull import PullOptions, read

pytestmark = pytest.mark.requires("26.9", "no engine Alias")
COLUMNS = "id Int64; v String"


def an_alias(db):
    return declared(
        "also", COLUMNS, order_by_fields=[], engine=OtherEngine(f"Alias('{db.database}', 'orders')")
    )


def test_an_alias_is_made_without_the_columns_that_it_has(db):
    db.reconcile(declared("orders", COLUMNS), an_alias(db))
    db.raw("INSERT INTO shop.orders VALUES (1, 'x')")

    assert db.plan(declared("orders", COLUMNS), an_alias(db)) == {}
    assert db.rows("SELECT * FROM shop.also") == [(1, "x")]


def test_an_alias_that_leaves_the_code_leaves_its_table(db):
    targets = [declared(name, "id Int64") for name in ("a", "b")]
    db.reconcile(declared("orders", COLUMNS), an_alias(db), *targets)
    db.raw("INSERT INTO shop.orders VALUES (1, 'x')")

    db.reconcile(declared("orders", COLUMNS), *targets, prune=True)

    assert db.value("EXISTS TABLE shop.also") == 0
    assert db.rows("SELECT * FROM shop.orders") == [(1, "x")]


def test_a_pulled_alias_is_never_managed_and_says_why(db):
    db.live("orders (id Int64, v String) ENGINE = MergeTree ORDER BY id")
    db.raw(
        "CREATE TABLE shop.also ENGINE = Alias('orders')".replace(
            "'orders'", f"'{db.database}', 'orders'"
        )
    )

    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), managed=True))

    reason = "its engine: an Alias has the columns of the table that it names."
    assert result.notes == (f"{db.database}.also: {reason}",)
    text = result.files[f"tables_{db.database}.py"]
    assert "EXTERNALLY_MANAGED" in text.partition("also = ")[2].partition("\n\n\n")[0]
    assert "FULLY_MANAGED" in text.partition("orders = ")[2].partition("\n\n\n")[0]
