"""A stuck type change is reverted, checked and reported."""

import pytest
from scenarios.database import DP, EM, declared

from moose_dagster import Options, reconcile
from moose_dagster.errors import ServerError


@pytest.fixture
def in_place(db):
    """A database whose tables can't be exchanged, so that each is altered itself."""
    db.raw(f"DROP DATABASE {db.database}")
    db.clickhouse.connected.command(
        f"CREATE DATABASE {db.database} ENGINE = Ordinary",
        {"allow_deprecated_database_ordinary": 1},
    )
    return db


HALF_APPLIED = [
    # live column, a value, one that can't be converted, declared column
    ("n String", "'5'", "'five'", "n Int64"),
    ("n String DEFAULT 'a'", "'5'", "'five'", "n Int64 DEFAULT 7"),
    ("n Decimal(18, 4)", "1", "12345678901234", "n Decimal(9, 2)"),
    ("n Nullable(String)", "'5'", "'five'", "n Int64"),
    ("n DateTime64(3)", "now()", "'2299-12-31 00:00:00'", "n DateTime64(9)"),
]


class Racing:
    """A connection on which somebody writes *rows* just before the type of `n` is changed."""

    def __init__(self, db, type_, rows):
        self.db = db
        self.words = f"MODIFY COLUMN `n` {type_}"
        self.rows = rows
        self.command = db.clickhouse.command
        db.clickhouse.command = self.send

    def send(self, sql, settings=None):
        if self.words in sql and self.rows:
            self.db.raw(f"INSERT INTO shop.orders {self.rows}")
            self.rows = ""
        self.command(sql, settings)


def failure_of(db, table):
    outcome = reconcile(db.project(table), db.clickhouse, Options(**db.options))
    (failure,) = outcome.failures
    return failure


@pytest.mark.parametrize("row", HALF_APPLIED, ids=[f"{row[0]} -> {row[3]}" for row in HALF_APPLIED])
def test_a_stuck_type_change_is_reverted_and_read(in_place, row):
    db = in_place
    live, good, bad, desired = row
    db.live(f"orders (id Int64, {live}) ENGINE = MergeTree ORDER BY id", f"VALUES (1, {good})")
    table = db.declared_column("orders", desired, DP)
    db.raw(f"INSERT INTO shop.orders VALUES (3, {good})")
    before = db.rows("DESCRIBE TABLE shop.orders")

    Racing(db, desired.split()[1], f"VALUES (2, {bad})")

    result = failure_of(db, table)

    assert result.code is not None
    assert "The type change got stuck at n " in result.error
    assert (
        f"it was reverted to n {live.split(' DEFAULT')[0].removeprefix('n ')}, reading gave 3 rows"
        in result.error
    )
    assert "no mutation is left" in result.error
    assert db.rows("DESCRIBE TABLE shop.orders") == before
    assert (
        db.value(f"SELECT count() FROM shop.orders WHERE id = 2 AND n = CAST({bad}, toTypeName(n))")
        == 1
    )
    assert (
        db.value(
            f"SELECT count() FROM system.mutations WHERE database = '{db.database}' AND NOT is_done"
        )
        == 0
    )
    assert db.plan(table)["type n"] == "BLOCK"


def test_several_columns_of_one_alter_are_reverted_together(in_place):
    db = in_place
    db.live(
        "orders (id Int64, n String, m Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1, '5', 6)"
    )
    table = declared("orders", "id Int64; n Int64; m Int8", DP)

    Racing(db, "Int64", "VALUES (2, 'five', 300)")

    result = failure_of(db, table)

    assert "reverted to n String, m Int64, reading gave 2 rows" in result.error
    assert db.rows("SELECT * FROM shop.orders ORDER BY id") == [(1, "5", 6), (2, "five", 300)]


def test_where_reverting_fails_the_error_says_what_to_do_by_hand(in_place):
    db = in_place
    db.live("orders (id Int64, n String) ENGINE = MergeTree ORDER BY id", "VALUES (1, '5')")
    table = declared("orders", "id Int64; n Int64", DP)
    command = db.clickhouse.command

    def refusing(sql, settings=None):
        if "MODIFY COLUMN `n` String" in sql:
            raise ServerError("disk is full", 243)
        command(sql, settings)

    db.clickhouse.command = refusing

    Racing(db, "Int64", "VALUES (2, 'five')")

    result = failure_of(db, table)

    statement = f"ALTER TABLE `{db.database}`.`orders` MODIFY COLUMN `n` String"
    assert f"Reverting it failed (disk is full). By hand: {statement};" in result.error
    db.raw(statement)
    assert db.rows("SELECT n FROM shop.orders ORDER BY id") == [("5",), ("five",)]


def test_an_alter_that_was_refused_as_a_whole_says_nothing_of_that(in_place):
    db = in_place
    db.live("orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders VALUES (1, 5)")
    command = db.clickhouse.command

    def renamed_before(sql, settings=None):
        if "MODIFY COLUMN `n`" in sql:
            db.raw("ALTER TABLE shop.orders RENAME COLUMN n TO m")
        command(sql, settings)

    db.clickhouse.command = renamed_before

    failure = failure_of(db, declared("orders", "id Int64; n Int8", DP))

    assert "stuck" not in failure.error


@pytest.mark.parametrize("declared_type", ["Int64", "String"])
def test_a_plan_names_what_a_killed_run_left_stuck_and_the_next_run_reverts_it(db, declared_type):
    db.live(
        "orders (id Int64, n String) ENGINE = MergeTree ORDER BY id", "VALUES (1, '5'), (2, 'five')"
    )
    with pytest.raises(ServerError):
        db.raw("ALTER TABLE shop.orders MODIFY COLUMN n Int64 SETTINGS mutations_sync = 2")
    db.raw("INSERT INTO shop.orders VALUES (3, 7)")
    table = declared("orders", f"id Int64; n {declared_type}", DP)

    plan_result = db.plan_result(table)
    outcome = db.reconcile(table)

    message = "orders: a type change is stuck, and the table can't be read; its rows hold n String."
    assert [note for note in plan_result.plan.notes if message in note]
    assert [
        done
        for done in outcome.recovered
        if "was reverted to n String; reading gave 3 rows" in done
    ]
    assert db.rows("SELECT n FROM shop.orders ORDER BY id") == [("5",), ("five",), ("7",)]
    assert db.plan(table) == ({"type n": "BLOCK"} if declared_type == "Int64" else {})
    assert db.plan_result(table).plan.notes == ()


def test_an_external_table_that_is_stuck_is_left_alone(db):
    db.live("orders (id Int64, n String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'five')")
    with pytest.raises(ServerError):
        db.raw("ALTER TABLE shop.orders MODIFY COLUMN n Int64 SETTINGS mutations_sync = 2")

    db.reconcile(declared("orders", "id Int64; n Int64", EM))

    assert db.writes() == []
    db.raw("ALTER TABLE shop.orders MODIFY COLUMN n String")
