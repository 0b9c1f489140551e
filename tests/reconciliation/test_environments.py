"""Environments on one server: each has its own entries, lock, trash and history."""

from dataclasses import replace
from typing import Any

import pytest
from scenarios.database import DP, FM, TestDatabase, declared

from moose_dagster import (
    DeclarationError,
    Environment,
    OlapTable,
    Options,
    Project,
    Removed,
    plan_for,
    read_trash,
    reconcile,
)
from moose_dagster.ledger.entries import read_ledger
from moose_dagster.ledger.history import Filter, read_history
from moose_dagster.state.owner import Owner

ORDERS = declared("orders", "id Int64")
NOTES = declared("notes", "id Int64")
ITEMS = declared("items", "id Int64", DP)


def project(db: TestDatabase, *tables: OlapTable[Any] | Removed, **given: Any) -> Project:
    return Project("web", tables, database=given.pop("database", db.database), **given)


def options(db: TestDatabase, **given: Any) -> Options:
    return Options(**db.options, **given)


def run(db: TestDatabase, of: Project, **given: Any):
    outcome = reconcile(of, db.clickhouse, options(db, **given))
    assert not [*outcome.failures, *outcome.unfinished]
    return outcome


def tables_of(db: TestDatabase, database: str) -> list[str]:
    return [
        name
        for (name,) in db.rows(
            f"SELECT name FROM system.tables WHERE database = '{database}' ORDER BY name"
        )
    ]


def as_of_an_earlier_version(db: TestDatabase) -> None:
    ledger = db.options["ledger_database"]
    db.raw(f"ALTER TABLE {ledger}.resources DROP COLUMN default_database")


def test_prune_in_one_environment_leaves_the_tables_of_the_other_alone(db: TestDatabase):
    prod, dev = Environment("prod"), Environment("dev", database_suffix="_dev")
    run(db, project(db, ORDERS, NOTES, environment=prod))
    run(db, project(db, ORDERS, NOTES, environment=dev))

    plan = plan_for(project(db, environment=dev), db.clickhouse, options(db)).plan
    blocked = {step.resource.database for step in plan.steps}
    run(db, project(db, environment=dev), prune=True, allow_mass_removal=True)

    assert blocked == {f"{db.database}_dev"}
    assert tables_of(db, f"{db.database}_dev") == []
    assert tables_of(db, db.database) == ["notes", "orders"]


def test_the_trash_and_the_history_are_those_of_the_environment(db: TestDatabase):
    prod, dev = Environment("prod"), Environment("dev", database_suffix="_dev")
    run(db, project(db, ORDERS, environment=prod))
    run(db, project(db, ORDERS, environment=dev))
    run(db, project(db, environment=dev), prune=True)

    def origins(key: str) -> list[str]:
        entries = read_trash(db.clickhouse, db.options["ledger_database"], key)
        return [str(entry.what.origin) for entry in entries]

    def resources(key: str) -> set[str]:
        statements = read_history(db.clickhouse, db.options["ledger_database"], key, Filter())
        return {statement.resource for statement in statements}

    assert origins("web@dev") == [f"{db.database}_dev.orders"]
    assert origins("web@prod") == []
    assert resources("web@dev") == {f"{db.database}_dev.orders"}
    assert resources("web@prod") == {f"{db.database}.orders"}


def test_a_run_of_one_environment_does_not_wait_for_the_lock_of_another(db: TestDatabase):
    run(db, project(db, ORDERS, environment="prod"))
    ledger = db.options["ledger_database"]
    db.raw(f"CREATE TABLE {ledger}.`lock__web@prod` (x UInt8) ENGINE = Memory")
    dev = project(db, ORDERS, environment=Environment("dev", database_suffix="_dev"))

    run(db, dev, wait_for_lock=0)

    assert tables_of(db, f"{db.database}_dev") == ["orders"]


def test_another_default_database_without_an_environment_is_refused_once(db: TestDatabase):
    run(db, project(db, ORDERS, NOTES))
    elsewhere = project(db, ORDERS, database=f"{db.database}_dev")

    with pytest.raises(DeclarationError) as refused:
        reconcile(elsewhere, db.clickhouse, options(db, prune=True))

    assert len(refused.value.faults) == 1
    assert db.database in str(refused.value)
    assert "environment=" in str(refused.value)
    assert "--environment" in str(refused.value)
    assert tables_of(db, db.database) == ["notes", "orders"]
    assert tables_of(db, f"{db.database}_dev") == []


