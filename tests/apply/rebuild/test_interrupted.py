"""A rebuild whose connection breaks at any statement is finished by the next run."""

import os
import time

import pytest
from connections import Breaking, Writer
from scenarios.database import DP, EM, declared

from moose_dagster import Options, ReplacingMergeTreeEngine, SummingMergeTreeEngine, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.errors import LockHeld, MooseDagsterError, TrashError
from moose_dagster.ledger.lock import locked
from moose_dagster.reconcile import Aborted, abort, interrupted_rebuilds, restore
from moose_dagster.state.names import TableId

COLUMNS = "id Int64; day Date; v Int64"
SOURCE = (
    "SELECT number AS id, toDate('2026-01-01') + number % 3 AS day, number + 1 AS v FROM "
    "numbers(300)"
)
MOST = 100
# Every statement is broken at in `make test-long`; here every n-th, another one in each case.
STEP = int(os.environ.get("MOOSE_BREAK_STEP", "90"))
ENGINES = {
    "MergeTree": None,
    "Replacing": ReplacingMergeTreeEngine(),
    "Summing": SummingMergeTreeEngine(columns=["v"]),
}


@pytest.fixture
def orders(request, db):
    """Return a function that declares the table, live with 300 rows in three partitions."""
    engine = ENGINES[getattr(request, "param", "MergeTree")]

    def declare(**config):
        return declared("orders", COLUMNS, engine=engine, partition_by="day", **config)

    db.reconcile(declare(order_by_fields=["id"]))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    return declare


def broken_run(db, table, breaking):
    """Reconcile over *breaking*; how it ends is told by the next run."""
    options = Options(**db.options, lock_lease=0.5)
    try:
        return reconcile(db.project(table), breaking, options)
    except MooseDagsterError as error:
        return error


def leftovers(db):
    names = db.rows(
        f"SELECT name FROM system.tables WHERE database = '{db.options['trash_database']}'"
    )
    return [name for (name,) in names if name.startswith(("rebuild__", "stage__"))]


@pytest.mark.parametrize("orders", ENGINES, indirect=True)
@pytest.mark.parametrize("for_good", [False, True], ids=["a blip", "gone"])
@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "no answer"])
def test_the_next_run_converges_wherever_it_broke(request, db, orders, sent, for_good):
    """64, 65: killed between any two statements."""
    desired = orders(order_by_fields=["id", "day"])
    writer = Writer(
        db.clickhouse.connected, f"INSERT INTO {db.database}.orders VALUES ({{0}}, '2026-01-02', 1)"
    )
    case = len(ENGINES) * (2 * sent + for_good) + list(ENGINES).index(
        request.node.callspec.params["orders"]
    )
    offset = case * STEP // (4 * len(ENGINES))
    for turn, at in enumerate(range(offset, MOST + STEP, STEP)):
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
        desired = orders(order_by_fields=["id"] if turn % 2 == 0 else ["id", "day"])
    else:
        pytest.fail(f"a rebuild sends more than {MOST} statements")


def test_a_rebuild_goes_on_where_it_stopped(db, orders):
    """What was copied is not copied again."""
    desired = orders(order_by_fields=["id", "day"])
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=False, for_good=True
    )

    broken_run(db, desired, breaking)
    plan_result = db.plan_result(desired)
    db.writes()
    outcome = db.reconcile(desired)

    assert "a rebuild was interrupted" in plan_result.plan.notes[-1]
    assert not any(statement.startswith("INSERT INTO `trash") for statement in db.writes())
    assert outcome.results[0].error == ""


def test_code_that_went_back_undoes_what_was_begun(db, orders):
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=False, for_good=True
    )
    broken_run(db, orders(order_by_fields=["id", "day"]), breaking)

    outcome = db.reconcile(orders(order_by_fields=["id"]))

    assert outcome.settled == (
        f"{db.table('orders')}: an interrupted rebuild was undone; the table is as it was.",
    )
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300
    assert db.plan(orders(order_by_fields=["id"])) == {}


def test_an_exchange_without_an_answer_is_finished_before_anything_else(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=True, for_good=True
    )
    broken_run(db, desired, breaking)

    outcome = db.reconcile(desired)

    assert outcome.settled == (f"{db.table('orders')}: an interrupted rebuild was finished.",)
    assert outcome.results == ()


