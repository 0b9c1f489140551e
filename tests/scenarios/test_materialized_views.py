"""Materialized views on the real engine: queries, targets, storage of their own, refreshes."""

from datetime import datetime
from typing import Annotated

import pytest
from pydantic import BaseModel, Field
from scenarios.house import DP, EM, FM, declared
from scenarios.view_shop import SUM, TOTALS, materialized, orders, own_storage, totals

from moose_dagster import (
    ClickHouseAlias,
    ClickHouseCodec,
    ClickHouseEngines,
    ClickHouseMaterialized,
    ClickHouseTTL,
    ClickHouseType,
    MaterializedView,
    MaterializedViewOptions,
    TableConstraint,
    TableIndex,
    TableProjection,
    UInt64,
    clickhouse_default,
)


def test_a_materialized_view_is_created_after_its_target_and_filled_by_inserts(house):
    view = materialized(target_table=totals(), comment="sums")
    house.reconcile(view, totals(), orders())
    house.raw("INSERT INTO shop.orders VALUES (1, 2, ''), (1, 3, '')")

    assert house.rows("SELECT * FROM shop.totals") == [(1, 5)]
    assert house.plan(view, totals(), orders()) == {}


def test_a_materialized_view_may_write_to_a_table_that_only_the_server_knows(house):
    house.live("totals (id Int64, total Int64) ENGINE = MergeTree ORDER BY id")
    view = materialized(target_table="totals")
    house.reconcile(view, orders())

    assert house.plan(view, orders()) == {}


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_query_of_a_materialized_view_is_altered_in_place(house, life_cycle, verdict):
    house.reconcile(orders(), totals(), materialized(target_table="totals"))
    house.raw("INSERT INTO shop.orders VALUES (1, 2, '')")
    uuid = house.value(f"SELECT uuid FROM system.tables WHERE database = '{house.database}' AND name = 'totals_mv'")
    doubled = materialized(SUM.replace("sum(v)", "2 * sum(v)"), life_cycle, target_table="totals")

    survey = house.survey(orders(), totals(), doubled)
    assert [step.verdict.value for step in survey.plan.steps] == [verdict]
    assert any("not computed anew" in note for note in survey.plan.notes) == (life_cycle is not EM)
    house.reconcile(orders(), totals(), doubled)
    house.raw("INSERT INTO shop.orders VALUES (2, 2, '')")

    expected = [(1, 2), (2, 2)] if life_cycle is EM else [(1, 2), (2, 4)]
    assert house.rows("SELECT * FROM shop.totals ORDER BY id") == expected
    assert (
        house.value(f"SELECT uuid FROM system.tables WHERE database = '{house.database}' AND name = 'totals_mv'")
        == uuid
    )


@pytest.mark.parametrize(
    ("life_cycle", "verdict"),
    [
        pytest.param(FM, "APPLY", marks=pytest.mark.requires("26.9", "no CREATE OR REPLACE MATERIALIZED VIEW")),
        (DP, "BLOCK"),
        (EM, "DRIFT"),
    ],
)
def test_another_target_takes_the_place_of_the_first(house, life_cycle, verdict):
    other = declared("others", TOTALS)
    house.reconcile(orders(), totals(), other, materialized(target_table="totals"))
    moved = materialized(life_cycle=life_cycle, target_table="others")

    assert house.plan(orders(), totals(), other, moved) == {"target": verdict}
    house.reconcile(orders(), totals(), other, moved)
    house.raw("INSERT INTO shop.orders VALUES (1, 2, '')")

    table = "others" if life_cycle is FM else "totals"
    assert house.rows(f"SELECT * FROM shop.{table}") == [(1, 2)]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK"), (EM, "DRIFT")])
def test_other_storage_is_made_anew_with_the_rows_it_held(house, life_cycle, verdict):
    house.reconcile(orders(), own_storage())
    house.raw("INSERT INTO shop.orders VALUES (1, 2, ''), (2, 3, '')")
    sorted_otherwise = own_storage(life_cycle=life_cycle, order_by=["total", "id"], partition_by="id%2")

    assert house.plan(orders(), sorted_otherwise) == {"storage": verdict}
    house.reconcile(orders(), sorted_otherwise)
    house.raw("INSERT INTO shop.orders VALUES (3, 4, '')")

    assert house.rows("SELECT * FROM shop.totals_mv ORDER BY id") == [(1, 2), (2, 3), (3, 4)]
    if life_cycle is FM:
        assert house.in_trash("totals_mv", "count()") == 2
        assert house.plan(orders(), sorted_otherwise) == {}


