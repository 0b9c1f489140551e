"""Measure a column drop beside writers, against a snapshot and an ALTER of the table itself."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import create_model
from rich.console import Console

from benchmarks.measure import Measured, compared, median, seconds, shown
from moose_dagster import (
    ClickHouseType,
    OlapConfig,
    OlapTable,
    Options,
    Project,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect

ROWS = 10_000_000
_ROUNDS = 3
_DATABASE = "drop_beside"
_WRITERS = 4
_PER_SECOND = 1_000


@dataclass
class _Writers:
    """Insert rows at a steady pace, and know how long each took.

    Attributes:
        url: The server.
        took: The seconds of each insert.
        refused: How many the server refused.
    """

    url: str
    took: list[float] = field(default_factory=list[float])
    refused: int = 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        stopped = threading.Event()
        threads = [threading.Thread(target=self._write, args=(stopped,)) for _ in range(_WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopped.set()
            for thread in threads:
                thread.join()

    def _write(self, stopped: threading.Event) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        while not stopped.is_set():
            started = time.perf_counter()
            # A row without the column fits before and after the drop.
            connection.request("POST", "/", f"INSERT INTO {_DATABASE}.t (id) VALUES (1)")
            answer = connection.getresponse()
            answer.read()
            took = time.perf_counter() - started
            self.refused += answer.status != http.client.OK
            self.took.append(took)
            stopped.wait(max(0.0, _WRITERS / _PER_SECOND - took))
        connection.close()


def measure(url: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    console.print(f"{ROWS:,} rows: a column is dropped beside {_PER_SECOND:,} inserts a second ...")
    ours = list[float]()
    in_place = list[float]()
    with connect(ClickHouseAddress.from_url(url)) as clickhouse:
        beside_ours = _Writers(url)
        beside_alter = _Writers(url)
        for turn in range(_ROUNDS):
            _fill(clickhouse)
            with beside_ours.writing():
                ours.append(seconds(lambda: _reconciled(clickhouse, "id Int64")))
            _fill(clickhouse)
            with beside_alter.writing():
                in_place.append(seconds(lambda turn=turn: _alter(clickhouse, turn)))
    return [
        compared("column drop of 10 M rows beside writers", median(ours), median(in_place), "1.5x"),
        Measured(
            f"longest insert meanwhile ({beside_ours.refused:,} refused)",
            shown(max(beside_ours.took)),
            shown(max(beside_alter.took)),
            "-",
            "1,000 ms",
        ),
    ]


def _fill(clickhouse: ClickHouse) -> None:
    clickhouse.command(f"DROP DATABASE IF EXISTS {_DATABASE} SYNC")
    _reconciled(clickhouse, "id Int64; note String")
    clickhouse.command(
        f"INSERT INTO {_DATABASE}.t SELECT number, toString(number) FROM numbers({ROWS})"
    )


def _reconciled(clickhouse: ClickHouse, columns: str) -> None:
    fields: dict[str, Any] = {}
    for column in columns.split("; "):
        name, _, text = column.partition(" ")
        fields[name] = (Annotated[Any, ClickHouseType(text)], ...)
    table: OlapTable[Any] = OlapTable[create_model("Row", **fields)](
        "t", OlapConfig(order_by_fields=["id"])
    )
    outcome = reconcile(
        Project(_DATABASE, [table], database=_DATABASE), clickhouse, Options(adopt=True)
    )
    assert not outcome.failures, outcome.failures  # noqa: S101 - else it measures something else


def _alter(clickhouse: ClickHouse, turn: int) -> None:
    """Send what a run without a clone would: a snapshot, and the ALTER."""
    copy = f"{_DATABASE}.copy_{turn}"
    clickhouse.command(f"CREATE TABLE {copy} AS {_DATABASE}.t")
    clickhouse.command(f"ALTER TABLE {copy} ATTACH PARTITION ALL FROM {_DATABASE}.t")
    clickhouse.command(f"ALTER TABLE {_DATABASE}.t DROP COLUMN note SETTINGS mutations_sync = 2")