def test_a_table_protected_meanwhile_is_not_rebuilt(db, orders):
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=False, for_good=True
    )
    broken_run(db, orders(order_by_fields=["id", "day"]), breaking)

    outcome = db.reconcile(orders(order_by_fields=["id", "day"], life_cycle=DP))

    assert outcome.results == ()
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300


def _first(db, orders, word):
    """Return the number of the first statement of a rebuild that begins with *word*."""
    counting = Breaking(db.clickhouse.connected, 10_000, sent=True, for_good=False)
    reconcile(db.project(orders(order_by_fields=["id", "day"])), counting, Options(**db.options))
    db.reconcile(orders(order_by_fields=["id"]))
    return next(number for number, text in enumerate(counting.writes) if text.startswith(word))


def test_what_a_rebuild_has_set_for_its_own_time_is_no_difference(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=False, for_good=True
    )
    broken_run(db, desired, breaking)

    assert db.plan(desired) == {"ORDER BY": "APPLY"}
    assert db.plan(orders(order_by_fields=["id"])) == {}


def test_an_interrupted_rebuild_can_be_given_up(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=False, for_good=True
    )
    broken_run(db, desired, breaking)
    project, options = db.project(desired), Options(**db.options)
    name = db.table("orders")

    assert interrupted_rebuilds(project, db.clickhouse, options) == (
        f"{name}, 300 rows copied so far",
    )
    assert abort(project, db.clickhouse, options, tables=[db.table("other")]) == Aborted()
    aborted = abort(project, db.clickhouse, options)

    assert aborted == Aborted(undone=(f"{name}: the rebuild was undone; the table is as it was.",))
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300
    assert db.plan(orders(order_by_fields=["id"])) == {}
    assert abort(project, db.clickhouse, options) == Aborted()


def test_a_rebuild_whose_table_has_taken_its_place_is_not_given_up(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=True, for_good=True
    )
    broken_run(db, desired, breaking)

    aborted = abort(db.project(desired), db.clickhouse, Options(**db.options))

    assert aborted.undone == ()
    assert "has taken its place already; the next reconcile ends the rebuild" in aborted.refused[0]
    db.reconcile(desired)
    assert db.value("SELECT count() FROM shop.orders") == 300