def test_a_query_with_a_new_column_needs_other_storage(house):
    house.reconcile(orders(), own_storage())
    house.raw("INSERT INTO shop.orders VALUES (1, 2, '')")
    wider = "SELECT id, sum(v) AS total, count() AS n FROM orders GROUP BY id"

    assert house.plan(orders(), own_storage(wider, DP)) == {"query": "BLOCK"}
    house.reconcile(orders(), own_storage(wider))
    house.raw("INSERT INTO shop.orders VALUES (2, 3, '')")

    assert house.rows("SELECT * FROM shop.totals_mv ORDER BY id") == [(1, 2, 0), (2, 3, 1)]
    assert house.plan(orders(), own_storage(wider)) == {}


def test_a_query_that_fits_the_storage_is_altered_in_place(house):
    house.reconcile(orders(), own_storage())

    house.reconcile(orders(), own_storage(SUM.replace("sum(v)", "2 * sum(v)"), DP))

    assert house.plan(orders(), own_storage(SUM.replace("sum(v)", "2 * sum(v)"), DP)) == {}


@pytest.mark.parametrize(("life_cycle", "verdict", "exists"), [(FM, "APPLY", 0), (DP, "BLOCK", 1)])
def test_a_materialized_view_gone_from_code_keeps_its_rows_in_the_trash(house, life_cycle, verdict, exists):
    house.reconcile(orders(), own_storage(life_cycle=life_cycle))
    house.raw("INSERT INTO shop.orders VALUES (1, 2, '')")

    assert house.plan(orders(), prune=True) == {"materialized view": verdict}
    house.reconcile(orders(), prune=True)

    assert house.value("EXISTS VIEW shop.totals_mv") == exists
    if life_cycle is FM:
        assert house.in_trash("totals_mv", "toString((id, total))") == "(1,2)"


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK")])
def test_a_materialized_view_whose_storage_somebody_dropped_is_made_anew(house, life_cycle, verdict):
    house.reconcile(orders(), own_storage(life_cycle=life_cycle))
    inner = house.value(f"SELECT name FROM system.tables WHERE database = '{house.database}' AND name LIKE '.inner%'")
    house.raw(f"DROP TABLE shop.`{inner}` SYNC")

    assert house.plan(orders(), own_storage(life_cycle=life_cycle)) == {"storage": verdict}
    house.reconcile(orders(), own_storage())
    house.raw("INSERT INTO shop.orders VALUES (1, 5, '')")

    assert house.rows("SELECT * FROM shop.totals_mv") == [(1, 5)]
    assert house.plan(orders(), own_storage()) == {}


def test_a_materialized_view_whose_storage_somebody_dropped_can_leave_the_code(house):
    house.reconcile(orders(), declared("other", "id Int64"), own_storage())
    inner = house.value(f"SELECT name FROM system.tables WHERE database = '{house.database}' AND name LIKE '.inner%'")
    house.raw(f"DROP TABLE shop.`{inner}` SYNC")

    house.reconcile(orders(), declared("other", "id Int64"), prune=True)

    assert house.value("EXISTS VIEW shop.totals_mv") == 0


@pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
def test_a_refresh_is_compared_as_the_server_spells_it_and_altered_in_place(house):
    view = materialized(target_table=totals(), refresh="every 60 minute")
    house.reconcile(orders(), totals(), view)
    assert house.plan(orders(), totals(), view) == {}

    slower = materialized(life_cycle=DP, target_table=totals(), refresh="EVERY 1 DAY OFFSET 2 HOUR")
    assert house.plan(orders(), totals(), slower) == {"refresh": "APPLY"}
    house.reconcile(orders(), totals(), slower)

    assert house.plan(orders(), totals(), slower) == {}


@pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
def test_refreshes_can_depend_on_another_view_and_append(house):
    first = materialized(name="first", target_table=totals(), refresh="EVERY 1 HOUR APPEND")
    second = materialized(
        name="another",
        target_table=totals(),
        refresh="EVERY 1 HOUR DEPENDS ON first SETTINGS refresh_retries = 3 APPEND",
    )
    house.reconcile(second, first, orders(), totals())

    assert house.plan(orders(), totals(), first, second) == {}


@pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
def test_a_refresh_that_would_replace_the_rows_of_a_table_keeps_them_in_the_trash(house):
    house.reconcile(orders(), totals())
    house.raw("INSERT INTO shop.totals VALUES (7, 7)")
    replacing = materialized(life_cycle=DP, target_table=totals(), refresh="EVERY 1 HOUR")

    assert house.plan(orders(), totals(), replacing) == {"materialized view": "BLOCK"}
    house.reconcile(orders(), totals(), materialized(target_table=totals(), refresh="EVERY 1 HOUR"))

    assert house.in_trash("totals", "(id, total)") == (7, 7)


@pytest.mark.parametrize(
    ("changed", "facets"),
    [
        ({}, {}),
        ({"ttl": "ts + INTERVAL 2 DAY"}, {"storage": "APPLY"}),
        ({"ttl": None}, {"storage": "APPLY"}),
        ({"settings": {"min_bytes_for_wide_part": 1}}, {"storage": "APPLY"}),
        ({"order_by_expression": "id"}, {"storage": "APPLY"}),
    ],
    ids=["the same", "ttl", "no ttl", "setting", "key"],
)
def test_the_own_storage_of_a_view_is_compared_facet_by_facet(house, changed, facets):
    table = declared("orders", "id Int64; ts DateTime")
    stored = {"order_by_expression": "(id, toDate(ts))", "ttl": "ts + toIntervalDay(1)", "settings": {}}

    def keeping(**options):
        return MaterializedView(
            MaterializedViewOptions(
                materialized_view_name="own",
                select_statement="SELECT id, ts FROM orders",
                select_tables=[table],
                engine=ClickHouseEngines.MergeTree,
                **{**stored, **options},
            )
        )

    house.reconcile(table, keeping())
    house.raw("INSERT INTO shop.orders SELECT number, now() FROM numbers(3)")
    assert house.plan(table, keeping(**changed)) == facets
    house.reconcile(table, keeping(**changed))

    assert house.plan(table, keeping(**changed)) == {}
    assert house.value("SELECT count() FROM shop.own") == 3


class Kept(BaseModel):
    id: Annotated[UInt64, ClickHouseCodec("Delta,ZSTD")]
    note: Annotated[str, clickhouse_default("'a'||'b'"), ClickHouseTTL("ts + INTERVAL 1 DAY")] = Field(
        description="it's"
    )
    ts: Annotated[datetime, ClickHouseType("DateTime")]
    twice: Annotated[int, ClickHouseMaterialized("id*2")]
    more: Annotated[int, ClickHouseAlias("id+1")]


def test_the_own_storage_of_a_view_has_all_that_a_table_has(house):
    table = declared("orders", "id UInt64; ts DateTime")

    def keeping(**options):
        return MaterializedView[Kept](
            MaterializedViewOptions(
                materialized_view_name="own",
                select_statement="SELECT id, ts FROM orders",
                order_by_fields=["id", "ts"],
                primary_key_expression="id",
                sample_by_expression="id",
                projections=[TableProjection("p", "SELECT note,count() GROUP BY note")],
                constraints=[TableConstraint("c", "id<100")],
                **options,
            )
        )

    house.reconcile(table, keeping())
    house.raw("INSERT INTO shop.orders VALUES (1, now()), (2, now())")
    assert house.plan(table, keeping()) == {}
    indexed = keeping(indexes=[TableIndex("i", "note", "set", ["9"])])
    assert house.plan(table, indexed) == {"storage": "APPLY"}
    house.reconcile(table, indexed)

    assert house.plan(table, indexed) == {}
    assert house.rows("SELECT id, note, twice, more FROM shop.own ORDER BY id") == [(1, "ab", 2, 2), (2, "ab", 4, 3)]
