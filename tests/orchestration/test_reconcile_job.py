"""The job that reconciles a whole project: looks by default, silent where nothing changed."""

import dagster as dg
import pytest
from orchestration.shop import checked, failures, materialized, observed, rows_of
from scenarios.database import DP, declared, refused_by_the_server

from moose_dagster.orchestration import DefinitionsSettings

CUSTOMERS = declared("customers", "id Int64; name String")
ORDERS = declared("orders", "id Int64; note String")
OLD = declared("old", "id Int64")


def logged(result):
    """Return the metadata of the op's output."""
    (output,) = [
        event.step_output_data for event in result.all_events if event.is_successful_output
    ]
    return output.metadata


def test_a_bare_launch_shows_the_plan_and_changes_nothing(shop):
    shop.db.live("customers (id Int64, name String) ORDER BY id")

    result = shop.reconcile(shop.definitions(CUSTOMERS, ORDERS))

    assert shop.writes() == []
    assert observed(result) == ["orders"]
    (row,) = rows_of(logged(result)["steps"].value)
    assert list(row) == ["resource", "step", "decision", "risk"]
    assert (row["resource"], row["step"]) == (f"{shop.db.database}.orders", "create table")
    assert "CREATE TABLE" in logged(result)["statements"].value
    assert materialized(result) == {}


def test_a_real_run_applies_and_the_next_one_is_silent(shop):
    shop.db.live("customers (id Int64, name String) ORDER BY id")
    definitions = shop.definitions(CUSTOMERS, ORDERS)

    first = shop.reconcile(definitions, dry_run=False)
    sent = shop.writes()
    second = shop.reconcile(definitions, dry_run=False)

    assert set(materialized(first)) == {"orders"}
    assert any(statement.startswith("CREATE TABLE") and "orders" in statement for statement in sent)
    assert shop.writes() == []
    assert (materialized(second), observed(second), logged(second)) == ({}, [], {})


@pytest.mark.parametrize("dry_run", [True, False])
def test_everything_that_the_job_looked_at_is_checked(shop, dry_run):
    shop.db.live("customers (id Int64, name String) ORDER BY id")

    result = shop.reconcile(shop.definitions(CUSTOMERS, ORDERS), dry_run=dry_run)

    passed = {table: check.passed for table, check in checked(result).items()}
    assert passed == {"customers": True, "orders": not dry_run}


def test_what_the_job_changed_is_checked_at_once(shop):
    shop.db.live("customers (id Int64, name String) ORDER BY id")
    shop.drift(shop.definitions(CUSTOMERS, ORDERS))

    result = shop.reconcile(shop.definitions(CUSTOMERS, ORDERS), dry_run=False)

    assert checked(result)["orders"].passed
    (latest,) = shop.instance.event_log_storage.get_asset_check_execution_history(
        shop.check("orders"), limit=1
    )
    assert latest.status.value == "SUCCEEDED"


def test_what_the_job_applied_carries_both_versions(shop):
    definitions = shop.definitions(ORDERS)

    tags = materialized(shop.reconcile(definitions, dry_run=False))["orders"].tags

    by_hand = materialized(shop.run(definitions, "orders"))["orders"].tags
    for name in ("dagster/code_version", "dagster/data_version"):
        assert tags[name] == by_hand[name]


@pytest.mark.parametrize("name", ["{database}.orders", "clickhouse/{database}/orders"])
def test_a_selection_takes_names_and_asset_keys(shop, name):
    selected = name.format(database=shop.db.database)

    result = shop.reconcile(
        shop.definitions(CUSTOMERS, ORDERS), dry_run=False, selection=[selected]
    )

    assert set(materialized(result)) == {"orders"}


def test_a_selection_of_something_else_is_refused_in_words(shop):
    result = shop.reconcile(shop.definitions(ORDERS), selection=["shop.ordres"], fails=True)

    assert "shop.ordres" in failures(result)
    assert f"{shop.db.database}.orders" in failures(result)


