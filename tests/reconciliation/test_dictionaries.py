"""Tables change under the dictionaries that are loaded from them."""

from scenarios.database import DP, declared

from moose_dagster import Dictionary, Options, reconcile

LOOK_UP = "SELECT dictGetOrDefault('shop.names', 'name', toUInt64(1), 'nobody')"


def names(db, table, attribute="name String"):
    definition = (
        f"(id UInt64, {attribute}) PRIMARY KEY id "
        f"SOURCE(CLICKHOUSE(TABLE '{table.name}' DB '{db.database}')) LAYOUT(HASHED()) LIFETIME(0)"
    )
    return Dictionary("names", definition, [table])


def people(name="people", columns="id UInt64; name String", **config):
    return declared(name, columns, DP, **config)


def run(db, *resources):
    return reconcile(db.project(*resources), db.clickhouse, Options(**db.options))


def with_ada(db, table):
    run(db, table, names(db, table))
    db.raw(f"INSERT INTO shop.{table.name} VALUES (1, 'Ada')")
    assert db.value(LOOK_UP) == "Ada"


def test_a_table_is_renamed_together_with_the_dictionary_over_it(db):
    with_ada(db, people())
    persons = people("persons", renamed_from="people")

    result = run(db, persons, names(db, persons))

    assert not result.failures
    assert db.value(LOOK_UP) == "Ada"
    assert db.plan(persons, names(db, persons)) == {}


def test_a_dictionary_is_not_redefined_over_a_table_whose_rename_is_refused(db):
    with_ada(db, people())
    # Another dictionary, which is not declared, keeps the table from being renamed (630).
    db.raw(
        "CREATE DICTIONARY shop.others (id UInt64, name String) PRIMARY KEY id SOURCE(CLICKHOUSE("
        f"TABLE 'people' DB '{db.database}')) LAYOUT(HASHED()) LIFETIME(0)"
    )
    persons = people("persons", renamed_from="people")

    result = run(db, persons, names(db, persons))

    assert result.failures == ()
    reasons = {step.resource.name: step.reason for step in result.after.plan.steps}
    assert "the server refuses" in reasons["persons"]
    assert f"waits until {db.database}.persons exists" in reasons["names"]
    assert db.value(LOOK_UP) == "Ada"


def test_a_dictionary_that_nobody_has_used_is_not_loaded_by_a_run(db):
    run(db, people(), names(db, people()))
    table = people(comment="all of them")

    run(db, table, names(db, table))
    db.raw("INSERT INTO shop.people VALUES (1, 'Ada')")

    assert db.value(LOOK_UP) == "Ada"


def test_a_dictionary_that_can_not_be_loaded_after_the_run_is_an_error(db):
    with_ada(db, people())
    table = people(columns="id UInt64; name String; size UInt8")

    result = run(db, table, names(db, table, "missing String"))

    assert any("names: it can't be loaded" in text for text in result.unfinished)
