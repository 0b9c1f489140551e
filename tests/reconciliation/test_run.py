"""A run looks first, acts on what it saw, and looks again."""

import pytest
from scenarios.database import Recording, declared

from moose_dagster import Options, Project, plan_for, reconcile
from moose_dagster.errors import DeclarationError, ReconcileError

ORDERS = declared("orders", "id Int64")


def test_without_a_server_there_is_no_plan():
    with pytest.raises(DeclarationError, match="no ClickHouse connection was given"):
        plan_for(Project("shop", [ORDERS], database="shop"))


def test_a_run_that_finds_nothing_to_do_writes_nothing(db):
    db.reconcile(ORDERS)
    db.writes()

    result = db.reconcile(ORDERS)

    assert db.writes() == []
    assert result.results == ()
    assert result.after is result.before


def test_a_run_sends_few_queries(db):
    db.reconcile(ORDERS)
    db.clickhouse.queries = 0

    db.reconcile(declared("orders", "id Int64; more Int32"))

    # Three looks with five or six queries each, and the lock.
    assert db.clickhouse.queries <= 32


def test_another_plan_than_the_expected_one_is_not_applied(db):
    project = db.project(ORDERS)
    seen = plan_for(project, db.clickhouse, Options(**db.options)).plan.fingerprint
    db.live("orders (id Int64, n Int8) ENGINE = MergeTree ORDER BY id")

    with pytest.raises(ReconcileError, match=f"no longer {seen}; nothing of it was sent"):
        reconcile(project, db.clickhouse, Options(**db.options, only_plan=seen))

    assert db.writes() == []


def test_the_expected_plan_is_applied_and_what_is_left_is_found_afterwards(db):
    project = db.project(ORDERS)
    seen = plan_for(project, db.clickhouse, Options(**db.options)).plan.fingerprint

    result = reconcile(project, db.clickhouse, Options(**db.options, only_plan=seen))

    assert result.before.plan.fingerprint == seen
    assert [step.reason for step in result.after.plan.steps] == []
    assert result.failures == ()


class Elsewhere(Recording):
    """A connection in whose back somebody changes a table before the run has its lock."""

    database = ""

    def write(self, statement, send):
        if not self.writes:
            self.connected.command(f"ALTER TABLE {self.database}.orders ADD COLUMN theirs Int8")
        super().write(statement, send)


@pytest.mark.parametrize("binding", ["only_plan", "bound_plan"])
def test_a_plan_that_changes_before_the_run_has_its_lock_is_not_applied(db, binding):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    project = db.project(declared("orders", "id Int64; mine Int8"))
    seen = plan_for(project, db.clickhouse, Options(**db.options))
    allowed = {"only_plan": seen.plan.fingerprint, "bound_plan": seen.bound()}[binding]
    clickhouse = Elsewhere(db.clickhouse.connected)
    clickhouse.database = db.database

    with pytest.raises(ReconcileError, match="nothing of it was sent"):
        reconcile(project, clickhouse, Options(**db.options, **{binding: allowed}))

    assert not [sent for sent in clickhouse.writes if "ALTER TABLE" in sent and "orders" in sent]
