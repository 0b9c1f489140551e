"""The jobs over the trash: what is brought back, what is removed for good, and what is refused."""

import time
from datetime import timedelta

import dagster as dg
import pytest
from orchestration.shop import RecordedClickHouse, checked, failures, observed, rows_of
from pydantic import ValidationError
from scenarios.database import DP, EM, declared

from moose_dagster import Project
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    KafkaResource,
    build_definitions,
)
from moose_dagster.reconciliation import read_trash

WHOLE = declared("orders", "id Int64; note String; amount Int32")
SMALLER = declared("orders", "id Int64; amount Int32")
OTHER = declared("other", "id Int64")


@pytest.fixture
def sold(shop):
    """A shop with two rows in `orders`, and a copy in the trash since a column was dropped."""
    shop.reconcile(shop.definitions(WHOLE, OTHER), dry_run=False)
    shop.db.raw("INSERT INTO shop.orders VALUES (1, 'x', 10), (2, 'y', 20)")
    shop.reconcile(shop.definitions(SMALLER, OTHER), dry_run=False)
    shop.writes()
    return shop


def trash(shop):
    return read_trash(shop.db.clickhouse, shop.db.options["ledger_database"], "tests")


def output(result):
    """Return the metadata of the op's output."""
    (event,) = [event.step_output_data for event in result.all_events if event.is_successful_output]
    return {name: value.value for name, value in event.metadata.items()}


def orders(shop):
    return f"{shop.db.database}.orders"


def everything(shop, table="orders"):
    return shop.db.rows(f"SELECT * FROM shop.{table} ORDER BY id")


def refusals(result):
    """Return what each failed step carries of `dg.Failure`."""
    return [
        event.step_failure_data.user_failure_data
        for event in result.all_events
        if event.is_step_failure
    ]


def test_a_restored_table_is_observed_and_drifts_until_the_code_follows(sold):
    (entry,) = trash(sold)

    result = sold.restore(sold.definitions(SMALLER, OTHER), resource=orders(sold))

    assert everything(sold) == [(1, "x", 10), (2, "y", 20)]
    assert observed(result) == ["orders"]
    shown = {name: value.value for name, value in sold.observed("orders").metadata.items()}
    assert shown["dagster/row_count"] == 2
    assert shown["moose_dagster/bytes"] == entry.bytes
    assert (shown["entry"], shown["restored"]) == (entry.what.name.name, orders(sold))
    assert shown["replaced"] == f"the previous table is in the trash as {entry.what.name.name}"
    behind = checked(sold.drift(sold.definitions(SMALLER, OTHER)))["orders"]
    assert (behind.passed, behind.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert checked(sold.drift(sold.definitions(WHOLE, OTHER)))["orders"].passed


def test_what_was_replaced_can_be_restored_by_its_entry(sold):
    (entry,) = trash(sold)
    sold.restore(sold.definitions(SMALLER, OTHER), entry=entry.what.name.name)
    (replaced_table,) = trash(sold)

    sold.restore(sold.definitions(SMALLER, OTHER), entry=replaced_table.what.name.name)

    assert replaced_table.what.name != entry.what.name
    assert everything(sold) == [(1, 10), (2, 20)]


def test_a_table_outside_of_the_code_comes_back_without_an_asset_and_is_left_alone(sold):
    sold.reconcile(sold.definitions(OTHER), dry_run=False, prune=True)

    result = sold.restore(sold.definitions(OTHER), resource=orders(sold))
    sold.reconcile(sold.definitions(OTHER), dry_run=False, prune=True)

    assert observed(result) == []
    assert output(result)["replaced"] == "nothing"
    assert everything(sold) == [(1, 10), (2, 20)]


def test_under_another_name_nothing_is_replaced(sold):
    result = sold.restore(
        sold.definitions(SMALLER, OTHER),
        resource=orders(sold),
        restore_as=f"{sold.db.database}.before",
    )

    assert output(result)["restored"] == f"{sold.db.database}.before"
    assert everything(sold, "before") == [(1, "x", 10), (2, "y", 20)]
    assert everything(sold) == [(1, 10), (2, 20)]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "give exactly one of resource (database.table) and entry."),
        (
            {"resource": "shop.orders", "entry": "x"},
            "give exactly one of resource (database.table) and entry.",
        ),
        ({"resource": "shop.nope"}, "shop.nope: no such table in the trash, which holds "),
        (
            {"entry": "x", "restore_as": "before"},
            "restore_as: before is not a name of a table; write database.table.",
        ),
    ],
)
def test_what_can_t_be_restored_is_refused_in_words(sold, config, message):
    result = sold.restore(sold.definitions(SMALLER, OTHER), fails=True, **config)

    (refusal,) = refusals(result)
    assert message in refusal.description
    assert everything(sold) == [(1, 10), (2, 20)]


