"""Views on the real engine."""

import pytest
from lacking import takes
from scenarios.database import DP, EM, FM, TestDatabase, declared
from scenarios.view_shop import COLUMNS, SUM, a_view, materialized, orders, totals

from moose_dagster import (
    ClickHouseEngines,
)
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.state.names import ViewId


@pytest.mark.parametrize(
    ("life_cycle", "verdict", "exists"), [(FM, "APPLY", 1), (DP, "APPLY", 1), (EM, "DRIFT", 0)]
)
def test_a_missing_view_is_created_after_its_table_unless_it_is_external(
    db, life_cycle, verdict, exists
):
    view = a_view("SELECT * FROM orders WHERE v > 1", life_cycle)

    assert db.plan(view, orders()) == {"orders.table": "APPLY", "recent.view": verdict}
    db.reconcile(view, orders())

    assert db.value("EXISTS VIEW shop.recent") == exists
    assert db.plan(view, orders()) == ({} if exists else {"view": "DRIFT"})


SELECTS = [
    "SELECT * FROM orders",
    "select id, v*2 as twice from orders where note in ('a','b') and v>1",
    "SELECT COUNT(*) c, max(v) FROM orders GROUP BY note HAVING c > 1 ORDER BY c desc LIMIT 10",
    "WITH big AS (SELECT id FROM orders WHERE v > 10) SELECT * FROM big",
    "SELECT a.id, b.v FROM orders a LEFT JOIN orders AS b ON a.id = b.id -- from nowhere",
    "SELECT id FROM orders UNION ALL SELECT 1",
    "SELECT 1 AS a UNION DISTINCT SELECT 2 UNION ALL (SELECT 3 UNION ALL SELECT 4)",
    "SELECT 1 AS a UNION ALL SELECT 2 UNION DISTINCT SELECT 3",
    "SELECT id, toDate(now() - INTERVAL 1 DAY)::String AS d, 'FROM nowhere' AS t FROM orders;",
    "SELECT id FROM orders EXCEPT SELECT v FROM orders",
    (
        "SELECT * EXCEPT (note) FROM orders UNION ALL SELECT 1, 2 EXCEPT (SELECT 2, 3 "
        "INTERSECT SELECT 3, 4)"
    ),
    (
        "WITH a AS (SELECT id FROM orders EXCEPT SELECT 2) SELECT * FROM a WHERE id IN "
        "(SELECT 1 INTERSECT SELECT 1)"
    ),
    "SELECT id FROM orders WHERE id IN (SELECT id FROM orders WHERE v = 1)",
    "SELECT extract(YEAR FROM now()) AS y, id FROM orders",
    "SELECT v IS DISTINCT FROM id AS z, note FROM orders WHERE note IS NOT DISTINCT FROM 'a'",
    (
        "SELECT trim(BOTH 'a' FROM note) a, substring(note FROM id FOR 3) s, "
        "position('a' IN note) p FROM orders"
    ),
    "SELECT id, v FROM orders ORDER BY id WITH FILL FROM 1 TO 3, v",
    (
        "SELECT date_trunc('month', now()) AS m, if(v > 1, 'x', 'y') z, CASE WHEN v > 1 "
        "THEN 1 ELSE 2 END k FROM orders"
    ),
    "SELECT number, id FROM numbers(3) AS n, orders",
    "FROM orders SELECT id, v WHERE id IN (FROM orders SELECT v)",
    "SELECT a.id FROM orders a JOIN orders b ON a.id = b.id, orders",
    (
        "SELECT id, row_number() OVER (PARTITION BY note ORDER BY v) r FROM orders FINAL "
        "SETTINGS max_threads = 1"
    ),
    (
        "SELECT * EXCEPT (note), [1,2][1] e, (1, 'x') t, {who:String} w FROM orders "
        "WHERE note = {who:String}"
    ),
]


def test_a_view_just_created_does_not_differ_however_it_is_written(db, server_version):
    table = declared("orders", COLUMNS, engine=ClickHouseEngines.ReplacingMergeTree)
    named = {
        f"view_{number}": select
        for number, select in enumerate(SELECTS)
        if takes(server_version, select)
    }
    views = [
        a_view(select, name=name, comment="it's a view, as SELECT")
        for name, select in named.items()
    ]
    db.reconcile(table, *views)
    db.writes()

    steps = db.plan_result(table, *views).plan.steps
    assert [(named[step.resource.name], step.reason) for step in steps] == []
    db.reconcile(table, *views)
    assert db.writes() == []


def test_a_bare_set_operation_means_what_the_server_is_set_to(clickhouse_url):
    settings = "union_default_mode=DISTINCT&except_default_mode=DISTINCT"
    bare, desired = (
        "SELECT 1 AS a UNION SELECT 1 EXCEPT SELECT 3",
        "SELECT 1 AS a UNION ALL SELECT 1 EXCEPT SELECT 3",
    )
    with connect(ClickHouseAddress.from_url(f"{clickhouse_url}?{settings}")) as connected:
        db = TestDatabase(connected)
        db.reconcile(a_view(bare))

        assert db.plan(a_view(bare)) == {}
        assert db.plan(a_view(desired)) == {"query": "APPLY"}


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_the_query_of_a_view_is_replaced_and_never_under_external(db, life_cycle, verdict):
    db.reconcile(orders())
    db.raw("CREATE VIEW shop.recent AS SELECT id FROM shop.orders")
    view = a_view("SELECT id, v FROM orders", life_cycle, comment="new")

    assert db.plan(orders(), view) == {"query": verdict, "comment": verdict}
    db.writes()
    db.reconcile(orders(), view)

    assert db.plan(orders(), view) == (
        {} if verdict == "APPLY" else {"query": verdict, "comment": verdict}
    )
    if life_cycle is EM:
        assert db.writes() == []