def test_a_table_that_left_the_code_stays_until_it_is_pruned(shop):
    shop.reconcile(shop.definitions(OLD, ORDERS), dry_run=False)
    shop.db.raw("INSERT INTO shop.old VALUES (1)")

    unpruned = shop.reconcile(shop.definitions(ORDERS), dry_run=False, fails=True)
    rows = shop.db.value("SELECT count() FROM shop.old")
    pruned = shop.reconcile(shop.definitions(ORDERS), dry_run=False, prune=True)

    assert rows == 1
    assert "it stays until a run with prune removes it" in failures(unpruned)
    assert [row["decision"] for row in rows_of(logged(pruned)["steps"].value)] == ["to apply"]
    assert shop.db.trashed() == ["old"]


def test_a_dry_run_of_prune_drops_nothing_and_observes_no_asset_that_is_gone(shop):
    shop.reconcile(shop.definitions(OLD, ORDERS), dry_run=False)
    shop.writes()

    result = shop.reconcile(shop.definitions(ORDERS), prune=True)

    assert shop.writes() == []
    assert [row["decision"] for row in rows_of(logged(result)["steps"].value)] == ["to apply"]
    assert observed(result) == []


def test_most_of_the_project_vanishing_at_once_is_blocked(shop):
    many = [declared(f"t{number}", "id Int64") for number in range(3)]
    shop.reconcile(shop.definitions(*many, ORDERS), dry_run=False)
    shop.writes()

    refused = shop.reconcile(shop.definitions(ORDERS), dry_run=False, prune=True, fails=True)
    writes = [
        statement for statement in shop.writes() if "DROP" in statement or "RENAME" in statement
    ]
    shop.reconcile(shop.definitions(ORDERS), dry_run=False, prune=True, allow_mass_removal=True)

    assert "3 of 4 managed resources left the code at once" in failures(refused)
    assert writes == []
    assert shop.db.trashed() == ["t0", "t1", "t2"]


@pytest.mark.parametrize("fails", [True, False])
def test_a_blocked_change_fails_the_job_unless_it_is_to_be_skipped(shop, fails):
    shop.db.live("orders (id Int64, note String, gone String) ORDER BY id", "VALUES (1, '', 'x')")
    orders = declared("orders", "id Int64; note String", life_cycle=DP)

    settings = DefinitionsSettings() if fails else DefinitionsSettings(on_blocked="skip")
    definitions = shop.definitions(CUSTOMERS, orders, settings=settings)

    result = shop.reconcile(definitions, dry_run=False, fails=fails)

    assert set(materialized(result)) == {"customers"}
    assert ("drop column gone" in failures(result)) is fails
    assert checked(result)["orders"].passed is False


def test_a_refused_statement_fails_the_job_and_stops_no_other_table(shop):
    refused = refused_by_the_server()

    result = shop.reconcile(shop.definitions(CUSTOMERS, refused), dry_run=False, fails=True)

    assert set(materialized(result)) == {"customers"}
    assert not checked(result)["refused"].passed
    assert "nowhere" in failures(result)


def test_the_drift_job_checks_every_table_and_writes_nothing(shop):
    shop.db.live("customers (id Int64, name String) ORDER BY id")

    result = shop.drift(shop.definitions(CUSTOMERS, ORDERS))

    passed = {one.asset_key.path[-1]: one.passed for one in result.get_asset_check_evaluations()}
    assert passed == {"customers": True, "orders": False}
    assert shop.writes() == []


def test_schedules_are_stopped_and_the_one_that_acts_never_prunes(shop):
    schedules = {schedule.name: schedule for schedule in shop.definitions(ORDERS).schedules or ()}

    assert sorted(schedules) == [
        "moose_drift_schedule",
        "moose_purge_schedule",
        "moose_reconcile_schedule",
    ]
    assert {schedule.default_status for schedule in schedules.values()} == {
        dg.DefaultScheduleStatus.STOPPED
    }
    with dg.build_schedule_context(instance=shop.instance) as context:
        (request,) = schedules["moose_reconcile_schedule"].evaluate_tick(context).run_requests or ()
    assert request.run_config == {"ops": {"reconcile": {"config": {"dry_run": False}}}}
