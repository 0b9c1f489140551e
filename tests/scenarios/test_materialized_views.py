"""Materialized views on the real engine: queries, targets, storage of their own, refreshes."""

from datetime import datetime
from typing import Annotated

import pytest
from pydantic import BaseModel, Field
from scenarios.database import DP, EM, FM, declared
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


def test_a_materialized_view_is_created_after_its_target_and_filled_by_inserts(db):
    view = materialized(target_table=totals(), comment="sums")
    db.reconcile(view, totals(), orders())
    db.raw("INSERT INTO shop.orders VALUES (1, 2, ''), (1, 3, '')")

    assert db.rows("SELECT * FROM shop.totals") == [(1, 5)]
    assert db.plan(view, totals(), orders()) == {}


def test_a_materialized_view_may_write_to_a_table_that_only_the_server_knows(db):
    db.live("totals (id Int64, total Int64) ENGINE = MergeTree ORDER BY id")
    view = materialized(target_table="totals")
    db.reconcile(view, orders())

    assert db.plan(view, orders()) == {}


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_query_of_a_materialized_view_is_altered_in_place(db, life_cycle, verdict):
    db.reconcile(orders(), totals(), materialized(target_table="totals"))
    db.raw("INSERT INTO shop.orders VALUES (1, 2, '')")
    uuid = db.value(
        f"SELECT uuid FROM system.tables WHERE database = '{db.database}' AND name = 'totals_mv'"
    )
    doubled = materialized(SUM.replace("sum(v)", "2 * sum(v)"), life_cycle, target_table="totals")

    plan_result = db.plan_result(orders(), totals(), doubled)
    assert [step.verdict.value for step in plan_result.plan.steps] == [verdict]
    assert any("not computed again" in note for note in plan_result.plan.notes) == (
        life_cycle is not EM
    )
    db.reconcile(orders(), totals(), doubled)
    db.raw("INSERT INTO shop.orders VALUES (2, 2, '')")

    expected = [(1, 2), (2, 2)] if life_cycle is EM else [(1, 2), (2, 4)]
    assert db.rows("SELECT * FROM shop.totals ORDER BY id") == expected
    assert (
        db.value(
            f"SELECT uuid FROM system.tables WHERE database = '{db.database}' AND "
            "name = 'totals_mv'"
        )
        == uuid
    )


@pytest.mark.parametrize(
    ("life_cycle", "verdict"),
    [
        pytest.param(
            FM,
            "APPLY",
            marks=pytest.mark.requires("26.9", "no CREATE OR REPLACE MATERIALIZED VIEW"),
        ),
        (DP, "BLOCK"),
        (EM, "DRIFT"),
    ],
)
def test_another_target_takes_the_place_of_the_first(db, life_cycle, verdict):
    other = declared("others", TOTALS)
    db.reconcile(orders(), totals(), other, materialized(target_table="totals"))
    moved = materialized(life_cycle=life_cycle, target_table="others")

    assert db.plan(orders(), totals(), other, moved) == {"target": verdict}
    db.reconcile(orders(), totals(), other, moved)
    db.raw("INSERT INTO shop.orders VALUES (1, 2, '')")

    table = "others" if life_cycle is FM else "totals"
    assert db.rows(f"SELECT * FROM shop.{table}") == [(1, 2)]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK"), (EM, "DRIFT")])
def test_other_storage_is_rebuilt_with_its_rows(db, life_cycle, verdict):
    db.reconcile(orders(), own_storage())
    db.raw("INSERT INTO shop.orders VALUES (1, 2, ''), (2, 3, '')")
    sorted_otherwise = own_storage(
        life_cycle=life_cycle, order_by=["total", "id"], partition_by="id%2"
    )

    assert db.plan(orders(), sorted_otherwise) == {"storage": verdict}
    db.reconcile(orders(), sorted_otherwise)
    db.raw("INSERT INTO shop.orders VALUES (3, 4, '')")

    assert db.rows("SELECT * FROM shop.totals_mv ORDER BY id") == [(1, 2), (2, 3), (3, 4)]
    if life_cycle is FM:
        assert db.in_trash("totals_mv", "count()") == 2
        assert db.plan(orders(), sorted_otherwise) == {}


def test_a_query_with_a_new_column_needs_other_storage(db):
    db.reconcile(orders(), own_storage())
    db.raw("INSERT INTO shop.orders VALUES (1, 2, '')")
    wider = "SELECT id, sum(v) AS total, count() AS n FROM orders GROUP BY id"

    assert db.plan(orders(), own_storage(wider, DP)) == {"query": "BLOCK"}
    db.reconcile(orders(), own_storage(wider))
    db.raw("INSERT INTO shop.orders VALUES (2, 3, '')")

    assert db.rows("SELECT * FROM shop.totals_mv ORDER BY id") == [(1, 2, 0), (2, 3, 1)]
    assert db.plan(orders(), own_storage(wider)) == {}


def test_a_query_that_fits_the_storage_is_altered_in_place(db):
    db.reconcile(orders(), own_storage())

    db.reconcile(orders(), own_storage(SUM.replace("sum(v)", "2 * sum(v)"), DP))

    assert db.plan(orders(), own_storage(SUM.replace("sum(v)", "2 * sum(v)"), DP)) == {}