def test_with_an_environment_the_entries_of_another_default_database_do_not_count(
    db: TestDatabase,
):
    run(db, project(db, ORDERS, environment="prod"))
    moved = project(db, NOTES, database=f"{db.database}_2", environment="prod")

    outcome = run(db, moved, prune=True)

    assert {step.resource.name for step in outcome.before.plan.steps} == {"notes"}
    assert tables_of(db, db.database) == ["orders"]


def test_a_project_that_moves_says_what_it_leaves_behind(db: TestDatabase):
    run(db, project(db, ORDERS))
    left = Removed(f"{db.database}.orders", reason="moved")

    run(db, project(db, ORDERS, left, database=f"{db.database}_2"))

    assert tables_of(db, db.database) == ["orders"]
    assert tables_of(db, f"{db.database}_2") == ["orders"]
    run(db, project(db, ORDERS, database=f"{db.database}_2"))


def test_an_environment_takes_over_the_ledger_that_had_none(db: TestDatabase):
    run(db, project(db, ORDERS, NOTES, ITEMS))
    run(db, project(db, ORDERS, ITEMS), prune=True)
    prod = project(db, ITEMS, environment="prod")

    before = plan_for(prod, db.clickhouse, options(db))
    outcome = run(db, prod, prune=True)

    assert [str(step.resource) for step in before.plan.steps] == [f"{db.database}.orders"]
    assert tables_of(db, db.database) == ["items"]
    trash = read_trash(db.clickhouse, db.options["ledger_database"], "web@prod")
    assert {entry.what.origin.name for entry in trash} == {"notes", "orders"}
    without = read_ledger(db.clickhouse, db.options["ledger_database"], Owner("web"))
    assert dict(without.every) == {}
    assert not plan_for(prod, db.clickhouse, options(db)).to_carry_over
    assert outcome.after.plan.steps == ()


def test_a_takeover_that_was_interrupted_is_finished(db: TestDatabase):
    run(db, project(db, ORDERS, NOTES))
    prod = project(db, ORDERS, NOTES, environment="prod")
    run(db, prod)
    ledger = db.options["ledger_database"]
    db.raw(
        f"INSERT INTO {ledger}.resources SELECT * REPLACE ('web' AS project, 0 AS removed, "
        f"now64(6) AS recorded_at) FROM {ledger}.resources FINAL WHERE name = 'notes'"
    )

    run(db, prod)

    entries = read_ledger(db.clickhouse, ledger, prod.owner)
    assert {resource.name for resource in entries.every} == {"orders", "notes"}
    assert not entries.to_carry_over


def test_only_its_own_database_is_taken_over(db: TestDatabase):
    run(db, project(db, ORDERS))
    dev = project(db, ORDERS, environment=Environment("dev", database_suffix="_dev"))

    run(db, dev)

    assert [*read_ledger(db.clickhouse, db.options["ledger_database"], Owner("web")).tables] == [
        db.table("orders")
    ]


def test_an_entry_of_an_earlier_version_is_known_and_says_its_database_afterwards(
    db: TestDatabase,
):
    run(db, project(db, ORDERS, NOTES))
    as_of_an_earlier_version(db)

    planned = plan_for(project(db, ORDERS), db.clickhouse, options(db)).plan
    outcome = run(db, project(db, ORDERS), prune=True)

    assert [step.resource.name for step in planned.steps] == ["notes"]
    assert tables_of(db, db.database) == ["orders"]
    entries = read_ledger(
        db.clickhouse, db.options["ledger_database"], Owner("web", database=db.database)
    )
    assert entries.tables[db.table("orders")].default_database == db.database
    assert outcome.results


def test_two_databases_in_a_ledger_of_an_earlier_version_are_told_apart(db: TestDatabase):
    dev = Environment("dev", database_suffix="_dev")
    run(db, project(db, ORDERS, NOTES))
    moved = replace(options(db), ledger_database=db.options["ledger_database"])
    as_of_an_earlier_version(db)
    without = project(db, database=f"{db.database}_dev")

    with pytest.raises(DeclarationError, match="environment="):
        plan_for(without, db.clickhouse, moved)
    run(db, project(db, ORDERS, environment=dev))
    run(db, project(db, environment=dev), prune=True)
    run(db, project(db, ORDERS, NOTES, environment="prod"))

    assert tables_of(db, db.database) == ["notes", "orders"]
    entries = read_ledger(
        db.clickhouse,
        db.options["ledger_database"],
        project(db, ORDERS, NOTES, environment="prod").owner,
    )
    assert {table.name: entry.life_cycle for table, entry in entries.tables.items()} == {
        "orders": FM,
        "notes": FM,
    }
