"""Whether a table is there: in the code, on the server, in the ledger."""

import threading
import time

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import Options, Removed, RunCallbacks, plan_for, reconcile
from moose_dagster.errors import LockHeld
from moose_dagster.ledger.lock import locked
from moose_dagster.state.names import TableId

ID = "id Int64; note String"


@pytest.mark.parametrize(
    ("life_cycle", "verdict", "exists"), [(FM, "APPLY", 1), (DP, "APPLY", 1), (EM, "DRIFT", 0)]
)
def test_01_a_missing_table_is_created_unless_it_is_external(db, life_cycle, verdict, exists):
    table = declared("orders", ID, life_cycle)

    assert db.plan(table) == {"table": verdict}
    db.reconcile(table)

    assert db.value("EXISTS TABLE shop.orders") == exists
    assert db.plan(table) == ({} if exists else {"table": "DRIFT"})


def test_02_a_fully_managed_table_gone_from_code_is_kept_in_the_trash(db):
    customers = declared("customers", ID)
    db.reconcile(declared("orders", ID), customers)
    db.raw("INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b')")

    assert db.plan(customers) == {"table": "BLOCK"}
    assert db.plan(customers, prune=True) == {"table": "APPLY"}
    db.reconcile(customers, prune=True)

    assert db.value("EXISTS TABLE shop.orders") == 0
    assert db.in_trash("orders", "count()") == 2
    assert db.plan(customers, prune=True) == {}


def test_02_a_protected_table_gone_from_code_is_reported_on_every_run(db):
    customers = declared("customers", ID)
    db.reconcile(declared("orders", ID, DP), customers)

    for _ in range(2):
        outcome = db.reconcile(customers, prune=True)
        assert [step.verdict.value for step in outcome.before.plan.steps] == ["BLOCK"]
        assert "orders: drop table" in outcome.before.plan.steps[0].reason

    assert db.value("EXISTS TABLE shop.orders") == 1


def test_02_an_external_table_gone_from_code_is_forgotten(db):
    db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id")
    customers = declared("customers", ID)
    db.reconcile(declared("orders", ID, EM), customers)

    assert db.plan(customers, prune=True) == {}
    assert db.value("EXISTS TABLE shop.orders") == 1


def test_02_a_table_that_was_managed_and_then_external_is_not_dropped(db):
    customers = declared("customers", ID)
    db.reconcile(declared("orders", ID), customers)
    db.reconcile(declared("orders", ID, EM), customers)

    assert db.plan(customers, prune=True) == {}


def test_02_a_table_somebody_made_under_the_name_of_a_managed_one_is_not_dropped(db):
    customers = declared("customers", ID)
    db.reconcile(declared("orders", ID), customers)
    db.raw("DROP TABLE shop.orders SYNC")
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")

    assert db.plan(customers, prune=True) == {}


def test_03_a_table_in_neither_code_nor_ledger_is_never_mentioned(db):
    db.live("unmanaged (id Int64) ENGINE = MergeTree ORDER BY id")
    table = declared("orders", ID)

    outcome = db.reconcile(table, prune=True)

    assert not any("unmanaged" in statement for statement in db.writes())
    assert [step.resource.name for step in outcome.before.plan.steps] == ["orders"]


def test_03_another_project_never_drops_what_this_one_manages(db):
    db.reconcile(declared("orders", ID))
    other = db.project(declared("customers", ID), name="other")

    plan = plan_for(other, db.clickhouse, Options(**db.options, prune=True)).plan

    assert [step.resource.name for step in plan.steps] == ["customers"]


def test_03_a_table_that_moved_to_another_project_is_not_dropped_by_the_first(db):
    orders, other = declared("orders", ID), declared("other", ID)
    second = db.project(orders, name="second")
    db.reconcile(orders, other)
    refused = plan_for(second, db.clickhouse, Options(**db.options)).plan

    db.reconcile(other, Removed("orders", reason="second owns it now"))
    reconcile(second, db.clickhouse, Options(**db.options))
    db.reconcile(other, prune=True)
    db.reconcile(other, prune=True)

    assert any("tests" in note for note in refused.notes)
    assert db.value("EXISTS TABLE shop.orders") == 1
    assert db.trashed() == []


