"""Run benchmarks and print one table: ours, the yardstick, the ratio with its range, the aim."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    autogenerate,
    broker,
    definitions,
    drop,
    loads,
    proofs,
    rebuild,
    scale,
    start,
    tables,
    topics,
)
from benchmarks.measure import Measured
from moose_dagster.embedded import EmbeddedServers, running

_Measure = Callable[[EmbeddedServers, Console], list[Measured]]

# Those of one group share their servers: thousands of tables would slow the others down.
_GROUPS: Sequence[dict[str, _Measure]] = (
    {
        "start": lambda _, console: start.measure(console),
        "broker": lambda on, console: broker.measure(on.kafka_bootstrap_servers, console),
        "topics": lambda on, console: topics.measure(on.kafka_bootstrap_servers, console),
        "tables": lambda on, console: tables.measure(on.clickhouse_url, console),
        "autogenerate": lambda on, console: autogenerate.measure(on.clickhouse_url, console),
    },
    {"scale": lambda on, console: scale.measure(on.clickhouse_url, console)},
    {
        "proofs": lambda on, console: proofs.measure(on.clickhouse_url, console),
        "rebuild": lambda on, console: rebuild.measure(on.clickhouse_url, console),
        "loads": loads.measure,
        "drop": lambda on, console: drop.measure(on.clickhouse_url, console),
        "runs": lambda on, console: definitions.measure_runs(on.clickhouse_url, console),
        "definitions": lambda _, console: definitions.measure(console),
    },
)


def main() -> int:
    """Measure, print, and return the exit code."""
    names = [name for group in _GROUPS for name in group]
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROWS", help=f"any of {', '.join(names)}")
    parser.add_argument("--out", type=Path, help="a JSON file for the result")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rows if name not in names]
    if unknown:
        parser.error(f"there is no {unknown[0]}; choose from {', '.join(names)}")
    console = Console(width=None if sys.stdout.isatty() else 150)
    measured = [*_measured(arguments.rows or names, console)]
    table = Table(title="Benchmarks", title_justify="left")
    for heading in ("what", "ours", "yardstick", "ratio", "range", "aim"):
        table.add_column(heading)
    for one in measured:
        table.add_row(one.what, one.ours, one.yardstick, one.ratio, one.spread, one.aim)
    console.print(table)
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(one) for one in measured], indent=2))
    return 0


def _measured(names: Sequence[str], console: Console) -> Iterator[Measured]:
    for group in _GROUPS:
        chosen = [measure for name, measure in group.items() if name in names]
        if not chosen:
            continue
        with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as servers:
            for measure in chosen:
                yield from measure(servers, console)


if __name__ == "__main__":
    sys.exit(main())
