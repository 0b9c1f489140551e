"""What a project does not manage yet loses nothing until it is adopted."""

import pytest
from scenarios.database import DP, EM, FM, decided, declared

from moose_dagster import ClickHouseEngines, MaterializedView, MaterializedViewOptions
from moose_dagster.apply.guard import guard
from moose_dagster.errors import GuardError

LIVE = "orders (id Int64, note String) ENGINE = MergeTree ORDER BY id"
FEWER = declared("orders", "id Int64; amount Int64")


@pytest.fixture
def met(db):
    """A table that somebody else has made, with a row."""
    db.live(LIVE, "VALUES (1, 'x')")
    return db


def test_04_what_loses_nothing_is_applied_and_the_rest_waits(met):
    outcome = met.reconcile(FEWER, adopt=False)

    assert decided(outcome.before.plan) == {"column amount": "APPLY", "column note": "BLOCK"}
    assert met.rows("SELECT * FROM shop.orders") == [(1, 0, "x")]
    assert (
        "the project does not manage"
        in outcome.before.plan.steps[0].reason + outcome.before.plan.steps[1].reason
    )


def test_it_waits_on_every_run_and_not_only_on_the_first(met):
    for _ in range(2):
        met.reconcile(FEWER, adopt=False)
        assert met.plan(FEWER, adopt=False) == {"column note": "BLOCK"}


def test_adoption_is_said_once(met):
    met.reconcile(FEWER, adopt=False)

    met.reconcile(FEWER, adopt=True)

    assert met.plan(FEWER, adopt=False) == {}
    assert met.trashed() == ["orders"]
    assert met.plan(declared("orders", "id Int64"), adopt=False) == {"column amount": "APPLY"}


def test_a_table_that_fits_is_adopted_without_being_asked_for(met):
    met.reconcile(declared("orders", "id Int64; note String"), adopt=False)

    assert met.plan(declared("orders", "id Int64"), adopt=False) == {"column note": "APPLY"}


def test_a_table_of_the_project_s_own_making_needs_no_adoption(db):
    db.reconcile(declared("orders", "id Int64; note String"), adopt=False)

    assert db.plan(declared("orders", "id Int64"), adopt=False) == {"column note": "APPLY"}


def test_a_rebuilt_table_is_still_the_project_s(db):
    db.reconcile(declared("orders", "id Int64; note String"), adopt=False)
    db.reconcile(declared("orders", "id Int64; note String", order_by_fields=["note"]), adopt=False)

    assert db.plan(declared("orders", "note String"), adopt=False) == {"column id": "APPLY"}


def test_a_renamed_table_is_still_the_project_s(db):
    db.reconcile(declared("orders", "id Int64; note String"), adopt=False)

    renamed = declared("purchases", "id Int64", renamed_from="orders")

    assert db.plan(renamed, adopt=False) == {
        "purchases.table": "APPLY",
        "purchases.column note": "APPLY",
    } or (set(db.plan(renamed, adopt=False).values()) == {"APPLY"})


def test_another_table_under_a_known_name_is_adopted_again(db):
    db.reconcile(declared("orders", "id Int64; note String"), adopt=False)
    db.raw("DROP TABLE shop.orders SYNC")
    db.live(LIVE, "VALUES (1, 'x')")

    assert db.plan(declared("orders", "id Int64"), adopt=False) == {"column note": "BLOCK"}


def test_what_was_left_to_others_is_met_when_it_becomes_the_project_s(met):
    met.reconcile(declared("orders", "id Int64; note String", EM), adopt=False)

    assert met.plan(declared("orders", "id Int64", FM), adopt=False) == {"column note": "BLOCK"}


def test_a_key_is_not_rebuilt_before_the_adoption(met):
    assert met.plan(
        declared("orders", "id Int64; note String", order_by_fields=["note"]), adopt=False
    ) == {"ORDER BY": "BLOCK"}


def test_the_guard_knows_the_life_cycle_of_a_table_that_was_never_managed(met):
    waiting = met.plan_result(FEWER, adopt=False)
    (adopted,) = met.plan_result(FEWER, adopt=True).plan.actions

    with pytest.raises(GuardError, match="DELETION_PROTECTED does not allow"):
        guard(adopted, waiting.life_cycles)


def test_a_view_with_rows_of_its_own_waits_too(db):
    table = declared("orders", "id Int64")
    db.reconcile(table, adopt=False)
    db.raw(
        "CREATE MATERIALIZED VIEW shop.own ENGINE = MergeTree ORDER BY id AS SELECT "
        "id FROM shop.orders"
    )
    view = MaterializedView(
        MaterializedViewOptions(
            materialized_view_name="own",
            select_statement="SELECT id FROM orders",
            select_tables=[table],
            engine=ClickHouseEngines.SummingMergeTree,
            order_by_fields=["id"],
        )
    )

    assert db.plan(table, view, adopt=False) == {"storage": "BLOCK"}
    assert db.plan(table, view, adopt=True) == {"storage": "APPLY"}


def test_07_a_life_cycle_lowered_in_the_same_deploy_as_the_removal_does_not_count(db):
    """The ledger's FULLY_MANAGED counts: no reconcile has seen the other life cycle."""
    customers = declared("customers", "id Int64")
    db.reconcile(declared("orders", "id Int64"), customers)

    assert db.plan(customers, prune=True) == {"table": "APPLY"}


def test_08_a_life_cycle_that_protects_more_counts_once_a_reconcile_has_recorded_it(db):
    customers = declared("customers", "id Int64")
    db.reconcile(declared("orders", "id Int64", DP), customers)

    assert db.plan(customers, prune=True) == {"table": "BLOCK"}
    db.reconcile(declared("orders", "id Int64", FM), customers)

    assert db.plan(customers, prune=True) == {"table": "APPLY"}
