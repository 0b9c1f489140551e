"""Whether a table is there: in the code, on the server, in the ledger."""

import pytest
from scenarios.house import DP, EM, FM, declared

from moose_dagster import Options, plan_for, reconcile

ID = "id Int64; note String"


@pytest.mark.parametrize(("life_cycle", "verdict", "exists"), [(FM, "APPLY", 1), (DP, "APPLY", 1), (EM, "DRIFT", 0)])
def test_01_a_missing_table_is_created_unless_it_is_external(house, life_cycle, verdict, exists):
    table = declared("orders", ID, life_cycle)

    assert house.plan(table) == {"table": verdict}
    house.reconcile(table)

    assert house.value("EXISTS TABLE shop.orders") == exists
    assert house.plan(table) == ({} if exists else {"table": "DRIFT"})


def test_02_a_fully_managed_table_gone_from_code_is_kept_in_the_trash(house):
    kept = declared("customers", ID)
    house.reconcile(declared("orders", ID), kept)
    house.raw("INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b')")

    assert house.plan(kept) == {"table": "BLOCK"}
    assert house.plan(kept, prune=True) == {"table": "APPLY"}
    house.reconcile(kept, prune=True)

    assert house.value("EXISTS TABLE shop.orders") == 0
    assert house.in_trash("orders", "count()") == 2
    assert house.plan(kept, prune=True) == {}


def test_02_a_protected_table_gone_from_code_is_reported_on_every_run(house):
    kept = declared("customers", ID)
    house.reconcile(declared("orders", ID, DP), kept)

    for _ in range(2):
        outcome = house.reconcile(kept, prune=True)
        assert [step.verdict.value for step in outcome.before.plan.steps] == ["BLOCK"]
        assert "orders: drop table" in outcome.before.plan.steps[0].reason

    assert house.value("EXISTS TABLE shop.orders") == 1


def test_02_an_external_table_gone_from_code_is_forgotten(house):
    house.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id")
    kept = declared("customers", ID)
    house.reconcile(declared("orders", ID, EM), kept)

    assert house.plan(kept, prune=True) == {}
    assert house.value("EXISTS TABLE shop.orders") == 1


def test_02_a_table_that_was_managed_and_then_external_is_not_dropped(house):
    kept = declared("customers", ID)
    house.reconcile(declared("orders", ID), kept)
    house.reconcile(declared("orders", ID, EM), kept)

    assert house.plan(kept, prune=True) == {}


def test_02_a_table_somebody_made_under_the_name_of_a_managed_one_is_not_dropped(house):
    kept = declared("customers", ID)
    house.reconcile(declared("orders", ID), kept)
    house.raw("DROP TABLE shop.orders SYNC")
    house.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")

    assert house.plan(kept, prune=True) == {}


def test_03_a_table_in_neither_code_nor_ledger_is_never_mentioned(house):
    house.live("strangers (id Int64) ENGINE = MergeTree ORDER BY id")
    table = declared("orders", ID)

    outcome = house.reconcile(table, prune=True)

    assert not any("strangers" in statement for statement in house.writes())
    assert [step.resource.name for step in outcome.before.plan.steps] == ["orders"]


def test_03_another_project_never_drops_what_this_one_manages(house):
    house.reconcile(declared("orders", ID))
    other = house.project(declared("customers", ID), name="other")

    plan = plan_for(other, house.clickhouse, Options(**house.options, prune=True)).plan

    assert [step.resource.name for step in plan.steps] == ["customers"]


def test_03_a_table_that_moved_to_another_project_is_not_dropped_by_the_first(house):
    orders, other = declared("orders", ID), declared("other", ID)
    house.reconcile(orders, other)
    reconcile(house.project(orders, name="second"), house.clickhouse, Options(**house.options))

    house.reconcile(other, prune=True)
    house.reconcile(other, prune=True)

    assert house.value("EXISTS TABLE shop.orders") == 1
    assert house.kept() == []


def test_04_a_live_table_in_code_is_adopted_and_then_compared(house):
    house.live("orders (id Int64, old String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'x')")
    table = declared("orders", "id Int64; new String", DP)

    assert house.plan(table) == {"column new": "APPLY", "column old": "BLOCK"}
    house.reconcile(table)

    assert house.rows("SELECT id, old, new FROM shop.orders") == [(1, "x", "")]
    assert house.plan(table) == {"column old": "BLOCK"}


def test_05_only_the_missing_one_of_two_tables_of_one_name_is_created(house):
    other = f"{house.database}_b"
    house.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id")
    tables = [declared("orders", ID), declared("orders", ID, database=other)]

    outcome = house.reconcile(*tables)

    assert [str(step.resource) for step in outcome.before.plan.steps] == [f"{other}.orders"]
    assert house.value(f"EXISTS TABLE {other}.orders") == 1


def test_68_more_than_half_of_the_project_is_not_dropped_at_once(house):
    kept = declared("a", ID)
    house.reconcile(kept, declared("b", ID), declared("c", ID))

    assert house.plan(kept, prune=True) == {"b.table": "BLOCK", "c.table": "BLOCK"}
    assert house.plan(kept, prune=True, allow_mass_removal=True) == {"b.table": "APPLY", "c.table": "APPLY"}


@pytest.mark.parametrize("name", ["t" * 190, "é" * 30, "/" * 60])
def test_02_a_table_of_a_long_name_is_rebuilt_and_kept_in_the_trash(house, name):
    house.reconcile(declared(name, "id UInt64; x UInt64"), declared("other", "id UInt64"))

    house.reconcile(declared(name, "id UInt64; x UInt64", order_by_fields=["x"]), declared("other", "id UInt64"))
    house.reconcile(declared("other", "id UInt64"), prune=True)

    assert house.value(f"SELECT count() FROM system.tables WHERE database = '{house.options['trash_database']}'") == 2
