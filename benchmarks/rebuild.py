"""Measure a rebuild of 10 million rows against a bare INSERT SELECT, and a snapshot."""

from typing import Annotated, Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from pydantic import create_model
from rich.console import Console

from benchmarks.measure import Measured, compared, median, seconds, shown
from moose_dagster import (
    ClickHouseType,
    OlapConfig,
    OlapTable,
    Options,
    Project,
    ReconcileResult,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect

ROWS = 10_000_000
_ROUNDS = 3
_DATABASE = "rebuild"
_TYPES = ("Int64", "String", "Nullable(Float64)", "DateTime('UTC')", "LowCardinality(String)")
_SOURCE = (
    f"SELECT number, toString(cityHash64(number)), if(number % 7 = 0, NULL, number / 3), "
    "toDateTime('2026-01-01', 'UTC') + number % 2592000, toString(number % 100) "
    f"FROM numbers({ROWS})"
)


def measure(url: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    address = ClickHouseAddress.from_url(url)
    bare = clickhouse_connect.get_client(
        host=address.host, port=address.port, autogenerate_session_id=False
    )
    ours = list[float]()
    copies = list[float]()
    with connect(address) as clickhouse:
        console.print(f"{ROWS:,} rows: fill ...")
        _reconciled(clickhouse, ["c0"])
        bare.command(f"INSERT INTO {_DATABASE}.t {_SOURCE}")
        for turn in range(_ROUNDS):
            console.print("rebuild, and a bare copy ...")
            key = ["c3", "c0"] if turn % 2 == 0 else ["c1"]
            copies.append(seconds(lambda key=key: _copied(bare, key)))
            ours.append(seconds(lambda key=key: _reconciled(clickhouse, key)))
        line = compared(
            "rebuild of 10 M rows (copy, hash, exchange)", median(ours), median(copies), "1.3x"
        )
        snapshot = _snapshot(clickhouse)
    bare.close()
    return [
        line,
        Measured(
            "snapshot of 10 M rows before a dropped column", shown(snapshot), "-", "-", "100 ms"
        ),
    ]


def _reconciled(
    clickhouse: ClickHouse, key: list[str], columns: int = len(_TYPES)
) -> ReconcileResult:
    fields: dict[str, Any] = {
        f"c{number}": (Annotated[Any, ClickHouseType(text)], ...)
        for number, text in enumerate(_TYPES[:columns])
    }
    table: OlapTable[Any] = OlapTable[create_model("Row", **fields)](
        "t", OlapConfig(order_by_fields=key)
    )
    outcome = reconcile(Project(_DATABASE, [table], database=_DATABASE), clickhouse, Options())
    assert not outcome.failures  # noqa: S101 - a benchmark of something else is worthless
    assert not outcome.after.plan.steps  # noqa: S101 - as above
    return outcome


def _copied(bare: Client, key: list[str]) -> None:
    columns = ", ".join(f"c{number} {text}" for number, text in enumerate(_TYPES))
    bare.command(
        f"CREATE TABLE {_DATABASE}.copy ({columns}) ENGINE = MergeTree ORDER BY ({', '.join(key)})"
    )
    bare.command(f"INSERT INTO {_DATABASE}.copy SELECT * FROM {_DATABASE}.t")
    bare.command(f"DROP TABLE {_DATABASE}.copy SYNC")


def _snapshot(clickhouse: ClickHouse) -> float:
    """Return the seconds that the two statements of a snapshot took, as the history says."""
    outcome = _reconciled(clickhouse, ["c3", "c0"], len(_TYPES) - 1)
    rows = clickhouse.query(
        "SELECT sum(milliseconds) FROM moose_dagster.history WHERE run_id = %(run)s "
        "AND (statement LIKE 'CREATE TABLE %%' OR statement LIKE '%%ATTACH PARTITION ALL%%')",
        {"run": outcome.run_id},
    )
    return float(rows[0][0]) / 1000