def test_a_taken_name_is_refused(sold):
    other = f"{sold.db.database}.other"

    result = sold.restore(
        sold.definitions(SMALLER, OTHER), resource=orders(sold), restore_as=other, fails=True
    )

    assert f"{other} exists already" in failures(result)


def test_nothing_is_restored_to_a_table_that_the_code_leaves_to_others(sold):
    external = declared("orders", "id Int64; amount Int32", EM)

    result = sold.restore(sold.definitions(external, OTHER), resource=orders(sold), fails=True)

    assert "EXTERNALLY_MANAGED and never written" in failures(result)
    assert not [statement for statement in sold.writes() if "orders" in statement]


def test_a_protected_table_that_is_replaced_goes_to_the_trash(sold):
    protected = declared("orders", "id Int64; amount Int32", DP)

    sold.restore(sold.definitions(protected, OTHER), resource=orders(sold))

    (given_way,) = trash(sold)
    assert (given_way.what.cause.value, given_way.rows) == ("replaced", 2)


def test_a_purge_leaves_what_has_not_expired(sold):
    result = sold.purge(sold.definitions(SMALLER, OTHER))

    assert output(result) == {"removed": 0}
    assert len(trash(sold)) == 1


def test_a_purge_removes_what_has_expired_and_lists_it(sold):
    sold.db.reconcile(declared("orders", "id Int64"), OTHER, trash_days=1e-6)
    time.sleep(0.2)

    result = sold.purge(sold.definitions(SMALLER, OTHER))

    assert output(result)["removed"] == 1
    (row,) = rows_of(output(result)["entries"])
    assert (row["resource"], row["rows"]) == (orders(sold), "2")
    (left,) = trash(sold)
    assert "note" in left.what.reason


def test_named_entries_are_purged_before_they_expire_and_unknown_ones_are_refused(sold):
    (entry,) = trash(sold)

    refused = sold.purge(
        sold.definitions(SMALLER, OTHER), entries=[entry.what.name.name, "nope"], fails=True
    )
    assert "nope: no such table in the trash; nothing was removed." in failures(refused)
    assert len(trash(sold)) == 1

    sold.purge(sold.definitions(SMALLER, OTHER), entries=[entry.what.name.name])
    assert list(trash(sold)) == []


def test_the_schedule_of_the_purge_is_stopped_and_names_nothing(shop):
    definitions = shop.definitions(WHOLE, settings=DefinitionsSettings(purge_cron="5 4 * * *"))

    (schedule,) = [one for one in definitions.schedules or () if one.name == "moose_purge_schedule"]

    assert schedule.cron_schedule == "5 4 * * *"
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    with dg.build_schedule_context(instance=shop.instance) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or ()
    assert request.run_config == {}


def test_a_project_of_topics_alone_has_no_trash(cluster):
    project = Project("topics", [cluster.declared("events")])
    kafka = KafkaResource(bootstrap_servers="nowhere.invalid:9092")

    definitions = build_definitions(project, kafka=kafka)

    assert sorted(job.name for job in definitions.jobs or ()) == ["moose_drift", "moose_reconcile"]


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf"), 36_501])
def test_days_that_no_calendar_holds_are_refused_by_the_resource(days):
    with pytest.raises(ValidationError, match="trash_days"):
        ClickHouseResource(host="nowhere.invalid", trash_days=days)


@pytest.mark.parametrize("days", [0.5, 30])
def test_the_days_of_the_resource_count(shop, days):
    clickhouse = RecordedClickHouse(**{**shop.clickhouse.model_dump(), "trash_days": days})
    whole, nothing = (
        build_definitions(shop.db.project(*tables), clickhouse=clickhouse)
        for tables in ([WHOLE, OTHER], [OTHER])
    )
    shop.reconcile(whole, dry_run=False)
    shop.reconcile(nothing, dry_run=False, prune=True)

    (entry,) = trash(shop)
    assert entry.expires_at - entry.kept_at == timedelta(days=days)
