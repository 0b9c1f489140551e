"""A rebuild whose connection breaks at any statement: the next run ends it, and every row is there once."""

import os

import pytest
from rebuild.conftest import Breaking, Writer
from scenarios.house import DP, EM, declared

from moose_dagster import Options, ReplacingMergeTreeEngine, SummingMergeTreeEngine, reconcile
from moose_dagster.apply.lock import locked
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.errors import LockHeld, MooseDagsterError, TrashError
from moose_dagster.reconcile import Aborted, abort, interrupted_rebuilds, restore
from moose_dagster.state.tables import TableId

COLUMNS = "id Int64; day Date; v Int64"
SOURCE = "SELECT number AS id, toDate('2026-01-01') + number % 3 AS day, number + 1 AS v FROM numbers(300)"
MOST = 100
# Every statement is broken at in `make soak`; here every so manieth, another one in each case.
STEP = int(os.environ.get("MOOSE_BREAK_STEP", "90"))
ENGINES = {"MergeTree": None, "Replacing": ReplacingMergeTreeEngine(), "Summing": SummingMergeTreeEngine(columns=["v"])}


@pytest.fixture
def orders(request, house):
    """A function that declares the table (a MergeTree by default), live with 300 rows in three partitions."""
    engine = ENGINES[getattr(request, "param", "MergeTree")]

    def declare(**config):
        return declared("orders", COLUMNS, engine=engine, partition_by="day", **config)

    house.reconcile(declare(order_by_fields=["id"]))
    house.raw(f"INSERT INTO shop.orders {SOURCE}")
    return declare


def broken_run(house, table, breaking):
    """Reconcile over *breaking*; how it ends is told by the next run."""
    options = Options(**house.options, lock_lease=0.5)
    try:
        return reconcile(house.project(table), breaking, options)
    except MooseDagsterError as error:
        return error


def left_over(house):
    names = house.rows(f"SELECT name FROM system.tables WHERE database = '{house.options['trash_database']}'")
    return [name for (name,) in names if name.startswith(("rebuild__", "stage__"))]


@pytest.mark.parametrize("orders", ENGINES, indirect=True)
@pytest.mark.parametrize("for_good", [False, True], ids=["a blip", "gone"])
@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "no answer"])
def test_the_next_run_converges_wherever_it_broke(request, house, orders, sent, for_good):
    """64, 65: killed between any two statements."""
    wanted = orders(order_by_fields=["id", "day"])
    writer = Writer(house.clickhouse.connected, f"INSERT INTO {house.database}.orders VALUES ({{0}}, '2026-01-02', 1)")
    case = len(ENGINES) * (2 * sent + for_good) + list(ENGINES).index(request.node.callspec.params["orders"])
    offset = case * STEP // (4 * len(ENGINES))
    for turn, at in enumerate(range(offset, MOST + STEP, STEP)):
        breaking = Breaking(house.clickhouse.connected, at, sent=sent, for_good=for_good)
        with writer.writing(1000 * (at + 1)):
            broken_run(house, wanted, breaking)
            house.reconcile(wanted)
        ids = [row[0] for row in house.rows("SELECT id FROM shop.orders ORDER BY id")]
        assert ids == [*range(300), *writer.acknowledged], (at, breaking.writes[-1])
        assert left_over(house) == [], at
        assert house.plan(wanted) == {}
        if not breaking.broken:
            break
        # Back again, so that there is something to rebuild.
        wanted = orders(order_by_fields=["id"] if turn % 2 == 0 else ["id", "day"])
    else:
        pytest.fail(f"a rebuild sends more than {MOST} statements")


def test_a_rebuild_goes_on_where_it_stopped(house, orders):
    """What was copied is not copied again."""
    wanted = orders(order_by_fields=["id", "day"])
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=False, for_good=True)

    broken_run(house, wanted, breaking)
    survey = house.survey(wanted)
    house.writes()
    outcome = house.reconcile(wanted)

    assert "a rebuild was interrupted" in survey.plan.notes[-1]
    assert not any(statement.startswith("INSERT INTO `trash") for statement in house.writes())
    assert outcome.results[0].error == ""


