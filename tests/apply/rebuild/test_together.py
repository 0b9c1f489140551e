"""Several reconciles of one project at once do everything once, while somebody writes."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from connections import Writer
from scenarios.database import Recording, declared

from moose_dagster import Options, reconcile

OLD = ("orders", "shortened", "named")
ROWS = (
    "SELECT number AS id, toDate('2026-01-01') + number % 3 AS day, toString(number) AS "
    "note FROM numbers(300)"
)
# More of them in `make test-long`.
TOGETHER = [2, 8] if "MOOSE_BREAK_STEP" in os.environ else [3]


def mixed():
    """Return a table to rebuild, one that loses a column, one to rename, and five missing ones."""
    return [
        declared("orders", "id Int64; day Date; note String", order_by_fields=["id", "day"]),
        declared("shortened", "id Int64; day Date; added Int64", order_by_fields=["id"]),
        declared(
            "renamed",
            "id Int64; day Date; note String",
            order_by_fields=["id"],
            renamed_from="named",
        ),
        *(declared(f"new_{number}", "id Int64") for number in range(5)),
    ]


@pytest.mark.parametrize("together", TOGETHER)
def test_reconciles_at_once_do_everything_once(db, together):
    """63: whoever comes second finds nothing left to do."""
    before = [
        declared(name, "id Int64; day Date; note String", order_by_fields=["id"]) for name in OLD
    ]
    db.reconcile(*before)
    for name in OLD:
        db.raw(f"INSERT INTO shop.{name} {ROWS}")
    writer = Writer(
        db.clickhouse.connected,
        f"INSERT INTO {db.database}.orders VALUES ({{0}}, '2026-01-02', '')",
    )

    def run(_):
        with db.clickhouse.connected.another() as connected:
            recording = Recording(connected)
            return reconcile(
                db.project(*mixed()), recording, Options(**db.options)
            ), recording.writes

    with writer.writing(), ThreadPoolExecutor(together) as pool:
        ended = list(pool.map(run, range(together)))

    assert [result.error for outcome, _ in ended for result in outcome.failures] == []
    assert [outcome.unfinished for outcome, _ in ended] == [()] * together
    assert [outcome.after.plan.steps for outcome, _ in ended] == [()] * together
    assert sorted(len(outcome.results) for outcome, _ in ended)[:-1] == [0] * (together - 1)
    sent = [statement for _, writes in ended for statement in writes]
    exchanged = sorted(one.split("`")[3] for one in sent if one.startswith("EXCHANGE TABLES"))
    assert exchanged == ["orders", "shortened"]
    assert len([one for one in sent if one.startswith("RENAME TABLE") and "`renamed`" in one]) == 1
    assert writer.acknowledged
    stored = db.rows("SELECT id, count() FROM shop.orders GROUP BY id ORDER BY id")
    assert stored == [(id_, 1) for id_ in (*range(300), *writer.acknowledged)]
    assert db.trashed() == ["orders", "shortened"]
