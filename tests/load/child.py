"""A process of its own that loads, and kills itself with -9 where it is told to."""

import multiprocessing
import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from load.shop import Shop

from moose_dagster import BatchLoad
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka


def process(url: str, servers: str, shop: Shop, at: int) -> Any:
    """Return a process that is killed at its boundary number *at*."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["load.child"])
    arguments = (url, servers, shop.suffix, shop.load.batch_messages, at)
    return context.Process(target=run, args=arguments, daemon=True)


def run(url: str, servers: str, suffix: str, size: int, at: int) -> None:
    with (
        connect(ClickHouseAddress.from_url(url)) as clickhouse,
        connect_kafka(KafkaAddress(servers)) as kafka,
    ):
        counter = Counter(at)
        shop = Shop(clickhouse, kafka, servers, suffix, load=BatchLoad(batch_messages=size))
        shop.run(Killed(clickhouse, counter), KilledKafka(kafka, counter))


@dataclass
class Counter:
    """Counts the boundaries of what is written: before each call, and after it."""

    at: int
    passed: int = 0

    def step(self) -> None:
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


class Killed:
    """A connection that is killed before or after one of its INSERTs."""

    def __init__(self, connected: Any, counter: Counter) -> None:
        self.connected = connected
        self.counter = counter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.connected, name)
        return self._stepping(found) if name in {"insert", "insert_columns", "write"} else found

    def _stepping(self, send: Any) -> Any:
        def stepping(*arguments: Any) -> None:
            self.counter.step()
            send(*arguments)
            self.counter.step()

        return stepping


class KilledKafka(Killed):
    """A cluster whose writer is killed before or after one of its messages, or its flush."""

    @contextmanager
    def writer(self) -> Any:
        with self.connected.writer() as writer:
            yield KilledWriter(writer, self.counter)


class KilledWriter(Killed):
    def flush(self) -> None:
        self.counter.step()
        self.connected.flush()
        self.counter.step()
