"""Indexes, projections, constraints, statistics and column settings of live tables."""

import pytest
from lacking import on_a_server
from scenarios.database import DP, EM, FM, declared

from moose_dagster import TableConstraint, TableIndex, TableProjection

LIVE = "orders (id Int64, n Int64, s String) ENGINE = MergeTree ORDER BY id"
ROWS = "SELECT number, number % 10, toString(number) FROM numbers(1000)"
COLUMNS = "id Int64; n Int64; s String"
INDEX = TableIndex("by_n", "n", "set", arguments=["100"])
PROJECTION = TableProjection("per_n", "SELECT n, count() GROUP BY n")


def test_47_a_new_index_and_projection_serve_rows_that_were_there_before(db):
    db.live(LIVE, ROWS)
    table = declared("orders", COLUMNS, DP, indexes=[INDEX], projections=[PROJECTION])

    assert db.plan(table) == {"index by_n": "APPLY", "projection per_n": "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}
    sizes = (
        "SELECT sum(data_compressed_bytes) > 0 FROM system.data_skipping_indices WHERE "
        "database = 'shop.'"
    )
    assert db.value(sizes.replace("shop.", db.database)) == 1
    parts = "SELECT sum(rows) FROM system.projection_parts WHERE active AND database = 'shop.'"
    assert db.value(parts.replace("shop.", db.database)) == 10


def test_what_uses_a_column_changes_together_with_its_type(db):
    db.reconcile(
        declared("orders", "id Int64; n Int32; s String", indexes=[INDEX], projections=[PROJECTION])
    )
    db.raw(f"INSERT INTO shop.orders {ROWS}")
    db.writes()
    index, other = (
        TableIndex("by_n", "n + 1", "minmax", granularity=3),
        TableIndex("by_s", "s", "minmax"),
    )
    projection = TableProjection("per_n", "SELECT n, max(id) GROUP BY n")
    table = declared("orders", COLUMNS, DP, indexes=[index, other], projections=[projection])

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.value("SELECT sum(n) FROM shop.orders") == 4500
    alters = [text for text in db.writes() if "per_n" in text and text.startswith("ALTER")]
    assert len(alters) == 3, alters  # dropped, changed and added, written out


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_changed_index_and_projection_are_rebuilt_in_one_alter(db, life_cycle):
    first = declared("orders", COLUMNS, life_cycle, indexes=[INDEX], projections=[PROJECTION])
    db.reconcile(first)
    db.raw(f"INSERT INTO shop.orders {ROWS}")
    db.writes()
    index = TableIndex("by_n", "n + 1", "minmax", granularity=3)
    projection = TableProjection("per_n", "SELECT n, max(id) GROUP BY n")
    table = declared("orders", COLUMNS, life_cycle, indexes=[index], projections=[projection])

    assert db.plan(table) == {"index by_n": "APPLY", "projection per_n": "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}
    assert len([statement for statement in db.writes() if "ADD INDEX" in statement]) == 1


def test_15_an_index_a_projection_and_a_constraint_go_with_the_column_they_use(db):
    parts = {
        "indexes": [INDEX],
        "projections": [PROJECTION],
        "constraints": [TableConstraint("positive", "n >= 0")],
    }
    db.reconcile(declared("orders", COLUMNS, **parts))
    db.raw(f"INSERT INTO shop.orders {ROWS}")
    table = declared("orders", "id Int64; s String")

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.value("SELECT count() FROM shop.orders") == 1000


def test_15_in_a_protected_table_the_dependants_go_and_the_column_stays(db):
    db.reconcile(declared("orders", COLUMNS, DP, indexes=[INDEX]))

    outcome = db.reconcile(declared("orders", "id Int64; s String", DP))

    assert [str(step.verdict.value) for step in outcome.after.plan.steps] == ["BLOCK"]
    assert db.plan(declared("orders", "id Int64; s String", DP)) == {"column n": "BLOCK"}


def test_a_column_under_an_index_and_a_projection_gets_its_wider_type(db):
    db.reconcile(
        declared("orders", "id Int64; n Int32", DP, indexes=[INDEX], projections=[PROJECTION])
    )
    db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(10)")
    table = declared("orders", "id Int64; n Int64", DP, indexes=[INDEX], projections=[PROJECTION])

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.value("SELECT sum(n) FROM shop.orders") == 45


CONSTRAINTS = [
    # life cycle, constraint, verdict
    (DP, "n < 10", "APPLY"),
    (DP, "n < 9", "BLOCK"),
    (FM, "n < 9", "APPLY"),
    (EM, "n < 9", "DRIFT"),
]


@pytest.mark.parametrize(
    "row", CONSTRAINTS, ids=[f"{row[0].value} {row[1]}" for row in CONSTRAINTS]
)
def test_a_new_constraint_is_proved_on_the_rows_already_there(db, row):
    life_cycle, expression, verdict = row
    db.live(LIVE, ROWS)
    table = declared(
        "orders", COLUMNS, life_cycle, constraints=[TableConstraint("small", expression)]
    )

    plan_result = db.plan_result(table)

    assert db.plan(table) == {"constraint small": verdict}
    if verdict == "BLOCK":
        assert "100 stored rows break it" in plan_result.plan.steps[0].reason


COLUMNS_OF_THEIR_OWN = [
    # live column, declared column, what differs
    ("x Int64 STATISTICS(tdigest)", "x Int64 STATISTICS(uniq, tdigest)", "statistics x"),
    ("x Int64 STATISTICS(tdigest)", "x Int64", "statistics x"),
    ("x Int64", "x Int64 SETTINGS (max_compress_block_size = 4096)", "settings x"),
    (
        *("x Int64 SETTINGS (max_compress_block_size = 4096)",),
        *("x Int64 SETTINGS (min_compress_block_size = 1024)", "settings x"),
    ),
    ("x Int64 SETTINGS (max_compress_block_size = 4096)", "x Int64", "settings x"),
]


@pytest.mark.requires("26.9", "statistics are experimental and off")
def test_statistics_go_before_a_type_that_does_not_take_them(db):
    db.live(
        "orders (id Int64, x Int64 STATISTICS(tdigest)) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 2)",
    )
    table = db.declared_column("orders", "x String")

    db.reconcile(table)

    assert db.rows("SELECT * FROM shop.orders") == [(1, "2")]
    assert db.plan(table) == {}


@pytest.mark.parametrize(
    "row", [on_a_server(f"{row[0]} / {row[1]}", row) for row in COLUMNS_OF_THEIR_OWN]
)
def test_statistics_and_settings_of_a_column_are_altered_in_place(db, row):
    live, desired, what = row
    db.live(f"orders (id Int64, {live}) ENGINE = MergeTree ORDER BY id", "VALUES (1, 2)")
    table = db.declared_column("orders", desired, DP)

    assert db.plan(table) == {what: "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}


@pytest.mark.parametrize(
    "expression", ["(SELECT 1)", "((SELECT 1))", "id IN (SELECT number FROM numbers(10))"]
)
@pytest.mark.parametrize("kind", ["CHECK", "ASSUME"])
def test_a_constraint_may_be_a_subquery(db, expression, kind):
    table = declared("orders", COLUMNS, FM, constraints=[TableConstraint("c", expression, kind)])

    db.reconcile(table)

    assert db.plan(table) == {}
