"""Externally managed tables in Dagster: watched, never written."""

import dagster as dg
import pytest
from orchestration.shop import checked, failures, materialized, observed, rows_of
from scenarios.database import EM, declared

from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    DriftChecks,
    build_definitions,
)

PAYMENTS = declared("payments", "id Int64; method String", life_cycle=EM)
ORDERS = declared("orders", "id Int64")
_SECRET = "never shown"


@pytest.fixture
def drifted(shop):
    """The payments team made another table of it."""
    shop.db.live(
        "payments (id Int64, method Int8, provider String) ORDER BY id", "VALUES (1, 2, 'acme')"
    )
    return shop


def databases(shop):
    return {name for (name,) in shop.db.rows("SELECT name FROM system.databases")}


def node(shop, *declarations):
    return shop.definitions(*declarations).resolve_asset_graph().get(shop.key("payments"))


def test_it_is_observable_and_not_materializable(shop):
    asset = node(shop, PAYMENTS, ORDERS)

    assert asset.is_observable
    assert not asset.is_materializable


def test_it_can_be_left_out_of_a_run_of_everything(drifted):
    result = drifted.reconcile(drifted.definitions(PAYMENTS, ORDERS), dry_run=False)

    assert set(materialized(result)) == {"orders"}
    assert not [statement for statement in drifted.writes() if "payments" in statement]


@pytest.mark.parametrize("act", ["run", "check_only"])
def test_observing_and_checking_send_no_writing_statement(drifted, act):
    fails = act == "check_only"
    getattr(drifted, act)(drifted.definitions(PAYMENTS), "payments", fails=fails)

    assert drifted.writes() == []
    assert not {*drifted.db.options.values()} & databases(drifted)


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_reconcile_job_sends_no_writing_statement(drifted, dry_run):
    drifted.reconcile(drifted.definitions(PAYMENTS), dry_run=dry_run)

    assert drifted.writes() == []


def test_an_observation_carries_rows_and_the_fingerprint_of_the_live_schema(drifted):
    definitions = drifted.definitions(
        PAYMENTS, settings=DefinitionsSettings(checks=DriftChecks(blocking=False))
    )

    def version():
        result = drifted.run(definitions, "payments")
        assert observed(result) == ["payments"]
        return drifted.observed("payments").tags["dagster/data_version"]

    first, again = version(), version()
    drifted.db.raw("ALTER TABLE shop.payments DROP COLUMN provider")

    assert drifted.observed("payments").metadata["dagster/row_count"].value == 1
    assert first == again
    assert version() != first


def test_an_observation_keeps_the_columns_that_were_live(drifted):
    drifted.run(
        drifted.definitions(
            PAYMENTS, settings=DefinitionsSettings(checks=DriftChecks(blocking=False))
        ),
        "payments",
    )

    schema = drifted.observed("payments").metadata["dagster/column_schema"].value
    assert [(column.name, column.type) for column in schema.columns] == [
        ("id", "Int64"),
        ("method", "Int8"),
        ("provider", "String"),
    ]


def test_any_difference_fails_the_check_as_an_error_and_names_the_column(drifted):
    check = checked(drifted.check_only(drifted.definitions(PAYMENTS), "payments", fails=True))[
        "payments"
    ]

    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "payments.provider" in str(check.description)
    assert "payments.method" in str(check.description)
    assert check.metadata["difference_count"].value == 2
    rows = rows_of(check.metadata["differences"].value)
    assert sorted(
        (row["facet"], row["column"], row["declared"], row["live"], row["decision"]) for row in rows
    ) == [
        ("column", "provider", "(absent)", "String", "drift, nothing written"),
        ("type", "method", "String", "Int8", "drift, nothing written"),
    ]


def test_a_table_that_is_as_declared_passes(shop):
    shop.db.live("payments (id Int64, method String) ORDER BY id")

    check = checked(shop.check_only(shop.definitions(PAYMENTS), "payments"))["payments"]

    assert check.passed
    assert check.metadata["difference_count"].value == 0


def test_a_table_that_is_not_there_fails_the_check(shop):
    check = checked(shop.check_only(shop.definitions(PAYMENTS), "payments", fails=True))["payments"]

    assert not check.passed
    assert "(absent)" in str(check.description)


def test_what_was_not_compared_is_said(shop):
    shop.db.live("payments (id Int64, method String) ORDER BY id")
    payments = declared("payments", "id Int64; method String", EM, ttl="ts + INTERVAL DAY 1 DAY")

    check = checked(shop.check_only(shop.definitions(payments), "payments"))["payments"]

    assert "does not understand it as declared: TTL" in check.metadata["notes"].value


def test_a_failed_check_holds_up_consumers_in_the_same_run(drifted):
    @dg.asset(deps=[drifted.key("payments")])
    def report() -> None: ...

    definitions = dg.Definitions.merge(
        drifted.definitions(PAYMENTS), dg.Definitions(assets=[report])
    )
    selection = dg.AssetSelection.assets(drifted.key("payments"), report.key)

    result = drifted.select(definitions, selection)

    assert materialized(result) == {}
    assert checked(result)["payments"].passed is False
    assert observed(result) == ["payments"]


def test_one_drifted_table_holds_up_no_consumer_of_another(drifted):
    drifted.db.live("refunds (id Int64) ORDER BY id")

    @dg.asset(deps=[drifted.key("payments")])
    def of_payments() -> None: ...

    @dg.asset(deps=[drifted.key("refunds")])
    def of_refunds() -> None: ...

    ours = drifted.definitions(PAYMENTS, declared("refunds", "id Int64", life_cycle=EM))
    definitions = dg.Definitions.merge(ours, dg.Definitions(assets=[of_payments, of_refunds]))

    keys = [*drifted.keys("payments refunds"), of_payments.key, of_refunds.key]

    result = drifted.select(definitions, dg.AssetSelection.assets(*keys))

    assert set(materialized(result)) == {"of_refunds"}
    assert {name: check.passed for name, check in checked(result).items()} == {
        "payments": False,
        "refunds": True,
    }


def test_a_failed_check_can_let_consumers_run(drifted):
    @dg.asset(deps=[drifted.key("payments")])
    def report() -> None: ...

    ours = drifted.definitions(
        PAYMENTS, settings=DefinitionsSettings(checks=DriftChecks(blocking=False))
    )
    definitions = dg.Definitions.merge(ours, dg.Definitions(assets=[report]))

    result = drifted.select(
        definitions, dg.AssetSelection.assets(drifted.key("payments"), report.key)
    )

    assert set(materialized(result)) == {"report"}


def test_one_drifted_table_hides_no_other_from_the_drift_job(drifted):
    drifted.db.live("refunds (id Int64, extra String) ORDER BY id")
    refunds = declared("refunds", "id Int64", life_cycle=EM)

    result = drifted.drift(drifted.definitions(PAYMENTS, refunds, ORDERS), fails=True)

    assert {table: check.passed for table, check in checked(result).items()} == {
        "payments": False,
        "refunds": False,
        "orders": False,
    }


@pytest.mark.parametrize("table", [PAYMENTS, ORDERS])
def test_a_server_that_does_not_answer_is_an_error_and_no_drift(shop, table):
    nowhere = ClickHouseResource(host="127.0.0.1", port=1, password=_SECRET)
    definitions = build_definitions(
        shop.db.project(table), clickhouse=nowhere, settings=DefinitionsSettings(retry_policy=None)
    )

    result = shop.drift(definitions, fails=True)

    assert "ClickHouse did not answer" in failures(result)
    assert _SECRET not in failures(result)
    assert checked(result) == {}
