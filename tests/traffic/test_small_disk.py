"""A disk that is full, or a server that is killed, in the middle of a change loses no row."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scenarios.database import DP, FM, Recording, TestDatabase, declared

from moose_dagster import Options, reconcile
from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.embedded import running
from moose_dagster.errors import MooseDagsterError

SIZE = "120m"
ROWS = 200_000
# How long the disk is full, in seconds.
FULL = 4.0
COLUMNS = "id Int64; day Date; v Int64; note String"
CHANGES = {
    # What is declared, and the statement at which it happens.
    "rebuild": (declared("orders", COLUMNS, FM, order_by_fields=["day", "id"]), "INSERT INTO"),
    "loss": (declared("orders", "id Int64; day Date; v Int64", FM), "DROP COLUMN"),
    "proof": (
        declared("orders", "id Int64; day Date; v Int32; note String", DP),
        "MODIFY COLUMN",
    ),
    "exchange": (
        declared("orders", "id Int64; day Date; v Int32; note String", DP),
        "EXCHANGE TABLES",
    ),
}


class At(Recording):
    """A connection on which something happens right before the first statement with a word."""

    def __init__(self, connected: ConnectedClickHouse, word: str, happens: Callable[[], None]):
        super().__init__(connected)
        self.word = word
        self.happens = happens
        self.happened = False

    def write(self, statement: str, send: Callable[[], None]) -> None:
        if self.word in statement and "`orders" in statement.replace("__orders", "`orders"):
            happens, self.happens = self.happens, lambda: None
            happens()
            self.happened = True
        super().write(statement, send)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which a test may fill."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> None:
    """Leave no room on *disk*."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(1 << 16))
        except OSError:
            return


def run(url: str, suffix: str, table: Any, word: str = "", happens: Any = None) -> tuple[bool, str]:
    """Reconcile, and return whether *happens* was called and its last message."""
    with connect(ClickHouseAddress.from_url(url)) as connected:
        db = TestDatabase(connected, suffix)
        at = At(connected, word or "no such statement", happens or (lambda: None))
        options = Options(**db.options, adopt=True, lock_lease=1.0, wait_for_lock=20)
        try:
            outcome = reconcile(db.project(table), at, options)
        except MooseDagsterError as error:
            return at.happened, str(error)
        errors = [result.error for result in outcome.failures]
        return at.happened, "\n".join([*errors, *outcome.unfinished])


def made(url: str) -> str:
    """Make a table with rows that can't be compressed, and return the suffix of its database."""
    with connect(ClickHouseAddress.from_url(url)) as connected:
        db = TestDatabase(connected)
        db.reconcile(declared("orders", COLUMNS, FM))
        db.raw(
            "INSERT INTO shop.orders SELECT number, toDate('2026-01-01') + number % 2, number, "
            f"randomString(64) FROM numbers({ROWS})"
        )
        return db.suffix


@pytest.mark.parametrize("change", CHANGES)
def test_a_full_disk_loses_no_row(disk: Path, change: str):
    table, word = CHANGES[change]

    def fill_for_a_while() -> None:
        fill(disk)
        # The server itself waits with a mutation until there is room again.
        threading.Timer(FULL, (disk / "filler").unlink).start()

    with running(disk / "servers") as servers:
        suffix = made(servers.clickhouse_url)
        happened, message = run(servers.clickhouse_url, suffix, table, word, fill_for_a_while)

        assert happened
        assert not message or "space" in message.lower()
        time.sleep(FULL)
        assert_converges(servers.clickhouse_url, suffix, table)


@pytest.mark.parametrize(
    "change", CHANGES if os.environ.get("MOOSE_SOAK_STEP") else ["rebuild", "exchange"]
)
def test_a_killed_server_loses_no_row(tmp_path: Path, change: str):
    table, word = CHANGES[change]
    with running(tmp_path / "servers") as servers:
        suffix = made(servers.clickhouse_url)
        happened, _ = run(
            servers.clickhouse_url,
            suffix,
            table,
            word,
            lambda: os.kill(servers.pid, signal.SIGKILL),
        )
    assert happened

    with running(tmp_path / "servers") as servers:
        assert_converges(servers.clickhouse_url, suffix, table)


def assert_converges(url: str, suffix: str, table: Any) -> None:
    messages = [run(url, suffix, table)[1] for _ in range(3)]
    with connect(ClickHouseAddress.from_url(url)) as connected:
        db = TestDatabase(connected, suffix)
        rows = db.rows("SELECT count(), sum(v) FROM shop.orders")
        assert rows == [(ROWS, ROWS * (ROWS - 1) // 2)]
        assert "max_bytes_to_merge" not in db.value("SHOW CREATE TABLE shop.orders")
    assert messages[-1] == ""
