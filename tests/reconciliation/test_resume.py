"""The next run finishes or undoes a rebuild that an earlier one did not end, before all else."""

import pytest
from interrupted import AFTER, interrupt, leftovers, orders
from scenarios.database import DP, EM

from moose_dagster import Options, reconcile
from moose_dagster.reconciliation.resume import Recovery, without_unrecovered
from moose_dagster.testing import a_table, plan_of


def test_code_that_went_back_undoes_what_was_started(db):
    interrupt(db)

    outcome = db.reconcile(orders())

    assert outcome.recovered == (
        f"{db.table('orders')}: an interrupted rebuild was undone; the table is as it was.",
    )
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300
    assert db.plan(orders()) == {}


def test_an_exchange_without_an_answer_is_finished_before_anything_else(db):
    desired = interrupt(db, sent=True)

    outcome = db.reconcile(desired)

    assert outcome.recovered == (f"{db.table('orders')}: an interrupted rebuild was finished.",)
    assert outcome.results == ()


def test_a_table_protected_meanwhile_is_not_rebuilt(db):
    interrupt(db)

    outcome = db.reconcile(orders(**AFTER, life_cycle=DP))

    assert outcome.results == ()
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300


def test_a_rebuild_that_was_killed_at_its_last_statement_counts_as_finished(db):
    desired = interrupt(db, "RENAME TABLE", sent=True)

    outcome = db.reconcile(desired, adopt=False)

    assert outcome.recovered == (f"{db.table('orders')}: an interrupted rebuild was finished.",)
    ledger, trash = db.options["ledger_database"], db.options["trash_database"]
    known = db.value(f"SELECT uuid FROM {ledger}.resources FINAL WHERE name = 'orders'")
    assert known == db.value(
        f"SELECT toString(uuid) FROM system.tables WHERE database = '{db.database}'"
    )
    assert db.rows(f"SELECT total_rows FROM system.tables WHERE database = '{trash}'") == [(300,)]


@pytest.mark.parametrize("sent", [False, True], ids=["before the exchange", "after it"])
def test_nothing_is_written_to_a_table_that_is_external_meanwhile(db, sent):
    desired = interrupt(db, sent=sent)
    db.writes()

    external = db.project(orders(**AFTER, life_cycle=EM))
    outcome = reconcile(external, db.clickhouse, Options(**db.options))

    assert "Declare it FULLY_MANAGED for one more run" in outcome.unfinished[0]
    assert [text for text in db.writes() if "orders" in text] == []
    db.reconcile(desired)
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300


def test_a_table_whose_rebuild_could_not_be_ended_waits_for_the_next_run():
    stuck, other = a_table("id Int64"), a_table("id Int64", name="shop.others")
    plan = plan_of(stuck, a_table("id Int64", "n Int8"))

    left, results = without_unrecovered(plan, Recovery(errors={stuck.id: "no answer"}))

    assert left.actions == ()
    assert [(result.error, result.reached) for result in results] == [("no answer", False)]
    assert without_unrecovered(plan, Recovery(errors={other.id: "no answer"})) == (plan, ())
