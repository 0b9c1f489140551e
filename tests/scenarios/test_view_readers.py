"""What a materialized view reads or fills changes only together with it."""

import pytest
from scenarios.database import DP, FM, declared
from scenarios.view_shop import materialized, orders, totals

from moose_dagster import (
    RenamedFrom,
)
from moose_dagster.plan.policy import Verdict


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_column_that_a_view_reads_is_neither_dropped_nor_changed(db, life_cycle):
    db.reconcile(orders(), totals())
    db.raw(
        "CREATE MATERIALIZED VIEW shop.somebodys TO shop.totals AS SELECT id, v AS "
        "total FROM shop.orders"
    )
    changed = declared("orders", "id Int64; note Nullable(String)", life_cycle)

    assert db.plan(changed, totals()) == {"column v": "BLOCK", "nullability note": "APPLY"}
    plan_result = db.plan_result(changed, totals())
    db.reconcile(changed, totals())

    assert db.plan(changed, totals()) == {"column v": "BLOCK"}
    assert (
        f"the materialized view {db.database}.somebodys reads it"
        in plan_result.plan.with_verdict(Verdict.BLOCK)[0].reason
    )
    assert db.plan(changed, totals()) == {"column v": "BLOCK"}


JOINED = (
    "SELECT orders.id AS id, size.v AS total FROM shop.orders LEFT JOIN shop.size ON "
    "size.id = orders.id"
)


@pytest.mark.parametrize("table", ["orders", "size"])
def test_a_table_that_a_view_reads_is_not_dropped(db, table):
    tables = {"orders": orders(), "size": declared("size", "id Int64; v Int64"), "totals": totals()}
    db.reconcile(*tables.values())
    db.raw(f"CREATE MATERIALIZED VIEW shop.somebodys TO shop.totals AS {JOINED}")
    del tables[table]

    assert db.plan(*tables.values(), prune=True) == {"table": "BLOCK"}
    assert "somebodys reads it" in db.plan_result(*tables.values(), prune=True).plan.steps[0].reason
    db.raw("DROP VIEW shop.somebodys")
    assert db.plan(*tables.values(), prune=True) == {"table": "APPLY"}


def test_a_table_goes_in_the_run_after_the_view_that_let_go_of_it(db):
    first = declared("first", "id Int64; v Int64")
    second = orders()
    db.reconcile(
        first,
        second,
        totals(),
        materialized("SELECT id, v AS total FROM first", target_table="totals"),
    )
    project = (second, totals(), materialized(target_table="totals"))

    assert db.plan(*project, prune=True) == {"totals_mv.query": "APPLY", "first.table": "BLOCK"}
    db.reconcile(*project, prune=True)

    assert db.plan(*project, prune=True) == {"table": "APPLY"}


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_column_that_a_view_fills_is_renamed_only_with_the_view(db, life_cycle):
    view = materialized("SELECT id, v AS total FROM orders", target_table="totals")
    db.reconcile(orders(), totals(), view)
    sums = totals("id Int64; amount Int64", life_cycle)
    sums.model.model_fields["amount"].metadata.append(RenamedFrom("total"))

    assert db.plan(orders(), sums, view) == {"column name amount": "BLOCK"}
    project = (
        orders(),
        sums,
        materialized("SELECT id, v AS amount FROM orders", target_table="totals"),
    )
    db.reconcile(*project)
    db.raw("INSERT INTO shop.orders VALUES (1, 5, '')")

    assert db.rows("SELECT id, amount FROM shop.totals") == [(1, 5)]
    assert db.plan(*project) == {}


@pytest.mark.parametrize(
    ("select", "column", "verdict"),
    [
        ("SELECT id, v AS total FROM orders", "v Int64 EPHEMERAL 3", "BLOCK"),
        ("SELECT * FROM orders", "v Int64 MATERIALIZED 3", "BLOCK"),
        ("SELECT id, v AS total FROM orders", "v Int64 MATERIALIZED 3", "APPLY"),
    ],
)
def test_a_column_that_a_view_reads_stays_one_that_it_can_read(db, select, column, verdict):
    target = totals("id Int64; v Int64; total Int64")
    db.reconcile(
        declared("orders", "id Int64; v Int64"), target, materialized(select, target_table="totals")
    )
    changed = db.declared_column("orders", column)

    assert db.plan(changed, target, materialized(select, target_table="totals")) == {
        "default v": verdict
    }


def test_a_view_lets_go_of_a_column_and_the_column_goes_in_the_same_plan(db):
    db.reconcile(orders(), totals(), materialized(target_table="totals"))
    view = materialized("SELECT id, 1 AS total FROM orders", target_table="totals")
    narrower = declared("orders", "id Int64; note String")

    assert db.plan(narrower, totals(), view) == {
        "totals_mv.query": "APPLY",
        "orders.column v": "APPLY",
    }
    db.reconcile(narrower, totals(), view)
    db.raw("INSERT INTO shop.orders VALUES (1, 'x')")

    assert db.rows("SELECT * FROM shop.totals") == [(1, 1)]


def test_a_column_that_a_view_exchanges_for_a_new_one_goes_in_the_next_run(db):
    db.reconcile(orders(), totals(), materialized(target_table="totals"))
    view = materialized("SELECT id, sum(w) AS total FROM orders GROUP BY id", target_table="totals")
    renamed = declared("orders", "id Int64; w Int64; note String")
    project = (renamed, totals(), view)

    assert db.plan(*project) == {
        "totals_mv.query": "APPLY", "orders.column v": "BLOCK", "orders.column w": "APPLY",
    }  # fmt: skip
    db.reconcile(*project)
    assert db.plan(*project) == {"column v": "APPLY"}
    db.reconcile(*project)

    assert db.plan(*project) == {}


def test_a_type_changes_together_with_the_view_that_reads_it(db):
    db.reconcile(declared("orders", "id Int64; v Int8"), totals("id Int64; total Int8"))
    old = materialized("SELECT id, v AS total FROM orders", target_table="totals")
    db.reconcile(declared("orders", "id Int64; v Int8"), totals("id Int64; total Int8"), old)
    wide = (declared("orders", "id Int64; v Int64"), totals("id Int64; total Int64"))

    assert db.plan(*wide, old) == {
        "orders.type v": "APPLY", "totals.type total": "APPLY", "totals_mv.columns": "APPLY",
    }  # fmt: skip
    assert db.plan(wide[0], totals("id Int64; total Int8"), old) == {"type v": "BLOCK"}
    new = materialized("SELECT id, v + 0 AS total FROM orders", target_table="totals")
    db.reconcile(*wide, new)
    db.raw("INSERT INTO shop.orders VALUES (1, 3000)")

    assert db.rows("SELECT * FROM shop.totals") == [(1, 3000)]
