"""What was dropped or changed comes back whole: rows, schema and the order of columns."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from scenarios.database import DP, EM, declared

from moose_dagster import LogEngine, MemoryEngine, Options, Project, View, ViewConfig
from moose_dagster.errors import ServerError, TrashError
from moose_dagster.reconciliation import purge, read_trash, restore
from moose_dagster.state.names import TableId

A_MOMENT = 1e-6  # days, a tenth of a second
SECONDS = 24 * 3600
THREE = "VALUES (1, 'x', 10), (2, 'y', 20), (3, 'z', 30)"


@pytest.fixture
def orders(db):
    """A live table of this project with three rows."""
    db.reconcile(declared("orders", "id Int64; note String; amount Int32"))
    db.raw(f"INSERT INTO shop.orders {THREE}")
    return db


def trash(db):
    return read_trash(db.clickhouse, db.options["ledger_database"], "tests")


def bring_back(db, desired, **arguments):
    return restore(db.project(), db.clickhouse, desired, Options(**db.options), **arguments)


def columns(db, table="orders"):
    return [row[0] for row in db.rows(f"DESCRIBE TABLE shop.{table}")]


def everything(db, table="orders"):
    return db.rows(f"SELECT * FROM shop.{table} ORDER BY id")


ROWS = [(1, "x", 10), (2, "y", 20), (3, "z", 30)]


def test_a_dropped_table_is_listed_and_comes_back(orders):
    orders.reconcile(declared("other", "id Int64"), prune=True)

    (entry,) = trash(orders)
    assert (str(entry.what.origin), entry.what.cause.value, entry.rows) == (
        str(orders.table("orders")),
        "dropped",
        3,
    )
    assert entry.bytes > 0
    assert entry.expires_at - entry.kept_at == timedelta(days=7)
    assert "would disappear with its rows" in entry.what.reason

    restored = bring_back(orders, str(orders.table("orders")))

    assert (restored.name, restored.replaced) == (orders.table("orders"), False)
    assert everything(orders) == ROWS
    assert list(trash(orders)) == []


def test_a_dropped_column_comes_back_in_its_place_and_what_stood_there_is_kept(orders):
    orders.reconcile(declared("orders", "id Int64; amount Int32"))
    orders.raw("INSERT INTO shop.orders VALUES (4, 40)")

    restored = bring_back(orders, str(orders.table("orders")))

    assert restored.replaced
    assert columns(orders) == ["id", "note", "amount"]
    assert everything(orders) == ROWS
    (given_way,) = trash(orders)
    assert (given_way.what.cause.value, given_way.rows) == ("replaced", 4)
    # And back again: nothing is lost by a restore either.
    bring_back(orders, given_way.what.name.name)
    assert everything(orders) == [(1, 10), (2, 20), (3, 30), (4, 40)]


def test_lossy_values_come_back(orders):
    orders.raw("INSERT INTO shop.orders VALUES (4, 'w', 300)")
    orders.reconcile(declared("orders", "id Int64; note String; amount Int8"))
    assert orders.value("SELECT amount FROM shop.orders WHERE id = 4") == 44

    bring_back(orders, str(orders.table("orders")))

    assert orders.value("SELECT amount FROM shop.orders WHERE id = 4") == 300


def test_a_rebuilt_table_comes_back_as_it_was(orders):
    orders.reconcile(
        declared("orders", "id Int64; note String; amount Int32", order_by_fields=["note"])
    )

    bring_back(orders, str(orders.table("orders")))

    assert (
        orders.value(
            (
                "SELECT sorting_key FROM system.tables WHERE name = 'orders' AND database = 'shop.'"
            ).replace("shop.", orders.database)
        )
        == "id"
    )
    assert everything(orders) == ROWS


def test_under_another_name_nothing_is_replaced(orders):
    orders.reconcile(declared("orders", "id Int64; amount Int32"))

    restored = bring_back(
        orders, str(orders.table("orders")), name=TableId(orders.database, "orders_before")
    )

    assert not restored.replaced
    assert columns(orders, "orders_before") == ["id", "note", "amount"]
    assert columns(orders) == ["id", "amount"]


def test_a_taken_name_is_refused_before_anything_is_sent(orders):
    orders.reconcile(declared("orders", "id Int64; amount Int32"))
    before = len(trash(orders))

    with pytest.raises(TrashError, match="exists already"):
        bring_back(orders, str(orders.table("orders")), name=orders.table("orders"))

    assert len(trash(orders)) == before


@pytest.mark.parametrize("away", ["as a table", "as a view"])
def test_nothing_is_restored_to_what_the_code_leaves_to_others(orders, away):
    orders.reconcile(declared("orders", "id Int64; amount Int32"))
    theirs = {
        "as a table": declared("orders", "id Int64; amount Int32", EM),
        "as a view": View("orders", "SELECT 1 AS id", [], config=ViewConfig(life_cycle=EM)),
    }
    project = Project("tests", [theirs[away]], database=orders.database)
    orders.writes()

    with pytest.raises(
        TrashError, match="is EXTERNALLY_MANAGED and never written; restore it under another name"
    ):
        restore(project, orders.clickhouse, str(orders.table("orders")), Options(**orders.options))

    assert not [
        statement for statement in orders.writes() if f"{orders.database}`.`orders`" in statement
    ]
    restore(
        project,
        orders.clickhouse,
        str(orders.table("orders")),
        Options(**orders.options),
        name=TableId(orders.database, "orders_before"),
    )
    assert everything(orders, "orders_before") == ROWS


def test_what_can_not_be_replaced_stays_and_the_entry_is_still_what_it_was(orders):
    orders.reconcile(prune=True)
    before = list(trash(orders))
    orders.raw("CREATE TABLE shop.source (id Int64) ENGINE = MergeTree ORDER BY id")
    view = "MATERIALIZED VIEW shop.orders ENGINE = MergeTree ORDER BY id"
    orders.raw(f"CREATE {view} AS SELECT id FROM {orders.database}.source")

    with pytest.raises(ServerError, match="MaterializedView"):
        bring_back(orders, str(orders.table("orders")))

    (after,) = trash(orders)
    assert (after.what, after.expires_at) == (before[0].what, before[0].expires_at)


def test_what_is_not_there_is_said_with_what_is(orders):
    orders.reconcile(prune=True)

    with pytest.raises(
        TrashError, match=rf"nope: no such table in the trash, which holds {orders.database}.orders"
    ):
        bring_back(orders, "nope")


def test_only_what_has_expired_is_purged(orders):
    orders.reconcile(declared("orders", "id Int64; note String"), trash_days=A_MOMENT)
    orders.reconcile(declared("orders", "id Int64"))
    time.sleep(A_MOMENT * SECONDS)

    (gone,) = purge(orders.project(), orders.clickhouse, Options(**orders.options))

    assert "amount" in gone.what.reason
    (left,) = trash(orders)
    assert "note" in left.what.reason
    assert list(purge(orders.project(), orders.clickhouse, Options(**orders.options))) == []


def test_named_entries_are_purged_at_once(orders):
    orders.reconcile(prune=True)
    (entry,) = trash(orders)

    with pytest.raises(TrashError, match="nothing was removed"):
        purge(
            orders.project(),
            orders.clickhouse,
            Options(**orders.options),
            names=[entry.what.name.name, "nope"],
        )
    assert len(trash(orders)) == 1

    purge(
        orders.project(),
        orders.clickhouse,
        Options(**orders.options),
        names=[entry.what.name.name],
    )
    assert list(trash(orders)) == []


def test_no_days_keep_nothing_once_the_run_has_ended_well(orders):
    orders.reconcile(declared("orders", "id Int64; note String"), trash_days=0)

    assert list(trash(orders)) == []
    assert orders.trashed() == []


def test_another_project_sees_and_purges_only_its_own(orders):
    orders.reconcile(prune=True, trash_days=A_MOMENT)
    time.sleep(A_MOMENT * SECONDS)

    assert (
        list(purge(orders.project(name="others"), orders.clickhouse, Options(**orders.options)))
        == []
    )
    assert list(read_trash(orders.clickhouse, orders.options["ledger_database"], "others")) == []
    assert len(trash(orders)) == 1


def test_a_restore_is_in_the_history(orders):
    orders.reconcile(prune=True)
    bring_back(orders, str(orders.table("orders")))

    statements = orders.rows(
        f"SELECT statement FROM {orders.options['ledger_database']}.history ORDER BY "
        "sent_at DESC LIMIT 1"
    )
    assert statements[0][0].startswith("RENAME TABLE ")


@pytest.mark.parametrize("engine", [MemoryEngine(), LogEngine()], ids=["Memory", "Log"])
def test_tables_without_parts_come_back_too(db, engine):
    db.reconcile(declared("orders", "id Int64; note String", engine=engine, order_by_fields=[]))
    db.raw("INSERT INTO shop.orders VALUES (1, 'x')")
    db.reconcile(declared("orders", "id Int64", engine=engine, order_by_fields=[]))

    bring_back(db, str(db.table("orders")))

    assert db.rows("SELECT * FROM shop.orders") == [(1, "x")]


def test_a_protected_table_never_gets_there(orders):
    orders.reconcile(declared("orders", "id Int64", DP))

    assert list(trash(orders)) == []


@pytest.mark.parametrize("days", [-1, -1e-9, float("nan"), float("inf"), 36_501])
def test_days_that_no_calendar_holds_are_refused_up_front(days):
    with pytest.raises(
        ValueError, match=rf"trash_days is {days}; give 0 \(keep nothing\) to 36500 days"
    ):
        Options(trash_days=days)


def test_a_hundred_years_fit_into_the_ledger(orders):
    orders.reconcile(prune=True, trash_days=36_500)

    (entry,) = trash(orders)
    assert entry.expires_at - entry.kept_at == timedelta(days=36_500)


@pytest.mark.parametrize("first", ["restore", "purge"])
def test_restore_and_purge_of_one_entry_at_once_lose_no_row_that_is_not_purged(orders, first):
    orders.reconcile(declared("orders", "id Int64; amount Int32"))
    (entry,) = trash(orders)
    name = entry.what.name.name

    def act(what):
        options = Options(**orders.options, wait_for_lock=20)
        time.sleep(0 if what == first else 0.05)
        with orders.clickhouse.connected.another() as connected, suppress(TrashError):
            if what == "restore":
                restore(orders.project(), connected, name, options)
            else:
                purge(orders.project(), connected, options, names=[name])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, ["restore", "purge"]))

    left = trash(orders)
    if columns(orders) == ["id", "note", "amount"]:
        assert everything(orders) == ROWS
        assert [each.rows for each in left] == [3]
        assert left[0].what.name != entry.what.name
    else:
        assert everything(orders) == [(1, 10), (2, 20), (3, 30)]
        assert left == []


def test_a_drop_that_arrives_after_the_restore_finds_nothing(orders):
    orders.reconcile(declared("orders", "id Int64; amount Int32"))
    (entry,) = trash(orders)
    bring_back(orders, entry.what.name.name)

    orders.raw(f"DROP TABLE IF EXISTS {entry.what.name} SYNC")

    assert everything(orders) == ROWS
    assert [each.rows for each in trash(orders)] == [3]
