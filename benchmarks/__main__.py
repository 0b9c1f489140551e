"""Run every benchmark and print one table: ours, the yardstick, the ratio, the aim."""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    autogenerate,
    broker,
    definitions,
    drop,
    proofs,
    rebuild,
    scale,
    start,
    tables,
    topics,
)
from moose_dagster.embedded import running


def main() -> int:
    """Measure, print, and return the exit code."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    measured = start.measure(console)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as servers:
        measured += broker.measure(servers.kafka_bootstrap_servers, console)
        measured += topics.measure(servers.kafka_bootstrap_servers, console)
        measured += tables.measure(servers.clickhouse_url, console)
        measured += autogenerate.measure(servers.clickhouse_url, console)
    # Thousands of tables would slow the others down.
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as servers:
        measured += scale.measure(servers.clickhouse_url, console)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as servers:
        measured += proofs.measure(servers.clickhouse_url, console)
        measured += rebuild.measure(servers.clickhouse_url, console)
        measured += drop.measure(servers.clickhouse_url, console)
        measured += definitions.measure_runs(servers.clickhouse_url, console)
    measured += definitions.measure(console)
    table = Table(title="Benchmarks", title_justify="left")
    for heading in ("what", "ours", "yardstick", "ratio", "aim"):
        table.add_column(heading)
    for one in measured:
        table.add_row(one.what, one.ours, one.yardstick, one.ratio, one.aim)
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
