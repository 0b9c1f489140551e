"""Views, materialized views and dictionaries on the real engine."""

from datetime import datetime
from typing import Annotated

import pytest
from pydantic import BaseModel, Field
from scenarios.house import DP, EM, FM, declared

from moose_dagster import (
    ClickHouseAlias,
    ClickHouseCodec,
    ClickHouseEngines,
    ClickHouseMaterialized,
    ClickHouseTTL,
    ClickHouseType,
    Dictionary,
    MaterializedView,
    MaterializedViewOptions,
    RenamedFrom,
    TableConstraint,
    TableIndex,
    TableProjection,
    UInt64,
    View,
    ViewConfig,
    clickhouse_default,
)
from moose_dagster.plan.policy import Verdict
from moose_dagster.state.names import ViewId

COLUMNS = "id Int64; v Int64; note String"
TOTALS = "id Int64; total Int64"
SUM = "SELECT id, sum(v) AS total FROM orders GROUP BY id"


def a_view(select, life_cycle=FM, name="recent", **config):
    return View(name, select, config=ViewConfig(life_cycle=life_cycle, **config))


def materialized(select=SUM, life_cycle=FM, name="totals_mv", **options):
    return MaterializedView(
        MaterializedViewOptions(select_statement=select, materialized_view_name=name, life_cycle=life_cycle, **options)
    )


def own_storage(select=SUM, life_cycle=FM, order_by=("id",), **options):
    engine = ClickHouseEngines.MergeTree
    return materialized(select, life_cycle, engine=engine, order_by_fields=list(order_by), **options)


def orders(columns=COLUMNS, life_cycle=FM):
    return declared("orders", columns, life_cycle)


def totals(columns=TOTALS, life_cycle=FM):
    return declared("totals", columns, life_cycle)


@pytest.mark.parametrize(("life_cycle", "verdict", "exists"), [(FM, "APPLY", 1), (DP, "APPLY", 1), (EM, "DRIFT", 0)])
def test_a_missing_view_is_created_after_its_table_unless_it_is_external(house, life_cycle, verdict, exists):
    view = a_view("SELECT * FROM orders WHERE v > 1", life_cycle)

    assert house.plan(view, orders()) == {"orders.table": "APPLY", "recent.view": verdict}
    house.reconcile(view, orders())

    assert house.value("EXISTS VIEW shop.recent") == exists
    assert house.plan(view, orders()) == ({} if exists else {"view": "DRIFT"})


SELECTS = [
    "SELECT * FROM orders",
    "select id, v*2 as twice from orders where note in ('a','b') and v>1",
    "SELECT COUNT(*) c, max(v) FROM orders GROUP BY note HAVING c > 1 ORDER BY c desc LIMIT 10",
    "WITH big AS (SELECT id FROM orders WHERE v > 10) SELECT * FROM big",
    "SELECT a.id, b.v FROM orders a LEFT JOIN orders AS b ON a.id = b.id -- from nowhere",
    "SELECT id FROM orders UNION ALL SELECT 1",
    "SELECT id, toDate(now() - INTERVAL 1 DAY)::String AS d, 'FROM nowhere' AS t FROM orders;",
    "SELECT id FROM orders WHERE id IN (SELECT id FROM orders WHERE v = 1)",
    "SELECT extract(YEAR FROM now()) AS y, id FROM orders",
    "SELECT date_trunc('month', now()) AS m, if(v > 1, 'x', 'y') z, CASE WHEN v > 1 THEN 1 ELSE 2 END k FROM orders",
    "SELECT number, id FROM numbers(3) AS n, orders",
    "SELECT id, row_number() OVER (PARTITION BY note ORDER BY v) r FROM orders FINAL SETTINGS max_threads = 1",
    "SELECT * EXCEPT (note), [1,2][1] e, (1, 'x') t, {who:String} w FROM orders WHERE note = {who:String}",
]


