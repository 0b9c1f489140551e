"""A change that loses something is made on a clone, so that no value of others goes with it."""

from contextlib import suppress

import pytest
from connections import Breaking
from scenarios.database import Recording, declared

from moose_dagster import Options, reconcile
from moose_dagster.errors import MooseDagsterError

COLUMNS = "id Int64; note String"
WITHOUT = "id Int64"
DROP = "DROP COLUMN `note`"


class Between(Recording):
    """A connection on which something happens right before the first statement with *word*."""

    def __init__(self, db, word, happens):
        super().__init__(db.clickhouse.connected)
        self.word = word
        self.happens = happens

    def write(self, statement, send):
        if self.word in statement:
            happens = self.happens
            self.happens = lambda: None
            happens()
        super().write(statement, send)


@pytest.fixture
def orders(db):
    db.reconcile(declared("orders", COLUMNS))
    db.raw("INSERT INTO shop.orders SELECT number, 'old' FROM numbers(100)")


def reconciled(db, clickhouse):
    return reconcile(
        db.project(declared("orders", WITHOUT)), clickhouse, Options(**db.options, adopt=True)
    )


def in_trash(db, condition):
    trash = db.options["trash_database"]
    names = db.rows(f"SELECT name FROM system.tables WHERE database = '{trash}'")
    return [
        db.value(f"SELECT countIf({condition}) FROM {trash}.`{name}`")
        for (name,) in names
        if name.startswith(f"{db.database}__orders__")
    ]


@pytest.mark.parametrize("word", [DROP, "EXCHANGE", "ATTACH PARTITION"])
def test_what_is_written_while_a_column_is_dropped_is_in_the_trash(db, orders, word):
    write = "INSERT INTO shop.orders VALUES (5000, 'acknowledged')"

    outcome = reconciled(db, Between(db, word, lambda: db.raw(write)))

    assert outcome.failures == ()
    assert db.value("SELECT count() FROM shop.orders WHERE id = 5000") == 1
    assert db.value("SELECT count() FROM shop.orders") == 101
    assert in_trash(db, "note = 'acknowledged'") == [1]
    assert db.plan(declared("orders", WITHOUT)) == {}


SWAPS = {
    "exchanged": ["EXCHANGE TABLES shop.orders AND shop.fresh"],
    "renamed": ["RENAME TABLE shop.orders TO shop.was, shop.fresh TO shop.orders"],
    "dropped": ["DROP TABLE shop.orders SYNC", "RENAME TABLE shop.fresh TO shop.orders"],
}


@pytest.mark.parametrize("word", [DROP, "EXCHANGE"])
@pytest.mark.parametrize("statements", SWAPS.values(), ids=SWAPS)
def test_another_table_that_takes_the_name_meanwhile_loses_nothing(db, orders, statements, word):
    db.raw("CREATE TABLE shop.fresh (id Int64, note String) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.fresh SELECT number, 'theirs' FROM numbers(300)")

    outcome = reconciled(db, Between(db, word, lambda: [*map(db.raw, statements)]))

    (failure,) = outcome.failures
    assert "another table took the name" in failure.error
    assert db.value("SELECT countIf(note = 'theirs') FROM shop.orders") == 300


@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "no answer"])
def test_a_change_on_a_clone_that_breaks_is_ended_by_the_next_run(db, orders, sent):
    gone = Breaking(db.clickhouse.connected, 1000, sent=sent, for_good=True, word="EXCHANGE")
    with suppress(MooseDagsterError):  # how it ended is the next run's to say
        reconcile(
            db.project(declared("orders", WITHOUT)),
            gone,
            Options(**db.options, adopt=True, lock_lease=0.5),
        )

    outcome = reconcile(
        db.project(declared("orders", WITHOUT)),
        db.clickhouse,
        Options(**db.options, adopt=True, wait_for_lock=9),
    )

    assert outcome.failures == ()
    assert db.value("SELECT count() FROM shop.orders") == 100
    assert in_trash(db, "note = 'old'") == [100]
    assert db.plan(declared("orders", WITHOUT)) == {}


@pytest.mark.parametrize("word", ["CREATE TABLE {}.`staging__", "SYSTEM STOP MERGES {}.`staging__"])
@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "no answer"])
def test_a_run_that_breaks_while_it_makes_the_table_for_late_rows_is_ended(db, orders, word, sent):
    trash = db.options["trash_database"]
    begins = word.format(f"`{trash}`")
    gone = Breaking(db.clickhouse.connected, 1000, sent=sent, for_good=True, word=begins)
    project = db.project(declared("orders", WITHOUT))
    with suppress(MooseDagsterError):  # how it ended is the next run's to say
        reconcile(project, gone, Options(**db.options, adopt=True, lock_lease=0.5))
    former = f"SELECT name FROM system.tables WHERE database = '{trash}' AND name LIKE 'former%'"
    db.raw(f"INSERT INTO {trash}.`{db.value(former)}` VALUES (5000, 'late')")

    outcome = reconcile(project, db.clickhouse, Options(**db.options, adopt=True, wait_for_lock=9))

    assert outcome.failures == ()
    assert db.value("SELECT count() FROM shop.orders WHERE id = 5000") == 1
    assert in_trash(db, "note = 'late'") == [1]