def test_views_are_created_in_the_order_they_read_each_other_and_dropped_in_reverse(db):
    first, second = (
        a_view("SELECT * FROM b_base", name="a_top"),
        a_view("SELECT id FROM orders", name="b_base"),
    )
    views = [orders(), *(a_view("SELECT 1", name=f"kept_{number}") for number in range(2))]
    db.reconcile(first, second, *views)
    db.writes()

    db.reconcile(*views, prune=True)

    drops = [statement for statement in db.writes() if statement.startswith("DROP VIEW")]
    assert [statement.rpartition(".")[2] for statement in drops] == ["`a_top`", "`b_base`"]


@pytest.mark.parametrize(("life_cycle", "verdict", "exists"), [(FM, "APPLY", 0), (DP, "BLOCK", 1)])
def test_a_view_gone_from_code_follows_the_ledger(db, life_cycle, verdict, exists):
    db.reconcile(orders(), a_view("SELECT id FROM orders", life_cycle))

    for _ in range(2):
        plan = db.plan(orders(), prune=True)
        assert plan == ({"view": verdict} if db.value("EXISTS VIEW shop.recent") else {})
        db.reconcile(orders(), prune=True)

    assert db.value("EXISTS VIEW shop.recent") == exists


def test_an_external_view_gone_from_code_is_forgotten(db):
    db.raw("CREATE VIEW shop.recent AS SELECT 1 AS x")
    db.reconcile(orders(), a_view("SELECT 1 AS x", EM))

    assert db.plan(orders(), prune=True) == {}
    assert db.value("EXISTS VIEW shop.recent") == 1


def test_a_view_somebody_put_in_its_place_is_not_dropped(db):
    db.reconcile(orders(), a_view("SELECT id FROM orders"))
    db.raw("DROP VIEW shop.recent")
    db.raw("CREATE VIEW shop.recent AS SELECT 1 AS x")

    assert db.plan(orders(), prune=True) == {}


def test_a_view_over_a_table_that_nobody_makes_waits_and_holds_up_no_other(db):
    external = orders(life_cycle=EM)
    view = a_view("SELECT id FROM orders")
    over_it, other = (
        a_view("SELECT id FROM recent", name="newest"),
        a_view("SELECT 1 AS one", name="one"),
    )
    everything = (external, view, over_it, other)

    steps = db.plan_result(*everything).plan.steps
    db.reconcile(*everything)

    assert {step.resource.name: step.verdict.value for step in steps} == {
        "orders": "DRIFT",
        "recent": "BLOCK",
        "newest": "BLOCK",
        "one": "APPLY",
    }
    (reason,) = (step.reason for step in steps if step.resource.name == "recent")
    assert (
        f"recent: create view: waits until {db.database}.orders exists (FULLY_MANAGED)." in reason
    )
    assert db.value("SELECT count() FROM shop.one") == 1
    db.live(
        "orders (id Int64, v Int64, note String) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 2, '')",
    )
    db.reconcile(*everything)
    assert db.value("SELECT id FROM shop.newest") == 1
    assert db.plan(*everything) == {}


def test_a_view_in_the_place_of_a_table_is_blocked(db):
    db.live("recent (id Int64) ENGINE = MergeTree ORDER BY id")

    assert db.plan(a_view("SELECT 1 AS x")) == {"view": "BLOCK"}


def test_a_plain_view_can_become_a_materialized_one(db):
    db.reconcile(orders(), totals(), a_view(SUM, name="totals_mv"))
    view = materialized(target_table="totals")

    assert db.plan(orders(), totals(), view) == {"kind": "APPLY"}
    db.reconcile(orders(), totals(), view)

    assert db.plan(orders(), totals(), view) == {}


def test_the_number_of_queries_does_not_depend_on_the_number_of_views(db):
    views = [
        a_view(f"SELECT id, {number} AS n FROM orders", name=f"view_{number}")
        for number in range(8)
    ]
    db.reconcile(orders(), *views)
    counts = []
    for some in (views[:2], views):
        db.clickhouse.queries = 0
        db.plan(
            orders(),
            *some,
            selection=[db.table("orders"), *(ViewId(db.database, v.name) for v in some)],
        )
        counts.append(db.clickhouse.queries)

    assert counts[0] == counts[1]


def test_a_text_the_server_cannot_read_is_a_note_and_not_a_difference(db):
    db.reconcile(orders(), a_view("SELECT id FROM orders"))

    plan_result = db.plan_result(orders(), a_view("SELECT id FROM orders WHERE (("))

    assert plan_result.plan.steps == ()
    assert "its query is not compared" in plan_result.plan.notes[0]
