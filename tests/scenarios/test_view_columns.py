"""Views give what the tables that they read hold, also after those were changed."""

from typing import Annotated, Any

import pytest
from pydantic import create_model
from scenarios.database import DP, EM, FM, declared
from scenarios.view_shop import materialized

from moose_dagster import (
    ClickHouseType,
    Dictionary,
    OlapConfig,
    OlapTable,
    RenamedFrom,
    View,
    ViewConfig,
)

NAMED = View("latest", "SELECT id, watts FROM readings")
ALL = View("latest", "SELECT * FROM readings")
ONE = "Enum8('a' = 1)"
TWO = "Enum8('a' = 1, 'b' = 2)"


def readings(type_="UInt32", life_cycle=FM, **config):
    return declared("readings", f"id UInt64; watts {type_}", life_cycle, **config)


def renamed_readings():
    fields = {
        "id": (Annotated[Any, ClickHouseType("UInt64")], ...),
        "power": (Annotated[Any, ClickHouseType("UInt32"), RenamedFrom("watts")], ...),
    }
    return OlapTable[create_model("Row", **fields)]("readings", OlapConfig(order_by_fields=["id"]))


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ("UInt32", "UInt64", "5000000000"),
        ("String", "Nullable(String)", "NULL"),
        (ONE, TWO, "'b'"),
        ("Float32", "Float64", "0.1"),
        ("FixedString(2)", "FixedString(4)", "'abcd'"),
        ("Array(UInt8)", "Array(UInt16)", "[300]"),
        ("Tuple(a UInt8)", "Tuple(a UInt16)", "(300)"),
        ("DateTime('UTC')", "DateTime64(3, 'UTC')", "'2026-01-02 03:04:05.678'"),
    ],
)
def test_a_view_gives_the_values_of_a_wider_type(db, life_cycle, before, after, value):
    db.reconcile(readings(before, life_cycle), NAMED)

    db.reconcile(readings(after, life_cycle), NAMED)
    db.raw(f"INSERT INTO shop.readings VALUES (2, {value})")

    assert db.rows("SELECT * FROM shop.latest") == db.rows("SELECT * FROM shop.readings")
    assert db.plan(readings(after, life_cycle), NAMED) == {}


def test_a_view_of_every_column_gains_and_loses_columns_and_follows_a_rename(db):
    db.reconcile(readings(), ALL)
    wider = declared("readings", "id UInt64; watts UInt32; room String")

    assert db.plan(wider, ALL) == {"latest.columns": "APPLY", "readings.column room": "APPLY"}
    db.reconcile(wider, ALL)
    db.raw("INSERT INTO shop.readings VALUES (1, 5, 'hall')")
    assert db.rows("SELECT * FROM shop.latest") == [(1, 5, "hall")]
    db.reconcile(readings(), ALL)
    assert db.rows("SELECT * FROM shop.latest") == [(1, 5)]
    db.reconcile(renamed_readings(), ALL)

    assert db.rows("SELECT power FROM shop.latest") == [(5,)]
    assert db.plan(renamed_readings(), ALL) == {}


CHAINED = (
    View("first", "SELECT id, watts AS w FROM readings", [readings()]),
    View("second", "SELECT id, w * 2 AS w FROM first"),
    View("third", "SELECT a.id AS id, a.w AS w FROM second AS a JOIN first AS b ON a.id = b.id"),
    View("fourth", "SELECT sum(w) AS w FROM (SELECT w FROM third UNION ALL SELECT w FROM first)"),
    View("untouched", "SELECT count() AS rows FROM third"),
)


