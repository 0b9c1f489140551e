"""Measure that time and memory of a no-op plan grow linearly from 1,000 to 10,000 tables."""

import tracemalloc

from rich.console import Console

from benchmarks.measure import Measured, median, seconds, shown
from benchmarks.tables import COLUMNS, project
from moose_dagster import Project, plan_for, reconcile
from moose_dagster.clients.clickhouse import ClickHouse, ClickHouseAddress, connect

FEW = 1_000
MANY = 10_000


def measure(url: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark; *url* is a server that holds no other tables."""
    with connect(ClickHouseAddress.from_url(url)) as clickhouse:
        console.print(f"{FEW:,} and {MANY:,} tables: no-op plan ...")
        few_seconds, few_bytes = _measured(clickhouse, FEW)
        many_seconds, many_bytes = _measured(clickhouse, MANY)
    factor = MANY // FEW
    return [
        Measured(
            f"no-op plan of {MANY:,} tables against {factor} times that of {FEW:,}",
            shown(many_seconds),
            f"{factor} x {shown(few_seconds)}",
            f"{many_seconds / few_seconds / factor:.2f}x",
            "1.2x",
        ),
        Measured(
            "peak memory of the same",
            f"{many_bytes / 1e6:.1f} MB",
            f"{factor} x {few_bytes / 1e6:.1f} MB",
            f"{many_bytes / few_bytes / factor:.2f}x",
            "1.2x",
        ),
    ]


def _measured(clickhouse: ClickHouse, tables: int) -> tuple[float, int]:
    desired = project(f"scale_{tables}", COLUMNS, tables)
    reconcile(desired, clickhouse)
    times = [seconds(lambda: _plan(desired, clickhouse)) for _ in range(3)]
    tracemalloc.start()
    _plan(desired, clickhouse)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return median(times), peak


def _plan(desired: Project, clickhouse: ClickHouse) -> None:
    assert plan_for(desired, clickhouse).plan.steps == ()  # noqa: S101 - else it measures something else