def test_code_that_went_back_undoes_what_was_begun(house, orders):
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=False, for_good=True)
    broken_run(house, orders(order_by_fields=["id", "day"]), breaking)

    outcome = house.reconcile(orders(order_by_fields=["id"]))

    assert outcome.settled == (f"{house.table('orders')}: an interrupted rebuild was undone; the table is as it was.",)
    assert left_over(house) == []
    assert house.value("SELECT count() FROM shop.orders") == 300
    assert house.plan(orders(order_by_fields=["id"])) == {}


def test_an_exchange_without_an_answer_is_finished_before_anything_else(house, orders):
    wanted = orders(order_by_fields=["id", "day"])
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=True, for_good=True)
    broken_run(house, wanted, breaking)

    outcome = house.reconcile(wanted)

    assert outcome.settled == (f"{house.table('orders')}: an interrupted rebuild was finished.",)
    assert outcome.results == ()


def test_a_table_protected_meanwhile_is_not_rebuilt(house, orders):
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=False, for_good=True)
    broken_run(house, orders(order_by_fields=["id", "day"]), breaking)

    outcome = house.reconcile(orders(order_by_fields=["id", "day"], life_cycle=DP))

    assert outcome.results == ()
    assert left_over(house) == []
    assert house.value("SELECT count() FROM shop.orders") == 300


def _first(house, orders, word):
    """Return the number of the first statement that begins with *word* in a rebuild that nothing breaks."""
    counting = Breaking(house.clickhouse.connected, 10_000, sent=True, for_good=False)
    reconcile(house.project(orders(order_by_fields=["id", "day"])), counting, Options(**house.options))
    house.reconcile(orders(order_by_fields=["id"]))
    return next(number for number, text in enumerate(counting.writes) if text.startswith(word))


def test_what_a_rebuild_has_set_for_its_own_time_is_no_difference(house, orders):
    wanted = orders(order_by_fields=["id", "day"])
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=False, for_good=True)
    broken_run(house, wanted, breaking)

    assert house.plan(wanted) == {"ORDER BY": "APPLY"}
    assert house.plan(orders(order_by_fields=["id"])) == {}


def test_an_interrupted_rebuild_can_be_given_up(house, orders):
    wanted = orders(order_by_fields=["id", "day"])
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=False, for_good=True)
    broken_run(house, wanted, breaking)
    project, options = house.project(wanted), Options(**house.options)
    name = house.table("orders")

    assert interrupted_rebuilds(project, house.clickhouse, options) == (f"{name}, 300 rows copied so far",)
    assert abort(project, house.clickhouse, options, tables=[house.table("other")]) == Aborted()
    aborted = abort(project, house.clickhouse, options)

    assert aborted == Aborted(undone=(f"{name}: the rebuild was undone; the table is as it was.",))
    assert left_over(house) == []
    assert house.value("SELECT count() FROM shop.orders") == 300
    assert house.plan(orders(order_by_fields=["id"])) == {}
    assert abort(project, house.clickhouse, options) == Aborted()


def test_a_rebuild_whose_table_has_taken_its_place_is_not_given_up(house, orders):
    wanted = orders(order_by_fields=["id", "day"])
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=True, for_good=True)
    broken_run(house, wanted, breaking)

    aborted = abort(house.project(wanted), house.clickhouse, Options(**house.options))

    assert aborted.undone == ()
    assert "has taken its place already; the next reconcile ends the rebuild" in aborted.refused[0]
    house.reconcile(wanted)
    assert house.value("SELECT count() FROM shop.orders") == 300


def test_nothing_is_given_up_while_a_reconcile_is_at_work(house, orders):
    wanted = orders(order_by_fields=["id", "day"])
    breaking = Breaking(house.clickhouse.connected, _first(house, orders, "EXCHANGE"), sent=False, for_good=True)
    broken_run(house, wanted, breaking)
    lock = TableId(house.options["ledger_database"], "lock__tests")

    with locked(house.clickhouse, lock, "run-7", wait=5), pytest.raises(LockHeld, match="run-7"):
        abort(house.project(wanted), house.clickhouse, Options(**house.options, wait_for_lock=0))