def test_views_over_views_follow_in_one_plan(db):
    db.reconcile(readings("UInt8"), *CHAINED)

    plan = db.plan(readings("UInt32"), *CHAINED)
    db.reconcile(readings("UInt32"), *CHAINED)
    db.raw("INSERT INTO shop.readings VALUES (1, 1000000)")

    assert plan == {
        "first.columns": "APPLY",
        "second.columns": "APPLY",
        "third.columns": "APPLY",
        "readings.type watts": "APPLY",
    }
    assert db.rows("SELECT * FROM shop.third") == [(1, 2_000_000)]
    assert db.rows("SELECT * FROM shop.fourth") == [(3_000_000,)]
    assert db.plan(readings("UInt32"), *CHAINED) == {}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT r.id, watts, n FROM readings AS r LEFT JOIN names USING (id)",
        "SELECT readings.watts AS watts, names.n FROM names, readings WHERE names.id = readings.id",
        "WITH recent AS (SELECT * FROM readings WHERE id > 0) SELECT watts FROM recent",
        "SELECT watts FROM readings FINAL PREWHERE id > 0 WHERE watts > 0",
        "SELECT watts FROM readings SAMPLE 1 / 10 OFFSET 1 / 2 WHERE id IN (SELECT id FROM names)",
        "SELECT id, max(watts) AS m, argMax(watts, id) FROM readings GROUP BY id HAVING m > 1",
        "SELECT watts + 0 AS `odd name`, if(id > 1, watts, NULL) AS maybe FROM readings",
        "SELECT id FROM names WHERE (id, id) IN readings UNION ALL SELECT watts FROM readings",
        "SELECT arrayJoin([watts]) AS one, tuple(watts, 'x') AS pair FROM readings",
        "SELECT id, sum(watts) OVER (PARTITION BY id ORDER BY id) AS s FROM readings",
    ],
)
def test_a_view_of_any_query_has_the_columns_that_the_server_would_give_it(db, query):
    replacing = {"engine": "ReplacingMergeTree", "sample_by_expression": "id"}
    view = View("latest", query)
    names = declared("names", "id UInt64; n String")
    db.reconcile(readings("UInt8", **replacing), names, view)
    wide = readings("UInt64", **replacing)

    assert db.plan(readings("UInt8", **replacing), names, view) == {}
    db.reconcile(wide, names, view)

    assert db.plan(wide, names, view) == {}
    assert columns_of(db, "latest") == described(db, query)


def columns_of(db, view):
    return db.rows(
        "SELECT name, type FROM system.columns "
        f"WHERE database = '{db.database}' AND table = '{view}' ORDER BY position"
    )


def described(db, query):
    qualified = db.value(
        f"SELECT as_select FROM system.tables WHERE database = '{db.database}' AND name = 'latest'"
    )
    assert query.split()[0] in qualified
    return [(row[0], row[1].replace("\n", "").replace("  ", "")) for row in db.rows(
        f"DESCRIBE TABLE ({qualified})"
    )]  # fmt: skip


def test_a_view_over_a_materialized_view_follows_its_target(db):
    day = declared("days", "id UInt64; n UInt32")
    wide = declared("days", "id UInt64; n UInt64")
    mv = materialized("SELECT id, watts AS n FROM readings", target_table="days")
    of_target = View("latest", "SELECT * FROM days")
    of_view = View("shown", "SELECT id, n FROM totals_mv")
    db.reconcile(readings(), day, mv, of_target, of_view)

    db.reconcile(readings("UInt64"), wide, mv, of_target, of_view)
    db.raw("INSERT INTO shop.readings VALUES (1, 5000000000)")

    assert db.rows("SELECT * FROM shop.latest") == [(1, 5_000_000_000)]
    assert db.rows("SELECT * FROM shop.shown") == [(1, 5_000_000_000)]
    assert db.plan(readings("UInt64"), wide, mv, of_target, of_view) == {}


def test_a_view_follows_a_dictionary_that_it_reads(db):
    def words(type_):
        source = f"SOURCE(CLICKHOUSE(TABLE 'readings' DB '{db.database}'))"
        return Dictionary(
            "words",
            f"(id UInt64, watts {type_}) PRIMARY KEY id {source} LAYOUT(HASHED()) LIFETIME(0)",
            [readings()],
        )

    got = View("latest", f"SELECT dictGet('{db.database}.words', 'watts', toUInt64(1)) AS w")
    read = View("shown", "SELECT * FROM words")
    db.reconcile(readings(), words("UInt32"), got, read)

    db.reconcile(readings("UInt64"), words("UInt64"), got, read)
    db.raw("INSERT INTO shop.readings VALUES (1, 5000000000)")
    db.raw("SYSTEM RELOAD DICTIONARY shop.words")

    assert db.rows("SELECT * FROM shop.latest") == [(5_000_000_000,)]
    assert db.rows("SELECT * FROM shop.shown") == [(1, 5_000_000_000)]
    assert db.plan(readings("UInt64"), words("UInt64"), got, read) == {}


def test_a_view_that_went_stale_by_hand_is_made_again(db):
    db.reconcile(readings(), NAMED)
    db.raw("ALTER TABLE shop.readings MODIFY COLUMN watts UInt64")

    assert db.plan(readings("UInt64"), NAMED) == {"columns": "APPLY"}
    external = View("latest", NAMED.select_statement, config=ViewConfig(life_cycle=EM))
    assert db.plan(readings("UInt64"), external) == {"columns": "DRIFT"}


def test_a_view_waits_for_a_blocked_type(db):
    db.reconcile(readings("UInt64"), NAMED)
    db.raw("INSERT INTO shop.readings VALUES (1, 5000000000)")

    assert db.plan(readings("UInt32", DP), NAMED) == {"type watts": "BLOCK"}