@pytest.mark.parametrize("select", SELECTS)
def test_a_view_just_created_does_not_differ_however_it_is_written(house, select):
    table = declared("orders", COLUMNS, engine=ClickHouseEngines.ReplacingMergeTree)
    view = a_view(select, comment="it's a view, as SELECT")
    house.reconcile(table, view)
    house.writes()

    assert house.plan(table, view) == {}
    house.reconcile(table, view)
    assert house.writes() == []


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_query_of_a_view_is_replaced_and_never_under_external(house, life_cycle, verdict):
    house.reconcile(orders())
    house.raw("CREATE VIEW shop.recent AS SELECT id FROM shop.orders")
    view = a_view("SELECT id, v FROM orders", life_cycle, comment="new")

    assert house.plan(orders(), view) == {"query": verdict, "comment": verdict}
    house.writes()
    house.reconcile(orders(), view)

    assert house.plan(orders(), view) == ({} if verdict == "APPLY" else {"query": verdict, "comment": verdict})
    if life_cycle is EM:
        assert house.writes() == []


def test_views_are_created_in_the_order_they_read_each_other_and_dropped_in_reverse(house):
    first, second = a_view("SELECT * FROM b_base", name="a_top"), a_view("SELECT id FROM orders", name="b_base")
    kept = [orders(), *(a_view("SELECT 1", name=f"kept_{number}") for number in range(2))]
    house.reconcile(first, second, *kept)
    house.writes()

    house.reconcile(*kept, prune=True)

    drops = [statement for statement in house.writes() if statement.startswith("DROP VIEW")]
    assert [statement.rpartition(".")[2] for statement in drops] == ["`a_top`", "`b_base`"]


@pytest.mark.parametrize(("life_cycle", "verdict", "exists"), [(FM, "APPLY", 0), (DP, "BLOCK", 1)])
def test_a_view_gone_from_code_follows_the_ledger(house, life_cycle, verdict, exists):
    house.reconcile(orders(), a_view("SELECT id FROM orders", life_cycle))

    for _ in range(2):
        plan = house.plan(orders(), prune=True)
        assert plan == ({"view": verdict} if house.value("EXISTS VIEW shop.recent") else {})
        house.reconcile(orders(), prune=True)

    assert house.value("EXISTS VIEW shop.recent") == exists


def test_an_external_view_gone_from_code_is_forgotten(house):
    house.raw("CREATE VIEW shop.recent AS SELECT 1 AS x")
    house.reconcile(orders(), a_view("SELECT 1 AS x", EM))

    assert house.plan(orders(), prune=True) == {}
    assert house.value("EXISTS VIEW shop.recent") == 1


def test_a_view_somebody_put_in_its_place_is_not_dropped(house):
    house.reconcile(orders(), a_view("SELECT id FROM orders"))
    house.raw("DROP VIEW shop.recent")
    house.raw("CREATE VIEW shop.recent AS SELECT 1 AS x")

    assert house.plan(orders(), prune=True) == {}


def test_a_view_where_a_table_stands_is_blocked(house):
    house.live("recent (id Int64) ENGINE = MergeTree ORDER BY id")

    assert house.plan(a_view("SELECT 1 AS x")) == {"view": "BLOCK"}


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


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_column_that_a_view_reads_is_neither_dropped_nor_changed(house, life_cycle):
    house.reconcile(orders(), totals())
    house.raw("CREATE MATERIALIZED VIEW shop.somebodys TO shop.totals AS SELECT id, v AS total FROM shop.orders")
    changed = declared("orders", "id Int64; note Nullable(String)", life_cycle)

    assert house.plan(changed, totals()) == {"column v": "BLOCK", "nullability note": "APPLY"}
    survey = house.survey(changed, totals())
    house.reconcile(changed, totals())

    assert house.plan(changed, totals()) == {"column v": "BLOCK"}
    assert (
        f"the materialized view {house.database}.somebodys reads it"
        in survey.plan.with_verdict(Verdict.BLOCK)[0].reason
    )
    assert house.plan(changed, totals()) == {"column v": "BLOCK"}


JOINED = "SELECT orders.id AS id, size.v AS total FROM shop.orders LEFT JOIN shop.size ON size.id = orders.id"


