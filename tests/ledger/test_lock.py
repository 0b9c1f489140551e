"""One holder at a time, on the real engine."""

import json
import threading
import time
from contextlib import ExitStack

import pytest
from scenarios.database import Recording

from moose_dagster.errors import LockHeld, LockLost, ServerError
from moose_dagster.ledger.lock import locked
from moose_dagster.state.names import TableId


class Late(Recording):
    """A connection that runs something else between the first answer and its use."""

    def __init__(self, connected, happens):
        super().__init__(connected)
        self.happens = happens

    def query(self, sql, parameters=None):
        rows = super().query(sql, parameters)
        happens = self.happens
        self.happens = lambda: None
        happens()
        return rows


@pytest.fixture
def table(db):
    return TableId(db.database, "lock__tests")


def test_a_second_reconcile_is_told_who_holds_the_lock(db, table):
    with (
        locked(db.clickhouse, table, "first"),
        pytest.raises(LockHeld, match="run first"),
        locked(db.clickhouse, table, "second"),
    ):
        pytest.fail("two hold the lock")


def test_a_released_lock_leaves_nothing(db, table):
    with locked(db.clickhouse, table, "first"):
        assert db.value(f"EXISTS TABLE {table}") == 1

    assert db.rows(f"SELECT name FROM system.tables WHERE database = '{table.database}'") == []


def test_a_second_reconcile_waits_if_it_may(db, table):
    holding = threading.Event()

    def hold():
        with db.clickhouse.another() as clickhouse, locked(clickhouse, table, "first"):
            holding.set()
            time.sleep(0.6)

    other = threading.Thread(target=hold)
    other.start()
    holding.wait()
    started = time.monotonic()
    with locked(db.clickhouse, table, "second", wait=20) as lock:
        assert lock.holder.run_id == "second"
    other.join()

    assert time.monotonic() - started > 0.4


def test_a_stale_lock_is_taken_over(db, table):
    stale = (
        '{"owner": "gone:1", "run_id": "old", "since": "2026-01-01T00:00:00+00:00", '
        '"until": 1, "token": "x"}'
    )
    db.raw(f"CREATE TABLE {table} (held UInt8) ENGINE = Null COMMENT '{stale}'")

    with locked(db.clickhouse, table, "new") as lock:
        assert lock.holder.run_id == "new"


def test_who_comes_late_to_a_stale_lock_leaves_the_next_one_alone(db, table):
    stale = (
        '{"owner": "gone:1", "run_id": "old", "since": "2026-01-01T00:00:00+00:00", '
        '"until": 1, "token": "x"}'
    )
    db.raw(f"CREATE TABLE {table} (held UInt8) ENGINE = Null COMMENT '{stale}'")
    late = Late(
        db.clickhouse.connected,
        lambda: locks.append(other_lock.enter_context(locked(db.clickhouse, table, "new"))),
    )

    locks = []
    with (
        ExitStack() as other_lock,
        pytest.raises(LockHeld, match="run new"),
        locked(late, table, "late"),
    ):
        pytest.fail("two hold the lock")

    assert [
        statement
        for statement in late.writes
        if f"RENAME TABLE `{table.database}`.`{table.name}` " in statement
    ] == []
    assert db.rows(f"SELECT name FROM system.tables WHERE database = '{table.database}'") == []


def test_a_run_that_was_killed_while_it_took_over_holds_nobody_up(db, table):
    for name, token in ((table.name, "x"), (f"{table.name}__x", "y"), (f"{table.name}__y", "z")):
        stale = {
            "owner": "gone:1",
            "run_id": "old",
            "since": "2026-01-01",
            "until": 1,
            "token": token,
        }
        db.raw(
            f"CREATE TABLE {table.database}.{name} (held UInt8) ENGINE = Null COMMENT "
            f"'{json.dumps(stale)}'"
        )

    with locked(db.clickhouse, table, "new", wait=5) as lock:
        assert lock.holder.run_id == "new"
    assert db.rows(f"SELECT name FROM system.tables WHERE database = '{table.database}'") == []


def test_a_lock_is_renewed_while_a_statement_takes_long(db, table):
    with locked(db.clickhouse, table, "first", lease=0.8):
        time.sleep(1.6)

        with pytest.raises(LockHeld), locked(db.clickhouse, table, "second"):
            pytest.fail("two hold the lock")


def test_a_stolen_lock_is_noticed_and_stays_with_the_thief(db, table):
    with locked(db.clickhouse, table, "first") as lock:
        db.raw(f"DROP TABLE {table} SYNC")
        with locked(db.clickhouse, table, "thief"):
            time.sleep(0.25)
            with pytest.raises(LockLost, match="run thief"):
                lock.verify()
            lock.renew(db.clickhouse)

            assert "thief" in db.value(
                f"SELECT comment FROM system.tables WHERE name = '{table.name}' AND "
                f"database = '{table.database}'"
            )


def test_of_eight_at_once_each_gets_it_alone(db, table):
    inside, most, done = [], [], []

    def work(number):
        with db.clickhouse.another() as clickhouse, locked(clickhouse, table, str(number), wait=60):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(number)
            done.append(number)

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert sorted(done) == list(range(8))


class OddAtFirst(Recording):
    """A server that answers the first beats of the heart with something else."""

    def __init__(self, connected):
        super().__init__(connected)
        self.beats = 0

    def another(self):
        self.beats += 1
        if self.beats <= 2:
            raise ServerError("the answer to SELECT is not ClickHouse's")
        return super().another()


def test_odd_answers_do_not_stop_the_heartbeat(db, table):
    odd = OddAtFirst(db.clickhouse.connected)

    with locked(odd, table, "first", lease=1.6) as lock:
        until = lock.holder.until
        time.sleep(2.4)

        assert lock.holder.until > until