def test_04_a_live_table_in_code_is_adopted_and_then_compared(db):
    db.live("orders (id Int64, old String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'x')")
    table = declared("orders", "id Int64; new String", DP)

    assert db.plan(table) == {"column new": "APPLY", "column old": "BLOCK"}
    db.reconcile(table)

    assert db.rows("SELECT id, old, new FROM shop.orders") == [(1, "x", "")]
    assert db.plan(table) == {"column old": "BLOCK"}


def test_05_only_the_missing_one_of_two_tables_of_one_name_is_created(db):
    other = f"{db.database}_b"
    db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id")
    tables = [declared("orders", ID), declared("orders", ID, database=other)]

    outcome = db.reconcile(*tables)

    assert [str(step.resource) for step in outcome.before.plan.steps] == [f"{other}.orders"]
    assert db.value(f"EXISTS TABLE {other}.orders") == 1


def test_68_more_than_half_of_the_project_is_not_dropped_at_once(db):
    customers = declared("a", ID)
    db.reconcile(customers, declared("b", ID), declared("c", ID))

    assert db.plan(customers, prune=True) == {"b.table": "BLOCK", "c.table": "BLOCK"}
    assert db.plan(customers, prune=True, allow_mass_removal=True) == {
        "b.table": "APPLY",
        "c.table": "APPLY",
    }


@pytest.mark.parametrize("name", ["t" * 190, "é" * 30, "/" * 60])
def test_02_a_table_of_a_long_name_is_rebuilt_and_kept_in_the_trash(db, name):
    db.reconcile(declared(name, "id UInt64; x UInt64"), declared("other", "id UInt64"))

    db.reconcile(
        declared(name, "id UInt64; x UInt64", order_by_fields=["x"]), declared("other", "id UInt64")
    )
    db.reconcile(declared("other", "id UInt64"), prune=True)

    assert (
        db.value(
            f"SELECT count() FROM system.tables WHERE database = '{db.options['trash_database']}'"
        )
        == 2
    )


def test_63_two_reconciles_at_once_act_one_after_the_other(db):
    def table(number):
        return declared(f"t{number}", "id UInt64")

    outcomes = []

    def run():
        with db.clickhouse.another() as clickhouse:
            project = db.project(*(table(number) for number in range(20)))
            outcomes.append(reconcile(project, clickhouse, Options(**db.options)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [outcome.failures for outcome in outcomes] == [(), ()]
    assert sorted(len(outcome.results) for outcome in outcomes) == [0, 20]


def test_63_a_reconcile_that_may_not_wait_names_the_one_that_runs(db):
    db.reconcile(declared("first", "id UInt64"))
    lock = TableId(db.options["ledger_database"], "lock__tests")

    with locked(db.clickhouse, lock, "run-7"), pytest.raises(LockHeld, match="run-7"):
        db.reconcile(declared("second", "id UInt64"), wait_for_lock=0)

    assert db.value("EXISTS TABLE shop.second") == 0


def test_63_a_stolen_lock_stops_the_run_before_its_next_statement(db):
    project = db.project(*(declared(f"t{number}", "id UInt64") for number in range(3)))
    lock = f"{db.options['ledger_database']}.lock__tests"

    def steal(action):
        if action.table.name == "t1":
            db.raw(f"DROP TABLE {lock} SYNC")
            time.sleep(0.25)

    outcome = reconcile(
        project, db.clickhouse, Options(**db.options), callbacks=RunCallbacks(started=steal)
    )

    assert [bool(result.error) for result in outcome.results] == [False, True, True]
    assert "the lock was lost" in outcome.results[1].error
    assert not outcome.results[2].reached
    assert db.value("EXISTS TABLE shop.t1") == 0