@pytest.mark.parametrize(("life_cycle", "verdict", "exists"), [(FM, "APPLY", 0), (DP, "BLOCK", 1)])
def test_a_materialized_view_gone_from_code_keeps_its_rows_in_the_trash(
    db, life_cycle, verdict, exists
):
    db.reconcile(orders(), own_storage(life_cycle=life_cycle))
    db.raw("INSERT INTO shop.orders VALUES (1, 2, '')")

    assert db.plan(orders(), prune=True) == {"materialized view": verdict}
    db.reconcile(orders(), prune=True)

    assert db.value("EXISTS VIEW shop.totals_mv") == exists
    if life_cycle is FM:
        assert db.in_trash("totals_mv", "toString((id, total))") == "(1,2)"


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK")])
def test_a_materialized_view_whose_storage_somebody_dropped_is_created_again(
    db, life_cycle, verdict
):
    db.reconcile(orders(), own_storage(life_cycle=life_cycle))
    inner = db.value(
        f"SELECT name FROM system.tables WHERE database = '{db.database}' AND name LIKE '.inner%'"
    )
    db.raw(f"DROP TABLE shop.`{inner}` SYNC")

    assert db.plan(orders(), own_storage(life_cycle=life_cycle)) == {"storage": verdict}
    db.reconcile(orders(), own_storage())
    db.raw("INSERT INTO shop.orders VALUES (1, 5, '')")

    assert db.rows("SELECT * FROM shop.totals_mv") == [(1, 5)]
    assert db.plan(orders(), own_storage()) == {}


def test_a_materialized_view_whose_storage_somebody_dropped_can_leave_the_code(db):
    db.reconcile(orders(), declared("other", "id Int64"), own_storage())
    inner = db.value(
        f"SELECT name FROM system.tables WHERE database = '{db.database}' AND name LIKE '.inner%'"
    )
    db.raw(f"DROP TABLE shop.`{inner}` SYNC")

    db.reconcile(orders(), declared("other", "id Int64"), prune=True)

    assert db.value("EXISTS VIEW shop.totals_mv") == 0


@pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
def test_a_refresh_is_compared_as_the_server_spells_it_and_altered_in_place(db):
    view = materialized(target_table=totals(), refresh="every 60 minute")
    db.reconcile(orders(), totals(), view)
    assert db.plan(orders(), totals(), view) == {}

    slower = materialized(life_cycle=DP, target_table=totals(), refresh="EVERY 1 DAY OFFSET 2 HOUR")
    assert db.plan(orders(), totals(), slower) == {"refresh": "APPLY"}
    db.reconcile(orders(), totals(), slower)

    assert db.plan(orders(), totals(), slower) == {}


@pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
def test_refreshes_can_depend_on_another_view_and_append(db):
    first = materialized(name="first", target_table=totals(), refresh="EVERY 1 HOUR APPEND")
    second = materialized(
        name="another",
        target_table=totals(),
        refresh="EVERY 1 HOUR DEPENDS ON first SETTINGS refresh_retries = 3 APPEND",
    )
    db.reconcile(second, first, orders(), totals())

    assert db.plan(orders(), totals(), first, second) == {}


@pytest.mark.requires("25.8", "refreshable materialized views are experimental and off")
def test_a_refresh_that_would_replace_the_rows_of_a_table_keeps_them_in_the_trash(db):
    db.reconcile(orders(), totals())
    db.raw("INSERT INTO shop.totals VALUES (7, 7)")
    replacing = materialized(life_cycle=DP, target_table=totals(), refresh="EVERY 1 HOUR")

    assert db.plan(orders(), totals(), replacing) == {"materialized view": "BLOCK"}
    db.reconcile(orders(), totals(), materialized(target_table=totals(), refresh="EVERY 1 HOUR"))

    assert db.in_trash("totals", "(id, total)") == (7, 7)


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
def test_the_own_storage_of_a_view_is_compared_facet_by_facet(db, changed, facets):
    table = declared("orders", "id Int64; ts DateTime")
    stored = {
        "order_by_expression": "(id, toDate(ts))",
        "ttl": "ts + toIntervalDay(1)",
        "settings": {},
    }

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

    db.reconcile(table, keeping())
    db.raw("INSERT INTO shop.orders SELECT number, now() FROM numbers(3)")
    assert db.plan(table, keeping(**changed)) == facets
    db.reconcile(table, keeping(**changed))

    assert db.plan(table, keeping(**changed)) == {}
    assert db.value("SELECT count() FROM shop.own") == 3


class Kept(BaseModel):
    id: Annotated[UInt64, ClickHouseCodec("Delta,ZSTD")]
    note: Annotated[str, clickhouse_default("'a'||'b'"), ClickHouseTTL("ts + INTERVAL 1 DAY")] = (
        Field(description="it's")
    )
    ts: Annotated[datetime, ClickHouseType("DateTime")]
    twice: Annotated[int, ClickHouseMaterialized("id*2")]
    more: Annotated[int, ClickHouseAlias("id+1")]


def test_the_own_storage_of_a_view_has_all_that_a_table_has(db):
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

    db.reconcile(table, keeping())
    db.raw("INSERT INTO shop.orders VALUES (1, now()), (2, now())")
    assert db.plan(table, keeping()) == {}
    indexed = keeping(indexes=[TableIndex("i", "note", "set", ["9"])])
    assert db.plan(table, indexed) == {"storage": "APPLY"}
    db.reconcile(table, indexed)

    assert db.plan(table, indexed) == {}
    assert db.rows("SELECT id, note, twice, more FROM shop.own ORDER BY id") == [
        (1, "ab", 2, 2),
        (2, "ab", 4, 3),
    ]
