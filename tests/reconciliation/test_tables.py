"""The plan of tables: what is compared, what waits, and how far a run may go to prove a change."""

from scenarios.database import EM, declared

from moose_dagster import Options
from moose_dagster.reconciliation.tables import probe_options_of


def test_a_run_proves_as_far_as_its_options_allow():
    options = probe_options_of(Options(samples=False, proof_budget_bytes=7))

    assert (options.samples, options.budget) == (False, 7)


def test_another_spelling_of_a_type_or_default_is_not_a_difference(db):
    db.live("orders (id Int64, n Decimal(9, 2) DEFAULT 1 + 1) ENGINE = MergeTree ORDER BY id")

    found = db.plan_result(db.declared_column("orders", "n Decimal32(2) DEFAULT 1+1"))

    assert found.plan.steps == ()


def test_an_external_table_is_compared_and_never_written_down(db):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")

    found = db.plan_result(declared("orders", "id Int64; n Int8", EM))

    assert [step.verdict.value for step in found.plan.steps] == ["DRIFT"]
    assert found.records == ()
    assert found.facts[db.table("orders")].rows == 0
