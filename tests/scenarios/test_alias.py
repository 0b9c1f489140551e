"""A table that is another name of one: it takes its columns, and every ALTER, from the table behind it."""

import pytest
from scenarios.house import declared

from moose_dagster import OtherEngine
from moose_dagster.pull import PullOptions, read

pytestmark = pytest.mark.requires("26.9", "no engine Alias")
COLUMNS = "id Int64; v String"


def an_alias(house):
    return declared("also", COLUMNS, order_by_fields=[], engine=OtherEngine(f"Alias('{house.database}', 'orders')"))


def test_an_alias_is_made_without_the_columns_that_it_has(house):
    house.reconcile(declared("orders", COLUMNS), an_alias(house))
    house.raw("INSERT INTO shop.orders VALUES (1, 'x')")

    assert house.plan(declared("orders", COLUMNS), an_alias(house)) == {}
    assert house.rows("SELECT * FROM shop.also") == [(1, "x")]


def test_an_alias_that_leaves_the_code_leaves_the_table_behind_it(house):
    kept = [declared(name, "id Int64") for name in ("a", "b")]
    house.reconcile(declared("orders", COLUMNS), an_alias(house), *kept)
    house.raw("INSERT INTO shop.orders VALUES (1, 'x')")

    house.reconcile(declared("orders", COLUMNS), *kept, prune=True)

    assert house.value("EXISTS TABLE shop.also") == 0
    assert house.rows("SELECT * FROM shop.orders") == [(1, "x")]


def test_a_pulled_alias_is_never_managed_and_says_why(house):
    house.live("orders (id Int64, v String) ENGINE = MergeTree ORDER BY id")
    house.raw("CREATE TABLE shop.also ENGINE = Alias('orders')".replace("'orders'", f"'{house.database}', 'orders'"))

    result = read(house.clickhouse, None, PullOptions(databases=(house.database,), managed=True))

    said = "its engine: an Alias takes its columns, and every ALTER, from the table behind it."
    assert result.notes == (f"{house.database}.also: {said}",)
    text = result.files[f"tables_{house.database}.py"]
    assert "EXTERNALLY_MANAGED" in text.partition("also = ")[2].partition("\n\n\n")[0]
    assert "FULLY_MANAGED" in text.partition("orders = ")[2].partition("\n\n\n")[0]
