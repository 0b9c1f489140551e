"""Statements of a run that was killed hold up the next one until they have ended."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from moose_dagster.errors import LockHeld, ServerError
from moose_dagster.ledger.writer import Ledger
from moose_dagster.live.data_parts import running_statements
from moose_dagster.reconciliation.lock import comment_of, project_lock, wait_for_statements
from moose_dagster.reconciliation.results import Options


def test_every_statement_names_its_project():
    assert comment_of("shop") == "moose_dagster shop"


def test_nothing_is_waited_for_where_nothing_is_running(db):
    wait_for_statements(db.clickhouse, db.suffix, Options(wait_for_lock=0))


def test_a_statement_that_is_still_running_is_waited_for_and_named(db):
    comment = comment_of(db.suffix)

    def work():
        with db.clickhouse.connected.another() as connection:
            connection.command(
                "SELECT sleepEachRow(0.5) FROM numbers(4) FORMAT Null", {"log_comment": comment}
            )

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not running_statements(db.clickhouse, comment):
            time.sleep(0.05)
        with pytest.raises(LockHeld, match="still running") as refused:
            wait_for_statements(db.clickhouse, db.suffix, Options(wait_for_lock=0))
        wait_for_statements(db.clickhouse, db.suffix, Options(wait_for_lock=60))

    assert comment in str(refused.value)
    assert working.done()


def test_what_an_interrupted_run_still_copies_is_cancelled_and_nothing_else(db):
    trash, mine, other = db.options["trash_database"], comment_of(db.suffix), comment_of("another")
    db.clickhouse.command(f"CREATE DATABASE {trash}")
    started = dict[str, Future[None]]()

    def copy(table: str, comment: str) -> None:
        with db.clickhouse.connected.another() as connection:
            connection.command(
                f"INSERT INTO `{trash}`.`{table}` SELECT sleepEachRow(0.05) FROM numbers(60) "
                "SETTINGS max_block_size = 1",
                {"log_comment": comment},
            )

    with ThreadPoolExecutor(2) as pool:
        for table, comment in (("staging__1__a", mine), ("staging__1__b", other)):
            db.clickhouse.command(
                f"CREATE TABLE {trash}.{table} (x UInt8) ENGINE = MergeTree ORDER BY ()"
            )
            started[table] = pool.submit(copy, table, comment)
            while not running_statements(db.clickhouse, comment):
                time.sleep(0.05)
        wait_for_statements(
            db.clickhouse, db.suffix, Options(trash_database=trash, wait_for_lock=2)
        )
        still_copied = running_statements(db.clickhouse, other)

    assert still_copied == 1
    with pytest.raises(ServerError, match="cancelled"):
        started["staging__1__a"].result()
    started["staging__1__b"].result()


def test_one_run_holds_the_lock_of_a_project_at_a_time(db):
    database = db.options["ledger_database"]
    ledgers = [Ledger(db.clickhouse, database, "shop", run) for run in ("first", "second")]
    ledgers[0].prepare()

    at_once = Options(wait_for_lock=0)
    with project_lock(ledgers[0], at_once):
        with pytest.raises(LockHeld, match="first"), project_lock(ledgers[1], at_once):
            pass
        with project_lock(Ledger(db.clickhouse, database, "another", "third"), at_once):
            pass
