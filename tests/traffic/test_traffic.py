"""Whatever happens at a statement of a run, every acknowledged value is in a table or the trash."""

import os
import threading
from collections.abc import Callable

import pytest
from traffic.conftest import TABLES, World, other_project
from traffic.proxy import Fault, TrafficProxy

from moose_dagster import Options, reconcile

# `make soak` lets everything happen at every n-th statement; here each happens at one of them.
STEP = int(os.environ.get("MOOSE_SOAK_STEP", "0"))
# About as many statements a run has that write.
STATEMENTS = 90
NEW_ID = 500_000


def update(world: World) -> None:
    for table in TABLES:
        world.db.raw(
            f"ALTER TABLE shop.{table} UPDATE v = -7 WHERE id = 5 SETTINGS mutations_sync = 2"
        )


def delete(world: World) -> None:
    for table in TABLES:
        world.db.raw(f"DELETE FROM shop.{table} WHERE id = 6")
        world.written[table].pop(6)


def insert(world: World) -> None:
    for table in TABLES:
        world.insert(table, NEW_ID)


def make_fresh(world: World) -> None:
    for table in TABLES:
        world.db.raw(f"CREATE TABLE shop.fresh_{table} AS shop.{table}")
        world.db.raw(f"INSERT INTO shop.fresh_{table} (id, day, v) VALUES (77, '2026-01-01', 77)")


def exchange(world: World) -> None:
    make_fresh(world)
    for table in TABLES:
        world.db.raw(f"EXCHANGE TABLES shop.{table} AND shop.fresh_{table}")


def rename(world: World) -> None:
    make_fresh(world)
    for table in TABLES:
        world.db.raw(
            f"RENAME TABLE shop.{table} TO shop.was_{table}, shop.fresh_{table} TO shop.{table}"
        )


def recreate(world: World) -> None:
    make_fresh(world)
    for table in TABLES:
        world.db.raw(f"DROP TABLE shop.{table} SYNC")
        world.db.raw(f"RENAME TABLE shop.fresh_{table} TO shop.{table}")
        world.written[table].clear()


def second_project(world: World) -> None:
    project = other_project(world.db, *world.after())
    with world.db.clickhouse.connected.another() as connection:
        outcome = reconcile(project, connection, Options(**world.db.options, adopt=True))
    assert outcome.results == ()
    assert any("the project tests manages" in note for note in outcome.before.plan.notes)


ACTS: dict[str, Callable[[World], None]] = {
    "insert": insert,
    "update": update,
    "delete": delete,
    "exchange": exchange,
    "rename": rename,
    "recreate": recreate,
    "second project": second_project,
}
TAKES_THE_NAME = {"exchange", "rename", "recreate"}
FAULTS = (
    [fault for fault in Fault if fault is not Fault.PASSED]
    if STEP
    else [
        Fault.DUPLICATED,
        Fault.CUT,
        Fault.NONSENSE,
        Fault.KILLED_AFTER,
        Fault.LATE,
        Fault.STOPPED,
    ]
)


def places(number: int, count: int) -> list[int]:
    """Return the statements at which the case *number* of so many happens."""
    if STEP:
        return list(range(number % STEP, STATEMENTS, STEP))
    return [STATEMENTS * (2 * number + 1) // (2 * count)]


FAULT_CASES = [
    (fault, at) for number, fault in enumerate(FAULTS) for at in places(number, len(FAULTS))
]
CHOSEN_ACTS = [*ACTS] if STEP else ["insert", "update", "exchange", "recreate", "second project"]
ACT_CASES = [
    (act, at) for number, act in enumerate(CHOSEN_ACTS) for at in places(number, len(CHOSEN_ACTS))
]


@pytest.mark.parametrize(
    ("fault", "at"), FAULT_CASES, ids=lambda value: getattr(value, "name", value)
)
def test_a_statement_that_fails_loses_nothing_that_was_acknowledged(
    world: World, proxy: TrafficProxy, fault: Fault, at: int
):
    proxy.choose(at, fault)
    with world.busy():
        if fault is Fault.STOPPED:
            run_stopped(world, proxy)
        else:
            world.run_through(proxy.url)
        world.run(world.db.clickhouse.connected)
        proxy.deliver()
    world.converges()

    for table in TABLES:
        world.keeps(table)
    assert world.db.value("SELECT sum(n) FROM shop.kept") == sum(range(60))


def run_stopped(world: World, proxy: TrafficProxy) -> None:
    """Let another run end while the first one is stopped for longer than its lease."""
    first = threading.Thread(target=world.run_through, args=(proxy.url,))
    first.start()
    if proxy.reached.wait(20):
        world.run(world.db.clickhouse.connected)
    proxy.go_on()
    first.join()


@pytest.mark.parametrize(("act", "at"), ACT_CASES)
def test_what_others_do_at_a_statement_is_kept_or_said(
    world: World, proxy: TrafficProxy, act: str, at: int
):
    proxy.choose(at, Fault.PASSED, lambda: ACTS[act](world))
    world.run_through(proxy.url)
    world.converges()

    for table in TABLES:
        world.keeps(table, stays=act not in {*TAKES_THE_NAME, "delete"})
    if act == "update" and len(proxy.statements) > at:
        assert world.has("id = 5 AND v = -7")
    if act in TAKES_THE_NAME and len(proxy.statements) > at:
        for table in TABLES:
            assert world.db.value(f"SELECT count() FROM shop.{table} WHERE v = 77") == 1
    if act == "delete" and len(proxy.statements) > at:
        for table in TABLES:
            is_gone = world.db.value(f"SELECT count() FROM shop.{table} WHERE id = 6") == 0
            assert is_gone or "rows were updated or deleted" in str(world.messages)
