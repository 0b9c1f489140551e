"""Rows written between the proof and the ALTER are noticed, and the change is proved again."""

import re

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import Options, RunCallbacks, TableConstraint, reconcile

LIVE = "orders (id Int64, n Int64, ts DateTime) ENGINE = MergeTree ORDER BY id"
GOOD, LATE = "(1, 5, now())", "(2, 300, '2020-01-01 00:00:00')"
NARROWER = {"columns": "id Int64; n Int8; ts DateTime"}
CHANGES = [
    # what is declared, what is said of the row that came late
    (NARROWER, "1 row would lose or change a value, such as 300"),
    (
        {"columns": "id Int64; n Int64; ts DateTime", "ttl": "ts + INTERVAL 1 DAY"},
        "1 row has expired under it",
    ),
    (
        {
            "columns": "id Int64; n Int64; ts DateTime",
            "constraints": [TableConstraint("small", "n < 10")],
        },
        "1 stored row breaks it",
    ),
]


def reconciled_while(db, meanwhile, *tables):
    """Reconcile; *meanwhile* is sent once everything is proved and before the first statement."""

    left = [meanwhile]

    def progress(_action):
        if left:
            db.raw(left.pop())

    return reconcile(
        db.project(*tables),
        db.clickhouse,
        Options(**db.options),
        callbacks=RunCallbacks(started=progress),
    )


@pytest.mark.parametrize("life_cycle", [DP, FM])
@pytest.mark.parametrize("row", CHANGES, ids=["type", "TTL", "constraint"])
def test_a_change_that_would_lose_what_was_written_since_is_not_sent(db, row, life_cycle):
    config, reason = row
    db.live(LIVE, f"VALUES {GOOD}")
    table = declared(
        "orders",
        config["columns"],
        life_cycle,
        **{k: v for k, v in config.items() if k != "columns"},
    )

    outcome = reconciled_while(db, f"INSERT INTO shop.orders VALUES {LATE}", table)

    (failure,) = outcome.failures
    assert reason in failure.error
    assert "Rows were written after the check, so it was not sent." in failure.error
    sent = [statement for statement in db.writes() if statement.startswith("ALTER")]
    assert not [statement for statement in sent if re.search("MODIFY (COLUMN|TTL)|ADD", statement)]
    assert db.rows("SELECT id, n FROM shop.orders ORDER BY id") == [(1, 5), (2, 300)]


def test_a_change_that_loses_nothing_of_what_was_written_since_is_sent(db):
    db.live(LIVE, f"VALUES {GOOD}")
    table = declared("orders", life_cycle=DP, **NARROWER)

    outcome = reconciled_while(db, "INSERT INTO shop.orders VALUES (2, 6, now())", table)

    assert outcome.failures == ()
    assert db.rows("SELECT n, toTypeName(n) FROM shop.orders ORDER BY id") == [
        (5, "Int8"),
        (6, "Int8"),
    ]


@pytest.mark.parametrize(
    "meanwhile", ["ALTER TABLE shop.orders UPDATE n = 300 WHERE 1 SETTINGS mutations_sync = 1"]
)
def test_values_that_were_updated_since_are_noticed(db, meanwhile):
    db.live(LIVE, f"VALUES {GOOD}")

    outcome = reconciled_while(db, meanwhile, declared("orders", life_cycle=DP, **NARROWER))

    assert "such as 300" in outcome.failures[0].error


def test_a_merge_is_not_a_reason_to_prove_again(db):
    db.live(LIVE, f"VALUES {GOOD}")
    db.raw("INSERT INTO shop.orders VALUES (2, 6, now())")
    asked = []
    query = db.clickhouse.query
    db.clickhouse.query = lambda sql, parameters=None: (asked.append(sql), query(sql, parameters))[
        1
    ]

    outcome = reconciled_while(
        db, "OPTIMIZE TABLE shop.orders FINAL", declared("orders", life_cycle=DP, **NARROWER)
    )

    assert outcome.failures == ()
    # To plan; neither under the lock nor before the statement.
    assert len([sql for sql in asked if "moose_dagster_0" in sql]) == 1


def test_what_is_refused_so_holds_back_nothing_else(db):
    db.live(LIVE, f"VALUES {GOOD}")
    table = declared("orders", "id Int64; n Int8; ts DateTime; new String", DP)

    outcome = reconciled_while(db, f"INSERT INTO shop.orders VALUES {LATE}", table)

    assert "it was not sent" in outcome.failures[0].error
    assert db.plan(table) == {"type n": "BLOCK"}
    assert "1 row would lose or change a value" in outcome.after.plan.steps[0].reason
    assert db.rows("SELECT id, n, new FROM shop.orders ORDER BY id") == [(1, 5, ""), (2, 300, "")]
