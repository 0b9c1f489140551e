"""A declared view or dictionary keeps the tables and columns that it names."""

import pytest
from scenarios.database import FM, declared

from moose_dagster import Dictionary, View

COLUMNS = "id UInt64; name String"
SHOWN = View("shown", "SELECT id, name FROM people")


def people(columns=COLUMNS, name="people", **config):
    return declared(name, columns, FM, **config)


def names(db):
    source = f"SOURCE(CLICKHOUSE(TABLE 'people' DB '{db.database}'))"
    text = f"(id UInt64, name String) PRIMARY KEY id {source} LAYOUT(HASHED()) LIFETIME(0)"
    return Dictionary("names", text, [people()])


@pytest.mark.parametrize("reader", [lambda _db: SHOWN, names], ids=["view", "dictionary"])
def test_a_column_that_is_named_is_not_dropped(db, reader):
    db.reconcile(people(), reader(db))

    plan = db.plan_result(people("id UInt64"), reader(db)).plan

    assert [step.verdict.value for step in plan.steps] == ["BLOCK"]
    assert "reads it by this name" in plan.steps[0].reason


def test_a_column_is_dropped_with_the_view_that_named_it(db):
    db.reconcile(people(), SHOWN)

    db.reconcile(people("id UInt64"), View("shown", "SELECT id FROM people"))

    assert db.rows("SELECT * FROM shop.shown") == []


def test_a_table_that_a_view_names_is_not_dropped(db):
    others = [people(name="u"), people(name="w")]
    db.reconcile(people(), *others, SHOWN)

    assert db.plan(*others, SHOWN, prune=True) == {"table": "BLOCK"}


def test_a_table_that_a_view_names_is_not_renamed(db):
    db.reconcile(people(), SHOWN)

    assert db.plan(people(name="persons", renamed_from="people"), SHOWN) == {"table name": "BLOCK"}
