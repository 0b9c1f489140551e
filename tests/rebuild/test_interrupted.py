"""A rebuild whose connection breaks at any statement: the next run ends it, and every row is there once."""

import os

import pytest
from rebuild.conftest import Breaking, Writer
from scenarios.house import DP, declared

from moose_dagster import Options, ReplacingMergeTreeEngine, SummingMergeTreeEngine, reconcile
from moose_dagster.errors import MooseDagsterError

COLUMNS = "id Int64; day Date; v Int64"
SOURCE = "SELECT number AS id, toDate('2026-01-01') + number % 3 AS day, number + 1 AS v FROM numbers(300)"
MOST = 100
# Every statement is broken at in `make soak`; here every so manieth, another one in each case.
STEP = int(os.environ.get("MOOSE_BREAK_STEP", "9"))
ENGINES = {"MergeTree": None, "Replacing": ReplacingMergeTreeEngine(), "Summing": SummingMergeTreeEngine(columns=["v"])}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def orders(request, house):
    """A function that declares the table, which is live with 300 rows in three partitions."""

    def declare(**config):
        return declared("orders", COLUMNS, engine=request.param, partition_by="day", **config)

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


@pytest.mark.parametrize("for_good", [False, True], ids=["a blip", "gone"])
@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "no answer"])
def test_the_next_run_converges_wherever_it_broke(request, house, orders, sent, for_good):
    """64, 65: killed between any two statements."""
    wanted = orders(order_by_fields=["id", "day"])
    writer = Writer(house.clickhouse.connected, f"INSERT INTO {house.database}.orders VALUES ({{0}}, '2026-01-02', 1)")
    offset = (len(ENGINES) * (2 * sent + for_good) + list(ENGINES).index(request.node.callspec.id.split("-")[0])) % STEP
    for turn, at in enumerate(range(offset, MOST, STEP)):
        breaking = Breaking(house.clickhouse.connected, at, sent, for_good)
        with writer.writing(1000 * (at + 1)):
            broken_run(house, wanted, breaking)
            house.reconcile(wanted)
        ids = [row[0] for row in house.rows("SELECT id FROM shop.orders ORDER BY id")]
        assert ids == [*range(300), *writer.acknowledged], (at, breaking.statements[-1])
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
    return next(number for number, text in enumerate(counting.statements) if text.startswith(word))
