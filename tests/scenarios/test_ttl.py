"""A TTL loses what it deletes."""

import pytest
from scenarios.database import DP, FM, declared

COLUMNS = "id UInt64; ts DateTime; v UInt64"


TTL = [
    # what, live TTL, declared TTL, life cycle, verdict
    ("shorter, nothing expired", "", "ts + INTERVAL 50 YEAR", DP, "APPLY"),
    ("shorter, rows expired", "", "ts + INTERVAL 1 DAY", DP, "BLOCK"),
    ("shorter, rows expired", "", "ts + INTERVAL 1 DAY", FM, "APPLY"),
    ("removed", "TTL ts + INTERVAL 50 YEAR", None, DP, "APPLY"),
]


@pytest.mark.parametrize("row", TTL, ids=[f"{row[0]} {row[3].value}" for row in TTL])
def test_45_a_ttl_is_applied_when_no_row_is_expired_under_it(db, row):
    _, live, desired, life_cycle, verdict = row
    db.live(f"orders (id UInt64, ts DateTime, v UInt64) ENGINE = MergeTree ORDER BY id {live}")
    db.raw("INSERT INTO shop.orders VALUES (1, '2020-01-01 00:00:00', 5)")
    table = declared("orders", COLUMNS, life_cycle, ttl=desired)

    assert db.plan(table) == {"TTL": verdict}
    db.reconcile(table)

    assert db.plan(table) == ({} if verdict == "APPLY" else {"TTL": "BLOCK"})
    if life_cycle is FM:
        assert db.in_trash("orders", "count()") == 1


@pytest.mark.parametrize("desired", ["ts + INTERVAL 60 YEAR", None])
@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_46_a_longer_or_removed_ttl_is_applied_and_keeps_every_row(db, life_cycle, desired):
    db.live(
        "orders (id UInt64, ts DateTime, v UInt64) ENGINE = MergeTree ORDER BY id "
        "TTL ts + INTERVAL 50 YEAR"
    )
    db.raw("INSERT INTO shop.orders VALUES (1, '2020-01-01 00:00:00', 5)")
    table = declared("orders", COLUMNS, life_cycle, ttl=desired)

    assert db.plan(table) == {"TTL": "APPLY"}
    db.reconcile(table)
    db.raw("OPTIMIZE TABLE shop.orders FINAL")

    assert db.plan(table) == {}
    assert db.rows("SELECT id FROM shop.orders") == [(1,)]
    # Under another TTL than before, a row that comes meanwhile might be deleted.
    assert db.trashed() == (["orders"] if desired else [])


@pytest.mark.parametrize(("rows", "verdict"), [("", "APPLY"), ("VALUES (1)", "BLOCK")])
def test_45_a_ttl_may_rest_on_a_column_that_comes_with_it(db, rows, verdict):
    db.live("orders (id UInt64) ENGINE = MergeTree ORDER BY id", rows)
    table = declared("orders", "id UInt64; ts DateTime", DP, ttl="ts + INTERVAL 1 DAY")

    assert db.plan(table) == {"column ts": "APPLY", "TTL": verdict}
    db.reconcile(table)

    assert db.plan(table) == ({} if verdict == "APPLY" else {"TTL": "BLOCK"})


def test_45_a_ttl_that_the_server_can_not_compute_is_blocked_with_its_words(db):
    db.live("orders (id UInt64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")

    plan_result = db.plan_result(declared("orders", "id UInt64", ttl="no_such + INTERVAL 1 DAY"))

    (step,) = plan_result.plan.steps
    assert step.verdict.value == "BLOCK"
    assert "no_such" in step.reason.partition("the server refuses it: ")[2]


def test_a_ttl_that_rolls_rows_up_waits_for_the_key_it_groups_by(db):
    db.live(
        f"orders ({COLUMNS.replace(';', ',')}) ENGINE = MergeTree ORDER BY ts",
        "VALUES (1, '2026-01-01 00:00:00', 5)",
    )
    rolled = {
        "order_by_fields": ["id", "ts"],
        "ttl": "ts + INTERVAL 30 YEAR GROUP BY id SET v = sum(v)",
    }

    outcome = db.reconcile(declared("orders", COLUMNS, DP, comment="all of them", **rolled))

    assert db.plan(declared("orders", COLUMNS, DP, comment="all of them", **rolled)) == {
        "ORDER BY": "BLOCK",
        "TTL": "BLOCK",
    }
    assert [
        step.reason
        for step in outcome.after.plan.steps
        if "waits until the key may change" in step.reason
    ]
    db.reconcile(declared("orders", COLUMNS, FM, comment="all of them", **rolled))
    assert db.plan(declared("orders", COLUMNS, DP, comment="all of them", **rolled)) == {}
