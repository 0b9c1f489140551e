"""A process of its own that reconciles the shop, and kills itself where it is told to."""

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Any

from crashes.shop import shop
from scenarios.house import House

from moose_dagster import Options, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect

# A killed run keeps others waiting that long, in seconds.
LEASE = 1.0


def process(url: str, suffix: str, state: str, at: int | None) -> ForkServerProcess:
    """Return a process, not started yet, that is killed with -9 in front of its writing statement number *at*."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crashes.child"])
    return context.Process(target=run, args=(url, suffix, state, at), daemon=True)


def run(url: str, suffix: str, state: str, at: int | None) -> None:
    with connect(ClickHouseAddress.from_url(url)) as connected:
        house = House(connected, suffix)
        clickhouse = connected if at is None else Killed(connected, at)
        reconcile(house.project(*shop(state)), clickhouse, options(house))


def options(house: House, **others: Any) -> Options:
    """Return those of every run: what left the code goes, and its trash is emptied at once."""
    return Options(**house.options, **{"prune": True, "adopt": True, "trash_days": 0, "lock_lease": LEASE, **others})


@dataclass
class Killed:
    """A connection whose process is killed with -9 in front of one of its writing statements."""

    connected: ConnectedClickHouse
    left: int

    def another(self) -> AbstractContextManager[ConnectedClickHouse]:
        return self.connected.another()

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Any]:
        return self.connected.query(sql, parameters)

    def query_once(self, sql: str) -> Sequence[Any]:
        return self.connected.query_once(sql)

    def command(self, sql: str, settings: Mapping[str, object] | None = None) -> None:
        self._count()
        self.connected.command(sql, settings)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        self._count()
        self.connected.insert(table, columns, rows)

    def _count(self) -> None:
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