@pytest.mark.parametrize("table", ["orders", "size"])
def test_a_table_that_a_view_reads_is_not_dropped(house, table):
    tables = {"orders": orders(), "size": declared("size", "id Int64; v Int64"), "totals": totals()}
    house.reconcile(*tables.values())
    house.raw(f"CREATE MATERIALIZED VIEW shop.somebodys TO shop.totals AS {JOINED}")
    del tables[table]

    assert house.plan(*tables.values(), prune=True) == {"table": "BLOCK"}
    assert "somebodys reads it" in house.survey(*tables.values(), prune=True).plan.steps[0].reason
    house.raw("DROP VIEW shop.somebodys")
    assert house.plan(*tables.values(), prune=True) == {"table": "APPLY"}


def test_a_table_goes_in_the_run_after_the_view_that_let_go_of_it(house):
    first, second = declared("first", "id Int64; v Int64"), orders()
    house.reconcile(first, second, totals(), materialized("SELECT id, v AS total FROM first", target_table="totals"))
    project = (second, totals(), materialized(target_table="totals"))

    assert house.plan(*project, prune=True) == {"totals_mv.query": "APPLY", "first.table": "BLOCK"}
    house.reconcile(*project, prune=True)

    assert house.plan(*project, prune=True) == {"table": "APPLY"}


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_column_that_a_view_fills_is_renamed_only_with_the_view(house, life_cycle):
    view = materialized("SELECT id, v AS total FROM orders", target_table="totals")
    house.reconcile(orders(), totals(), view)
    sums = totals("id Int64; amount Int64", life_cycle)
    sums.model.model_fields["amount"].metadata.append(RenamedFrom("total"))

    assert house.plan(orders(), sums, view) == {"column name amount": "BLOCK"}
    project = (orders(), sums, materialized("SELECT id, v AS amount FROM orders", target_table="totals"))
    house.reconcile(*project)
    house.raw("INSERT INTO shop.orders VALUES (1, 5, '')")

    assert house.rows("SELECT id, amount FROM shop.totals") == [(1, 5)]
    assert house.plan(*project) == {}


@pytest.mark.parametrize(
    ("select", "column", "verdict"),
    [
        ("SELECT id, v AS total FROM orders", "v Int64 EPHEMERAL 3", "BLOCK"),
        ("SELECT * FROM orders", "v Int64 MATERIALIZED 3", "BLOCK"),
        ("SELECT id, v AS total FROM orders", "v Int64 MATERIALIZED 3", "APPLY"),
    ],
)
def test_a_column_that_a_view_reads_stays_one_that_it_can_read(house, select, column, verdict):
    target = totals("id Int64; v Int64; total Int64")
    house.reconcile(declared("orders", "id Int64; v Int64"), target, materialized(select, target_table="totals"))
    changed = house.declared_column("orders", column)

    assert house.plan(changed, target, materialized(select, target_table="totals")) == {"default v": verdict}


def test_a_view_lets_go_of_a_column_and_the_column_goes_in_the_same_plan(house):
    house.reconcile(orders(), totals(), materialized(target_table="totals"))
    view = materialized("SELECT id, 1 AS total FROM orders", target_table="totals")
    narrower = declared("orders", "id Int64; note String")

    assert house.plan(narrower, totals(), view) == {"totals_mv.query": "APPLY", "orders.column v": "APPLY"}
    house.reconcile(narrower, totals(), view)
    house.raw("INSERT INTO shop.orders VALUES (1, 'x')")

    assert house.rows("SELECT * FROM shop.totals") == [(1, 1)]


def test_a_column_that_a_view_exchanges_for_a_new_one_goes_in_the_next_run(house):
    house.reconcile(orders(), totals(), materialized(target_table="totals"))
    view = materialized("SELECT id, sum(w) AS total FROM orders GROUP BY id", target_table="totals")
    renamed = declared("orders", "id Int64; w Int64; note String")
    project = (renamed, totals(), view)

    assert house.plan(*project) == {
        "totals_mv.query": "APPLY", "orders.column v": "BLOCK", "orders.column w": "APPLY",
    }  # fmt: skip
    house.reconcile(*project)
    assert house.plan(*project) == {"column v": "APPLY"}
    house.reconcile(*project)

    assert house.plan(*project) == {}


