"""A project that asks for approval: what loses something waits until exactly that is approved."""

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import Options, Project, View, ViewConfig, plan_for, reconcile
from moose_dagster.errors import ReconcileError

BOTH = "id Int64; gone String"


def probe_options(db, *resources):
    return Project("tests", resources, database=db.database, approval=True)


def planned(db, *resources, **options):
    return plan_for(probe_options(db, *resources), db.clickhouse, Options(**db.options, **options))


def run(db, *resources, **options):
    return reconcile(probe_options(db, *resources), db.clickhouse, Options(**db.options, **options))


@pytest.fixture
def orders(db):
    """The table, managed, with rows."""
    run(db, declared("orders", BOTH), declared("other", BOTH))
    db.raw("INSERT INTO shop.orders VALUES (1, 'x')")
    return db


def test_a_loss_waits_and_what_loses_nothing_goes_on(orders):
    outcome = run(orders, declared("orders", "id Int64; more String"), declared("other", BOTH))

    (step,) = outcome.after.plan.steps
    ((resource, approval),) = outcome.after.approvals.items()
    assert resource == orders.table("orders")
    assert step.verdict.value == "BLOCK"
    assert f"it waits for the approval {approval}" in step.reason
    assert orders.rows("SELECT * EXCEPT more FROM shop.orders") == [(1, "x")]
    assert orders.value("SELECT more FROM shop.orders") == ""


def test_it_is_done_once_exactly_that_is_approved(orders):
    tables = declared("orders", "id Int64"), declared("other", "id Int64")
    needed = planned(orders, *tables).approvals

    outcome = run(orders, *tables, approve=[needed[orders.table("orders")]])

    assert {step.resource.name for step in outcome.after.plan.steps} == {"other"}
    assert orders.trashed() == ["orders"]
    history = orders.rows(
        f"SELECT name, statement FROM {orders.options['ledger_database']}.history ORDER BY sent_at"
    )
    assert ("orders", f"approved: {needed[orders.table('orders')]}") in history


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE shop.orders ADD COLUMN theirs Int8",
        "ALTER TABLE shop.orders MODIFY COLUMN gone LowCardinality(String)",
        "TRUNCATE TABLE shop.orders",
        (
            "CREATE OR REPLACE TABLE shop.orders (id Int64, gone String) ENGINE = "
            "MergeTree ORDER BY id"
        ),
    ],
)
def test_70_an_approval_of_another_state_is_refused_before_anything_is_sent(orders, change):
    table, other = declared("orders", "id Int64"), declared("other", BOTH)
    (approval,) = planned(orders, table, other).approvals.values()
    orders.raw(change)
    orders.writes()

    with pytest.raises(
        ReconcileError, match=rf"no step waits for the approval {approval}.*Nothing was sent"
    ):
        run(orders, table, other, approve=[approval])

    assert not [statement for statement in orders.writes() if "orders" in statement]


def test_an_approval_is_for_those_steps_alone(orders):
    other = declared("other", BOTH)
    (approval,) = planned(orders, declared("orders", "id Int64"), other).approvals.values()

    with pytest.raises(ReconcileError, match="no step waits for the approval"):
        run(
            orders,
            declared("orders", "id Int64", ttl="toDateTime(id) + INTERVAL 1 DAY"),
            other,
            approve=[approval],
        )


def test_an_approval_is_given_once(orders):
    table, other = declared("orders", "id Int64"), declared("other", BOTH)
    (approval,) = planned(orders, table, other).approvals.values()
    run(orders, table, other, approve=[approval])

    with pytest.raises(ReconcileError, match="or the steps are applied already"):
        run(orders, table, other, approve=[approval])


def test_a_drop_of_what_left_the_code_waits_too(orders):
    rest = declared("other", BOTH), declared("third", "id Int64")
    outcome = run(orders, *rest, prune=True)
    (approval,) = outcome.after.approvals.values()

    assert orders.value("SELECT count() FROM shop.orders") == 1
    run(orders, *rest, prune=True, approve=[approval])
    assert orders.trashed() == ["orders"]


def test_the_drop_of_a_view_waits_too(db):
    view = View("recent", "SELECT 1 AS id", config=ViewConfig(life_cycle=FM))
    keep = declared("orders", BOTH), declared("other", BOTH)
    run(db, view, *keep)

    (approval,) = run(db, *keep, prune=True).after.approvals.values()
    outcome = run(db, *keep, prune=True, approve=[approval])

    assert outcome.after.plan.steps == ()
    assert (
        db.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'recent'"
        )
        == []
    )


@pytest.mark.parametrize("life_cycle", [DP, EM])
def test_what_is_never_done_asks_for_no_approval(db, life_cycle):
    db.live("orders (id Int64, gone String) ENGINE = MergeTree ORDER BY id")

    assert planned(db, declared("orders", "id Int64", life_cycle), adopt=True).approvals == {}


def test_who_does_not_ask_waits_for_nothing(db):
    db.reconcile(declared("orders", BOTH))
    db.reconcile(declared("orders", "id Int64"))

    assert db.trashed() == ["orders"]
