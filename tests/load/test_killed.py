"""After a load that was killed with -9, the next one loads every message exactly once."""

import os

import pytest
from load.child import process

from moose_dagster import BatchLoad

# `make test-long` kills at every boundary; without it, at a few that have led to different states.
STEP = int(os.environ.get("MOOSE_KILL_LOAD_STEP", "7"))
# Those of two batches with dead letters.
BOUNDARIES = 20
_KILLED = -9
pytestmark = pytest.mark.xdist_group("crashes")


def produce(shop, turn):
    """Write 6 messages for each turn, 2 of which are not valid."""
    for number in range(3):
        shop.events(turn * 10 + 2 * number, 2)
        if number:
            shop.produce({"id": "no", "note": f"{turn}.{number}"})


def test_a_load_that_is_killed_anywhere_is_repeated(shop, clickhouse_url):
    shop.load = BatchLoad(batch_messages=5)
    shop.reconcile()
    killed = 0
    turn = -1
    for at in range(0, BOUNDARIES, STEP):
        turn += 1
        produce(shop, turn)
        child = process(clickhouse_url, shop.servers, shop, at)
        child.start()
        child.join()
        assert child.exitcode in {0, _KILLED}
        killed += child.exitcode == _KILLED

        shop.run()

        valid = [10 * one + number for one in range(turn + 1) for number in range(6)]
        rejected = {f"{one}.{number}" for one in range(turn + 1) for number in (1, 2)}
        notes = [value.split('"note": "')[1].split('"')[0] for value in values(shop.dead())]
        assert [row[0] for row in shop.rows()] == valid
        assert shop.counted() == len(valid)
        assert (set(notes), len(notes)) == (rejected, len(rejected))
    print(f"killed at {killed} boundaries")  # noqa: T201 - what `make test-long` shows
    assert killed == turn + 1


def values(messages):
    return [one.value.decode() for one in messages]
