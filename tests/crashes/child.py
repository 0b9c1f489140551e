"""A process of its own that reconciles the shop, and kills itself where it is told to."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

from crashes.shop import shop
from scenarios.database import Recording, TestDatabase

from moose_dagster import Options, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect

# A killed run keeps others waiting that long, in seconds.
LEASE = 1.0


def process(url: str, suffix: str, state: str, at: int | None) -> ForkServerProcess:
    """Return a process that is killed with -9 before its writing statement number *at*."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crashes.child"])
    return context.Process(target=run, args=(url, suffix, state, at), daemon=True)


def run(url: str, suffix: str, state: str, at: int | None) -> None:
    with connect(ClickHouseAddress.from_url(url)) as connected:
        db = TestDatabase(connected, suffix)
        clickhouse = connected if at is None else Killed(connected, at)
        reconcile(db.project(*shop(state)), clickhouse, options(db))


def options(db: TestDatabase, **others: Any) -> Options:
    """Return those of every run: what left the code goes, and its trash is emptied at once."""
    return Options(
        **db.options,
        **{"prune": True, "adopt": True, "trash_days": 0, "lock_lease": LEASE, **others},
    )


class Killed(Recording):
    """A connection whose process is killed with -9 in front of one of its writing statements."""

    def __init__(self, connected: ConnectedClickHouse, at: int) -> None:
        super().__init__(connected)
        self.at = at

    def write(self, statement: str, send: Callable[[], None]) -> None:
        if len(self.writes) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(statement, send)