def test_how_far_the_copy_has_come_is_told(house, orders):
    told = []

    reconcile(
        house.project(orders(order_by_fields=["id", "day"])),
        house.clickhouse,
        Options(**house.options),
        copied=lambda *so_far: told.append(so_far),
    )

    assert told[-1] == (house.table("orders"), 300, 300)


def test_a_rebuild_that_was_killed_at_its_last_statement_counts_as_finished(house):
    house.reconcile(declared("orders", COLUMNS))
    house.raw(f"INSERT INTO shop.orders {SOURCE}")
    wanted = declared("orders", COLUMNS, order_by_fields=["day"])
    broken_run(house, wanted, Breaking(house.clickhouse.connected, MOST, sent=True, for_good=True, word="RENAME TABLE"))

    outcome = house.reconcile(wanted, adopt=False)

    assert outcome.settled == (f"{house.table('orders')}: an interrupted rebuild was finished.",)
    ledger, trash = house.options["ledger_database"], house.options["trash_database"]
    known = house.value(f"SELECT uuid FROM {ledger}.resources FINAL WHERE name = 'orders'")
    assert known == house.value(f"SELECT toString(uuid) FROM system.tables WHERE database = '{house.database}'")
    assert house.rows(f"SELECT total_rows FROM system.tables WHERE database = '{trash}'") == [(300,)]


@pytest.mark.parametrize("sent", [False, True], ids=["before the exchange", "after it"])
def test_nothing_is_written_to_a_table_that_is_external_meanwhile(house, sent):
    house.reconcile(declared("orders", COLUMNS))
    house.raw(f"INSERT INTO shop.orders {SOURCE}")
    key = {"order_by_fields": ["day"]}
    breaking = Breaking(house.clickhouse.connected, MOST, sent=sent, for_good=True, word="EXCHANGE")
    broken_run(house, declared("orders", COLUMNS, **key), breaking)
    house.writes()

    outcome = reconcile(
        house.project(declared("orders", COLUMNS, EM, **key)), house.clickhouse, Options(**house.options)
    )

    assert "Declare it FULLY_MANAGED for one more run" in outcome.unfinished[0]
    assert [text for text in house.writes() if "orders" in text] == []
    house.reconcile(declared("orders", COLUMNS, **key))
    assert left_over(house) == []
    assert house.value("SELECT count() FROM shop.orders") == 300


def test_a_copy_that_is_too_large_to_be_dropped_by_mistake_is_dropped(house, clickhouse_url):
    house.reconcile(declared("orders", COLUMNS))
    house.raw(f"INSERT INTO shop.orders {SOURCE}")
    wanted = declared("orders", COLUMNS, order_by_fields=["day"])
    broken_run(house, wanted, Breaking(house.clickhouse.connected, MOST, sent=False, for_good=True, word="EXCHANGE"))

    with connect(ClickHouseAddress.from_url(f"{clickhouse_url}?max_table_size_to_drop=1")) as careful:
        aborted = abort(house.project(wanted), careful, Options(**house.options))

    assert aborted.refused == ()
    assert left_over(house) == []


def test_nothing_is_restored_to_a_table_whose_rebuild_has_not_ended(house):
    """64: what was written until the exchange is still to be caught up with."""
    house.reconcile(declared("orders", COLUMNS))
    house.reconcile(declared("orders", COLUMNS, order_by_fields=["v"]))
    house.raw(f"INSERT INTO shop.orders {SOURCE}")
    wanted = declared("orders", COLUMNS, order_by_fields=["day"])
    broken_run(house, wanted, Breaking(house.clickhouse.connected, MOST, sent=True, for_good=True, word="EXCHANGE"))
    table = str(house.table("orders"))

    with pytest.raises(TrashError, match="a rebuild was interrupted; end it with a reconcile"):
        restore(house.project(wanted), house.clickhouse, table, Options(**house.options))

    house.reconcile(wanted)
    restore(house.project(wanted), house.clickhouse, table, Options(**house.options))
    assert house.value("SELECT count() FROM shop.orders") == 300