def test_a_type_that_a_view_can_not_compute_with_is_blocked(db):
    view = View("latest", "SELECT watts + 1 AS more FROM readings")
    db.reconcile(readings("UInt32"), view)

    result = db.plan_result(readings("Array(UInt32)"), view)

    assert [step.verdict.value for step in result.plan.steps] == ["BLOCK"]
    assert "latest would fail" in result.plan.steps[0].reason


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "BLOCK")])
def test_a_view_of_somebody_else_is_named(db, life_cycle, verdict):
    db.reconcile(readings(life_cycle=life_cycle))
    db.raw("CREATE VIEW shop.theirs AS SELECT watts FROM shop.readings")

    result = db.plan_result(readings("UInt64", life_cycle))

    assert [step.verdict.value for step in result.plan.steps] == [verdict]
    assert f"the view {db.database}.theirs, which this run does not change" in (
        result.plan.steps[0].reason
    )


def test_a_view_of_somebody_else_that_loses_nothing_is_not_an_obstacle(db):
    db.reconcile(readings(life_cycle=DP))
    db.raw("CREATE VIEW shop.theirs AS SELECT sum(watts) AS s, count() AS n FROM shop.readings")

    assert db.plan(readings("UInt64", DP)) == {"type watts": "APPLY"}


UNTOUCHED = [
    "SELECT 1 AS one, 'x' AS text, NULL AS nothing, [1, 2] AS list, map('a', 1) AS pairs",
    "SELECT id, watts, now() AS at, toStartOfHour(now64(3)) AS hour FROM readings",
    "SELECT * FROM readings AS a LEFT JOIN readings AS b ON a.id = b.id",
    "SELECT id IN (SELECT id FROM readings) AS is_in, (SELECT max(id) FROM readings) FROM readings",
    "SELECT quantiles(0.5, 0.9)(watts), uniqState(id), countIf(watts > 1) FROM readings",
    "SELECT id FROM readings WHERE id = {chosen:UInt64}",
    "SELECT tuple(id, 1) AS pair, CAST((1, 'a'), 'Tuple(n UInt8, s String)') AS n FROM readings",
    "SELECT CAST('a', 'Enum8(\\'a\\' = 1, \\'b, c\\' = 2)') AS e, toDecimal64(1, 3) AS d",
    "SELECT lower(hex(MD5(toString(id)))) AS h, toLowCardinality(toString(id)) AS l FROM readings",
    "SELECT number AS n FROM numbers(10) LIMIT 3 SETTINGS max_threads = 1",
    "(SELECT id FROM readings) UNION ALL (SELECT watts FROM readings)",
    "SELECT id, `a.b` FROM (SELECT id, watts AS `a.b` FROM readings)",
]


def test_views_that_nothing_happened_to_do_not_differ(db):
    views = [View(f"view_{number}", query) for number, query in enumerate(UNTOUCHED)]
    db.reconcile(readings(), *views)

    result = db.plan_result(readings(), *views)

    assert result.plan.steps == ()
    assert result.plan.notes == ()


def test_a_view_keeps_the_comments_and_defaults_of_its_columns(db):
    db.reconcile(readings(), NAMED)
    db.raw(
        "CREATE OR REPLACE VIEW shop.latest (id UInt64 COMMENT 'the key', watts UInt32 DEFAULT 1) "
        "AS SELECT id, watts FROM shop.readings"
    )

    assert db.plan(readings(), NAMED) == {}
    db.reconcile(readings("UInt64"), NAMED)

    assert db.rows(
        "SELECT type, comment, default_expression FROM system.columns "
        f"WHERE database = '{db.database}' AND table = 'latest' ORDER BY position"
    ) == [("UInt64", "the key", ""), ("UInt64", "", "1")]


def test_declared_columns_and_rights_of_a_view_are_compared(db):
    listed = View(
        "latest",
        "SELECT id, watts FROM readings",
        config=ViewConfig(columns="id UInt64 COMMENT 'key', watts UInt64 DEFAULT 1 CODEC(ZSTD(3))"),
    )
    invoked = View(
        "shown", "SELECT id FROM readings", config=ViewConfig(security="SQL SECURITY INVOKER")
    )
    db.reconcile(readings(), listed, invoked)
    assert db.plan(readings(), listed, invoked) == {}

    plain = View(
        "shown", "SELECT id FROM readings", config=ViewConfig(security="SQL SECURITY NONE")
    )
    assert db.plan(readings(), NAMED, invoked) == {"columns": "APPLY"}
    assert db.plan(readings(), listed, plain) == {"SQL SECURITY": "APPLY"}
    db.reconcile(readings(), NAMED, invoked)

    assert columns_of(db, "latest") == [("id", "UInt64"), ("watts", "UInt32")]
    assert db.plan(readings(), NAMED, invoked) == {}