def test_nothing_is_given_up_while_a_reconcile_is_at_work(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    breaking = Breaking(
        db.clickhouse.connected, _first(db, orders, "EXCHANGE"), sent=False, for_good=True
    )
    broken_run(db, desired, breaking)
    lock = TableId(db.options["ledger_database"], "lock__tests")

    with locked(db.clickhouse, lock, "run-7", wait=5), pytest.raises(LockHeld, match="run-7"):
        abort(db.project(desired), db.clickhouse, Options(**db.options, wait_for_lock=0))


def test_how_far_the_copy_has_come_is_told(db, orders):
    progress = []

    reconcile(
        db.project(orders(order_by_fields=["id", "day"])),
        db.clickhouse,
        Options(**db.options),
        copied=lambda *so_far: progress.append(so_far),
    )

    assert progress[-1] == (db.table("orders"), 300, 300)


def test_a_rebuild_that_was_killed_at_its_last_statement_counts_as_finished(db):
    db.reconcile(declared("orders", COLUMNS))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    desired = declared("orders", COLUMNS, order_by_fields=["day"])
    broken_run(
        db,
        desired,
        Breaking(db.clickhouse.connected, MOST, sent=True, for_good=True, word="RENAME TABLE"),
    )

    outcome = db.reconcile(desired, adopt=False)

    assert outcome.settled == (f"{db.table('orders')}: an interrupted rebuild was finished.",)
    ledger, trash = db.options["ledger_database"], db.options["trash_database"]
    known = db.value(f"SELECT uuid FROM {ledger}.resources FINAL WHERE name = 'orders'")
    assert known == db.value(
        f"SELECT toString(uuid) FROM system.tables WHERE database = '{db.database}'"
    )
    assert db.rows(f"SELECT total_rows FROM system.tables WHERE database = '{trash}'") == [(300,)]


@pytest.mark.parametrize("sent", [False, True], ids=["before the exchange", "after it"])
def test_nothing_is_written_to_a_table_that_is_external_meanwhile(db, sent):
    db.reconcile(declared("orders", COLUMNS))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    key = {"order_by_fields": ["day"]}
    breaking = Breaking(db.clickhouse.connected, MOST, sent=sent, for_good=True, word="EXCHANGE")
    broken_run(db, declared("orders", COLUMNS, **key), breaking)
    db.writes()

    outcome = reconcile(
        db.project(declared("orders", COLUMNS, EM, **key)), db.clickhouse, Options(**db.options)
    )

    assert "Declare it FULLY_MANAGED for one more run" in outcome.unfinished[0]
    assert [text for text in db.writes() if "orders" in text] == []
    db.reconcile(declared("orders", COLUMNS, **key))
    assert leftovers(db) == []
    assert db.value("SELECT count() FROM shop.orders") == 300


def test_a_copy_that_is_too_large_to_be_dropped_by_mistake_is_dropped(db, clickhouse_url):
    db.reconcile(declared("orders", COLUMNS))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    desired = declared("orders", COLUMNS, order_by_fields=["day"])
    broken_run(
        db,
        desired,
        Breaking(db.clickhouse.connected, MOST, sent=False, for_good=True, word="EXCHANGE"),
    )

    with connect(
        ClickHouseAddress.from_url(f"{clickhouse_url}?max_table_size_to_drop=1")
    ) as careful:
        aborted = abort(db.project(desired), careful, Options(**db.options))

    assert aborted.refused == ()
    assert leftovers(db) == []


def test_nothing_is_restored_to_a_table_whose_rebuild_has_not_ended(db):
    """64: what was written until the exchange is still to be caught up with."""
    db.reconcile(declared("orders", COLUMNS))
    db.reconcile(declared("orders", COLUMNS, order_by_fields=["v"]))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")
    desired = declared("orders", COLUMNS, order_by_fields=["day"])
    broken_run(
        db,
        desired,
        Breaking(db.clickhouse.connected, MOST, sent=True, for_good=True, word="EXCHANGE"),
    )
    table = str(db.table("orders"))

    with pytest.raises(TrashError, match="a rebuild was interrupted; end it with a reconcile"):
        restore(db.project(desired), db.clickhouse, table, Options(**db.options))

    db.reconcile(desired)
    restore(db.project(desired), db.clickhouse, table, Options(**db.options))
    assert db.value("SELECT count() FROM shop.orders") == 300


class UpdatedThenGone(Breaking):
    """A row is updated right before the exchange, and the run ends at the last RENAME."""

    def __init__(self, db):
        super().__init__(
            db.clickhouse.connected, MOST * 10, sent=True, for_good=True, word="RENAME"
        )
        self.db = db

    def write(self, statement, send):
        if statement.startswith("EXCHANGE"):
            self.db.raw(
                "ALTER TABLE shop.orders UPDATE v = 7 WHERE id = 5 SETTINGS mutations_sync = 1"
            )
        super().write(statement, send)


def test_what_a_killed_run_owed_is_said_by_the_next_plan_and_run(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    broken_run(db, desired, UpdatedThenGone(db))
    time.sleep(0.6)

    (note,) = db.plan_result(desired).plan.notes
    outcome = reconcile(db.project(desired), db.clickhouse, Options(**db.options, wait_for_lock=9))

    assert "What it leaves: rows were updated or deleted while the table was replaced" in note
    (message,) = outcome.unfinished
    assert "was finished, but rows were updated or deleted" in message
    assert db.plan_result(desired).plan.notes == ()


def test_a_plan_says_that_an_interrupted_rebuild_may_have_stopped_merges(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    gone = Breaking(
        db.clickhouse.connected, MOST, sent=False, for_good=True, word="INSERT INTO `trash"
    )
    broken_run(db, desired, gone)

    (note,) = db.plan_result(desired).plan.notes

    assert "merges of the table may be stopped, and UPDATE and DELETE wait" in note
    assert f"SYSTEM START MERGES `{db.database}`.`orders`" in note


def test_no_staging_table_is_forgotten_however_often_a_rebuild_is_interrupted(db, orders):
    desired = orders(order_by_fields=["id", "day"])
    for word in ("INSERT INTO `trash", "DROP TABLE IF EXISTS `trash"):
        gone = Breaking(db.clickhouse.connected, MOST, sent=False, for_good=True, word=word)
        broken_run(db, desired, gone)
        time.sleep(0.6)
    assert len([name for name in leftovers(db) if name.startswith("stage__")]) == 2

    db.reconcile(desired, wait_for_lock=9)

    assert leftovers(db) == []
