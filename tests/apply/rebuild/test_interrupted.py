"""A rebuild whose connection breaks at any statement is finished by the next run."""

import os
import time

import pytest
from connections import Breaking, Writer
from interrupted import (
    AFTER,
    BEFORE,
    MOST,
    broken_run,
    interrupt,
    leftovers,
    lost_at,
    make_live,
    orders,
)
from scenarios.database import declared

from moose_dagster import (
    Options,
    ReplacingMergeTreeEngine,
    RunCallbacks,
    SummingMergeTreeEngine,
    reconcile,
)
from moose_dagster.errors import TrashError
from moose_dagster.reconciliation import restore

# `make test-long` breaks every case at every n-th statement; without it each pair of an engine, a
# way to break and a length comes once, at another one of the statements that copy the rows and put
# the new table in its place.
STEP = int(os.environ.get("MOOSE_BREAK_STEP", "0"))
FIRST_OF_REBUILD = 10
ENGINES = {
    "MergeTree": None,
    "Replacing": ReplacingMergeTreeEngine(),
    "Summing": SummingMergeTreeEngine(columns=["v"]),
}
CASES = [
    pytest.param(sent, for_good, engine, id=f"{answer}-{length}-{engine}")
    for number, engine in enumerate(ENGINES)
    for sent, answer in ((False, "not sent"), (True, "no answer"))
    for for_good, length in ((False, "a blip"), (True, "gone"))
    if STEP or (sent + for_good + number) % 2 == 0
]


@pytest.mark.parametrize(("sent", "for_good", "engine"), CASES)
def test_the_next_run_converges_wherever_it_broke(db, sent, for_good, engine):
    """64, 65: killed between any two statements."""
    make_live(db, engine=ENGINES[engine])
    desired = orders(engine=ENGINES[engine], **AFTER)
    writer = Writer(
        db.clickhouse.connected, f"INSERT INTO {db.database}.orders VALUES ({{0}}, '2026-01-02', 1)"
    )
    case = len(ENGINES) * (2 * sent + for_good) + list(ENGINES).index(engine)
    places = range(0, MOST, STEP) if STEP else [FIRST_OF_REBUILD + 2 * case]
    for turn, at in enumerate(places):
        breaking = Breaking(db.clickhouse.connected, at, sent=sent, for_good=for_good)
        with writer.writing(1000 * (at + 1)):
            broken_run(db, desired, breaking)
            db.reconcile(desired)
        ids = [row[0] for row in db.rows("SELECT id FROM shop.orders ORDER BY id")]
        assert ids == [*range(300), *writer.acknowledged], (at, breaking.writes[-1])
        assert leftovers(db) == [], at
        assert db.plan(desired) == {}
        if not breaking.broken:
            break
        # Back again, so that there is something to rebuild.
        desired = orders(engine=ENGINES[engine], **(BEFORE if turn % 2 == 0 else AFTER))
    # Either nothing broke after the last statement, or it broke where this case breaks.
    assert breaking.broken == (STEP == 0)


def test_a_rebuild_continues_where_it_stopped(db):
    """What was copied is not copied again."""
    desired = interrupt(db)

    plan_result = db.plan_result(desired)
    db.writes()
    outcome = db.reconcile(desired)

    assert "a rebuild was interrupted" in plan_result.plan.notes[-1]
    assert not any(statement.startswith("INSERT INTO `trash") for statement in db.writes())
    assert outcome.results[0].error == ""


def test_what_a_rebuild_has_set_for_its_own_time_is_not_a_difference(db):
    desired = interrupt(db)

    assert db.plan(desired) == {"ORDER BY": "APPLY"}
    assert db.plan(orders()) == {}


def test_how_far_the_copy_has_come_is_told(db):
    make_live(db)
    progress = []

    reconcile(
        db.project(orders(**AFTER)),
        db.clickhouse,
        Options(**db.options),
        callbacks=RunCallbacks(copied=lambda *so_far: progress.append(so_far)),
    )

    assert progress[-1] == (db.table("orders"), 300, 300)