def test_a_type_changes_together_with_the_view_that_reads_it(house):
    house.reconcile(declared("orders", "id Int64; v Int8"), totals("id Int64; total Int8"))
    old = materialized("SELECT id, v AS total FROM orders", target_table="totals")
    house.reconcile(declared("orders", "id Int64; v Int8"), totals("id Int64; total Int8"), old)
    wide = (declared("orders", "id Int64; v Int64"), totals("id Int64; total Int64"))

    assert house.plan(*wide, old) == {"orders.type v": "BLOCK", "totals.type total": "APPLY"}
    new = materialized("SELECT id, v + 0 AS total FROM orders", target_table="totals")
    house.reconcile(*wide, new)
    house.raw("INSERT INTO shop.orders VALUES (1, 3000)")

    assert house.rows("SELECT * FROM shop.totals") == [(1, 3000)]


DICTIONARY = (
    "(id UInt64, v Int64 default 0) primary key id "
    "source(clickhouse(table 'orders' db '{database}' user 'default' password '{{env:DICTIONARY_SECRET}}')) "
    "LAYOUT(FLAT()) LIFETIME(300)"
)


def a_dictionary(house, text=DICTIONARY, life_cycle=FM):
    config = ViewConfig(life_cycle=life_cycle, comment="words")
    return Dictionary("words", text.format(database=house.database), config=config)


def test_a_dictionary_is_created_and_its_secret_is_never_written_down(house, monkeypatch):
    monkeypatch.setenv("DICTIONARY_SECRET", "it's hush")
    words = a_dictionary(house)

    house.reconcile(orders(), words)

    assert house.plan(orders(), words) == {}
    ledger = house.options["ledger_database"]
    assert house.value(f"SELECT count() FROM {ledger}.history WHERE statement LIKE '%DICTIONARY_SECRET%'") == 1
    assert house.value(f"SELECT count() FROM {ledger}.history WHERE statement LIKE '%hush%'") == 0


def test_a_dictionary_whose_secret_is_missing_is_not_sent(house, monkeypatch):
    monkeypatch.delenv("DICTIONARY_SECRET", raising=False)
    from moose_dagster import Options, reconcile  # noqa: PLC0415 - the house expects no failure

    outcome = reconcile(house.project(orders(), a_dictionary(house)), house.clickhouse, Options(**house.options))

    assert [failure.error for failure in outcome.failures] == [
        "the environment variable DICTIONARY_SECRET is not set; nothing was sent."
    ]


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_text_of_a_dictionary_is_replaced(house, monkeypatch, life_cycle, verdict):
    monkeypatch.setenv("DICTIONARY_SECRET", "hush")
    house.reconcile(orders(), a_dictionary(house))
    other = a_dictionary(house, DICTIONARY.replace("FLAT()", "HASHED()"), life_cycle)

    assert house.plan(orders(), other) == {"definition": verdict}
    house.reconcile(orders(), other)

    assert house.plan(orders(), other) == ({} if verdict == "APPLY" else {"definition": verdict})


def test_a_plain_view_can_become_a_materialized_one(house):
    house.reconcile(orders(), totals(), a_view(SUM, name="totals_mv"))
    view = materialized(target_table="totals")

    assert house.plan(orders(), totals(), view) == {"kind": "APPLY"}
    house.reconcile(orders(), totals(), view)

    assert house.plan(orders(), totals(), view) == {}


def test_the_number_of_queries_does_not_depend_on_the_number_of_views(house):
    views = [a_view(f"SELECT id, {number} AS n FROM orders", name=f"view_{number}") for number in range(8)]
    house.reconcile(orders(), *views)
    counts = []
    for some in (views[:2], views):
        house.clickhouse.queries = 0
        house.plan(orders(), *some, selection=[house.table("orders"), *(ViewId(house.database, v.name) for v in some)])
        counts.append(house.clickhouse.queries)

    assert counts[0] == counts[1]


def test_a_text_the_server_cannot_read_is_no_difference_but_a_note(house):
    house.reconcile(orders(), a_view("SELECT id FROM orders"))

    survey = house.survey(orders(), a_view("SELECT id FROM orders WHERE (("))

    assert survey.plan.steps == ()
    assert "could not be compared" in survey.plan.notes[0]


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
