"""Managed tables in Dagster: materialized in any subset, blocked parts reported."""

import dagster as dg
from orchestration.shop import checked, failures, materialized, rows_of
from scenarios.database import DP, EM, declared, refused_by_the_server

from moose_dagster.orchestration import ClickHouseResource, DefinitionsSettings, build_definitions

CUSTOMERS = declared("customers", "id Int64; name String")
ORDERS = declared("orders", "id Int64; note String")
KEPT = declared("orders", "id Int64; added String", life_cycle=DP)
_KEPT_LIVE = ("orders (id Int64, note String) ORDER BY id", "VALUES (1, 'a'), (2, 'b')")


def tables(shop):
    query = f"SELECT name FROM system.tables WHERE database = '{shop.db.database}'"
    return {name for (name,) in shop.db.rows(query)}


def test_a_subset_touches_only_what_was_selected(shop):
    definitions = shop.definitions(CUSTOMERS, ORDERS)

    result = shop.run(definitions, "orders")

    assert set(materialized(result)) == {"orders"}
    assert tables(shop) == {"orders"}
    assert not [statement for statement in shop.writes() if "customers" in statement]


def test_a_materialized_table_says_how_many_rows_it_holds_and_what_was_done(shop):
    shop.db.live("orders (id Int64) ORDER BY id", "SELECT number FROM numbers(7)")

    event = materialized(shop.run(shop.definitions(ORDERS), "orders"))["orders"]

    assert event.metadata["dagster/row_count"].value == 7
    assert [
        (row["facet"], row["column"], row["live"], row["decision"])
        for row in rows_of(event.metadata["changes"].value)
    ] == [("column", "note", "(absent)", "applied")]
    assert "ADD COLUMN `note` String" in event.metadata["statements"].value


def test_statements_are_shown_as_they_were_sent(shop):
    shop.db.reconcile(declared("orders", "id Int64; note String; gone String"))

    event = materialized(shop.run(shop.definitions(ORDERS), "orders"))["orders"]

    assert shop.db.options["trash_database"] in event.metadata["statements"].value


def test_every_materialized_table_is_checked_in_the_same_op(shop):
    result = shop.run(shop.definitions(CUSTOMERS, ORDERS), "customers orders")

    assert {table: check.passed for table, check in checked(result).items()} == {
        "customers": True,
        "orders": True,
    }


def test_a_table_that_is_as_declared_is_materialized_without_a_statement(shop):
    definitions = shop.definitions(ORDERS)
    first = materialized(shop.run(definitions, "orders"))["orders"]
    shop.writes()

    second = materialized(shop.run(definitions, "orders"))["orders"]

    assert shop.writes() == []
    assert first.tags["dagster/data_version"] == second.tags["dagster/data_version"]


def test_a_blocked_change_fails_the_run_after_everything_healthy_is_done(shop):
    shop.db.live(*_KEPT_LIVE)

    result = shop.run(shop.definitions(CUSTOMERS, KEPT), "customers orders", fails=True)

    assert set(materialized(result)) == {"customers"}
    assert checked(result)["orders"].severity is dg.AssetCheckSeverity.WARN
    assert not checked(result)["orders"].passed
    assert "drop column note" in failures(result)
    assert shop.db.rows("SELECT id, note, added FROM shop.orders ORDER BY id") == [
        (1, "a", ""),
        (2, "b", ""),
    ]


def test_every_blocked_change_of_a_table_is_named_the_worst_first_and_what_was_applied(shop):
    shop.db.live(
        "orders (id Int64, note String, day Date) ENGINE = MergeTree ORDER BY id PARTITION BY day",
        "VALUES (1, 'a', today())",
    )
    desired = declared(
        "orders", "id Int64; day Date; added String", DP, partition_by="toYYYYMM(day)"
    )

    result = shop.run(shop.definitions(CUSTOMERS, desired), "customers orders", fails=True)

    lines = failures(result).splitlines()
    dropped = next(number for number, line in enumerate(lines) if "drop column note" in line)
    moved = next(number for number, line in enumerate(lines) if "PARTITION BY" in line)
    assert dropped < moved
    assert any(line.startswith("applied: ") and "customers" in line for line in lines)


def test_a_blocked_change_can_leave_the_run_green(shop):
    shop.db.live(*_KEPT_LIVE)
    definitions = shop.definitions(CUSTOMERS, KEPT, settings=DefinitionsSettings(on_blocked="skip"))

    result = shop.run(definitions, "customers orders")

    assert set(materialized(result)) == {"customers"}
    assert not checked(result)["orders"].passed


def test_a_failed_table_stops_no_other(shop):
    refused = refused_by_the_server()

    result = shop.run(shop.definitions(CUSTOMERS, refused), "customers refused", fails=True)

    assert set(materialized(result)) == {"customers"}
    assert "refused" in failures(result)
    assert "nowhere" in failures(result)


def test_a_check_alone_writes_nothing(shop):
    shop.db.live(*_KEPT_LIVE)

    result = shop.check_only(shop.definitions(CUSTOMERS, KEPT), "customers orders")

    assert shop.writes() == []
    assert {table: check.passed for table, check in checked(result).items()} == {
        "customers": False,
        "orders": False,
    }
    assert materialized(result) == {}


def test_a_check_of_one_table_goes_with_the_materialization_of_another(shop):
    selection = dg.AssetSelection.assets(shop.key("customers")) | dg.AssetSelection.checks(
        shop.check("orders")
    )

    result = shop.select(shop.definitions(CUSTOMERS, ORDERS), selection)

    assert set(materialized(result)) == {"customers"}
    assert not checked(result)["orders"].passed
    assert tables(shop) == {"customers"}


def test_a_connection_that_fails_is_tried_again_as_often_as_the_policy_says(shop):
    nowhere = ClickHouseResource(host="127.0.0.1", port=1)
    settings = DefinitionsSettings(retry_policy=dg.RetryPolicy(max_retries=2))
    definitions = build_definitions(shop.db.project(ORDERS), clickhouse=nowhere, settings=settings)

    result = shop.run(definitions, "orders", fails=True)

    assert len([event for event in result.all_events if event.is_step_up_for_retry]) == 2


def test_a_refusal_is_not_tried_again(shop):
    shop.db.live(*_KEPT_LIVE)
    definitions = shop.definitions(
        KEPT, settings=DefinitionsSettings(retry_policy=dg.RetryPolicy(max_retries=2))
    )

    result = shop.run(definitions, "orders", fails=True)

    assert [event for event in result.all_events if event.is_step_up_for_retry] == []


def test_a_changed_declaration_has_another_code_version(shop):
    def version(table):
        return shop.definitions(table).resolve_asset_graph().get(shop.key("orders")).code_version

    assert version(ORDERS) == version(declared("orders", "id Int64; note String"))
    assert version(ORDERS) != version(declared("orders", "id Int64; note Int64"))


def test_downstream_assets_of_healthy_tables_run(shop):
    external = declared("payments", "id Int64", life_cycle=EM)
    shop.db.live("payments (id Int64) ORDER BY id")

    @dg.asset(deps=[shop.key("payments"), shop.key("orders")])
    def report() -> None: ...

    definitions = dg.Definitions.merge(
        shop.definitions(ORDERS, external), dg.Definitions(assets=[report])
    )

    result = shop.select(definitions, dg.AssetSelection.assets(shop.key("orders"), report.key))

    assert set(materialized(result)) == {"orders", "report"}