def test_nothing_is_restored_to_a_table_whose_rebuild_has_not_ended(db):
    """64: what was written until the exchange is still to be caught up with."""
    db.reconcile(orders(order_by_fields=["v"]))
    desired = interrupt(db, sent=True)
    table = str(db.table("orders"))

    with pytest.raises(TrashError, match="a rebuild was interrupted; end it with a reconcile"):
        restore(db.project(desired), db.clickhouse, table, Options(**db.options))

    db.reconcile(desired)
    restore(db.project(desired), db.clickhouse, table, Options(**db.options))
    assert db.value("SELECT count() FROM shop.orders") == 300


class UpdatedThenGone(Breaking):
    """A row is updated right before the exchange, and the run ends at the last RENAME."""

    def __init__(self, db):
        last = f"RENAME TABLE `{db.options['trash_database']}`.`former__"
        super().__init__(db.clickhouse.connected, MOST * 10, sent=True, for_good=True, word=last)
        self.db = db

    def write(self, statement, send):
        if statement.startswith("EXCHANGE"):
            self.db.raw(
                "ALTER TABLE shop.orders UPDATE v = 7 WHERE id = 5 SETTINGS mutations_sync = 1"
            )
        super().write(statement, send)


def test_what_a_killed_run_owed_is_said_by_the_next_plan_and_run(db):
    make_live(db)
    desired = orders(**AFTER)
    broken_run(db, desired, UpdatedThenGone(db))
    time.sleep(0.6)

    (note,) = db.plan_result(desired).plan.notes
    outcome = reconcile(db.project(desired), db.clickhouse, Options(**db.options, wait_for_lock=9))

    assert "What it leaves: rows were updated or deleted while the table was replaced" in note
    (message,) = outcome.unfinished
    assert "was finished, but rows were updated or deleted" in message
    assert db.plan_result(desired).plan.notes == ()


def test_a_plan_says_that_an_interrupted_rebuild_may_hold_back_merges(db):
    desired = interrupt(db, "INSERT INTO `trash")

    (note,) = db.plan_result(desired).plan.notes

    assert "the table starts no new merges" in note
    sizes = "max_bytes_to_merge_at_max_space_in_pool, max_bytes_to_merge_at_min_space_in_pool"
    assert f"ALTER TABLE `{db.database}`.`orders` RESET SETTING {sizes}." in note


@pytest.mark.parametrize("engine", ["MergeTree", "Summing"])
@pytest.mark.parametrize("word", ["INSERT INTO `trash", "EXCHANGE"])
def test_others_update_and_delete_however_a_rebuild_was_killed(db, word, engine):
    columns = "id Int64; v Int64; w Int64"
    db.reconcile(declared("counts", columns, engine=ENGINES[engine], order_by_fields=["id"]))
    db.raw("INSERT INTO shop.counts SELECT number, 1, 1 FROM numbers(300)")
    desired = declared("counts", columns, engine=ENGINES[engine], order_by_fields=["id", "w"])
    broken_run(db, desired, lost_at(db, word, sent=True))

    db.raw("ALTER TABLE shop.counts UPDATE v = 7 WHERE id = 5 SETTINGS mutations_sync = 2")
    db.raw("DELETE FROM shop.counts WHERE id = 6")

    assert db.rows("SELECT v FROM shop.counts WHERE id IN (5, 6)") == [(7,)]
    time.sleep(0.6)
    db.reconcile(desired, wait_for_lock=9)
    assert db.rows("SELECT v FROM shop.counts WHERE id IN (5, 6)") == [(7,)]
    assert db.value("SELECT count() FROM shop.counts") == 299
    assert "merge" not in db.value("SHOW CREATE TABLE shop.counts")


def test_no_staging_table_is_forgotten_however_often_a_rebuild_is_interrupted(db):
    desired = interrupt(db, "INSERT INTO `trash")
    time.sleep(0.6)
    broken_run(db, desired, lost_at(db, "DROP TABLE IF EXISTS `trash", sent=False))
    time.sleep(0.6)
    assert len([name for name in leftovers(db) if name.startswith("staging__")]) == 2

    db.reconcile(desired, wait_for_lock=9)

    assert leftovers(db) == []
