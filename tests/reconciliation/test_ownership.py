"""One resource has one owner: a second project is refused, and told the name of the owner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import Options, Project, Removed, View, plan_for, reconcile

OLD, NEW = "id Int64; note String", "id Int64"


@pytest.fixture
def owned(db):
    """Return the database with a table of rows that the project `tests` manages."""
    db.reconcile(declared("orders", OLD))
    db.raw("INSERT INTO shop.orders SELECT number, 'x' FROM numbers(10)")
    return db


def other(db, *resources):
    return Project("other", resources, database=db.database)


def run(db, project, **options):
    with db.clickhouse.connected.another() as connected:
        return reconcile(project, connected, Options(**db.options, adopt=True, **options))


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_second_project_changes_nothing_and_is_told_the_owner(owned, life_cycle):
    project = other(owned, declared("orders", "id Int64; note String; more Int8", life_cycle))

    outcome = run(owned, project)

    (step,) = outcome.after.plan.steps
    assert step.verdict.value == "BLOCK"
    assert f"the project tests manages {owned.database}.orders" in step.reason
    assert outcome.results == ()
    columns = (
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'orders'"
    )
    database = f"database = '{owned.database}'"
    found = owned.rows(columns.replace("database = currentDatabase()", database))
    assert found == [("id",), ("note",)]


def test_a_second_project_that_declares_the_same_is_told_so_and_does_not_become_an_owner(owned):
    project = other(owned, declared("orders", OLD))

    outcome = run(owned, project)

    assert outcome.after.plan.steps == ()
    (note,) = outcome.after.plan.notes
    assert "the project tests manages" in note
    assert owned.plan(declared("orders", NEW)) == {"column note": "APPLY"}


def test_an_external_declaration_of_what_another_project_manages_is_free(owned):
    outcome = run(owned, other(owned, declared("orders", OLD, EM)))

    assert outcome.after.plan.notes == ()
    assert outcome.after.plan.steps == ()


def test_what_the_owner_lets_go_of_can_be_taken_over(owned):
    run(owned, Project("tests", [Removed("orders", reason="moved")], database=owned.database))

    outcome = run(owned, other(owned, declared("orders", NEW)))

    assert outcome.failures == ()
    assert outcome.after.plan.steps == ()
    plan = plan_for(
        owned.project(declared("orders", OLD)), owned.clickhouse, Options(**owned.options)
    ).plan
    assert "the project other manages" in plan.steps[0].reason


def test_a_table_of_another_project_is_not_renamed(owned):
    outcome = run(owned, other(owned, declared("renamed", OLD, renamed_from="orders")))

    assert all(step.verdict.value == "BLOCK" for step in outcome.before.plan.steps)
    assert "the project tests manages" in outcome.before.plan.steps[0].reason
    assert owned.value("SELECT count() FROM shop.orders") == 10


def test_views_have_one_owner_as_well(owned):
    orders = declared("orders", OLD)
    owned.reconcile(orders, View("ids", "SELECT id FROM orders", [orders]))
    external = declared("orders", OLD, EM)

    outcome = run(owned, other(owned, external, View("ids", "SELECT note FROM orders", [external])))

    (step,) = outcome.before.plan.steps
    assert f"the project tests manages {owned.database}.ids" in step.reason


def test_of_two_projects_that_begin_at_once_one_becomes_the_owner(db):
    db.raw("CREATE TABLE shop.orders (id Int64, v Int64) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(1000)")
    projects = [
        Project(
            name,
            [declared("orders", "id Int64; v Int64", order_by_fields=key)],
            database=db.database,
        )
        for name, key in (("one", ["v"]), ("two", ["v", "id"]))
    ]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda project: run(db, project), projects))

    assert [result.error for outcome in outcomes for result in outcome.failures] == []
    assert sorted(len(outcome.results) for outcome in outcomes) == [0, 1]
    (refused,) = [outcome for outcome in outcomes if not outcome.results]
    assert "has one owner" in refused.after.plan.steps[0].reason
    assert db.value("SELECT count() FROM shop.orders") == 1000
    assert len(db.trashed()) == 1
