"""Measure the CPU time that a process needs before it does anything, against importing Dagster."""

import os
import subprocess
import sys

from rich.console import Console

from benchmarks.measure import Measured, compared, median

_YARDSTICK = ("-c", "import dagster")
_STARTS = (
    ("import moose_dagster", ("-c", "import moose_dagster")),
    ("from moose_dagster import OlapTable", ("-c", "from moose_dagster import OlapTable")),
    ("from moose_dagster import reconcile", ("-c", "from moose_dagster import reconcile")),
    ("moose-dagster --help", ("-m", "moose_dagster.cli", "--help")),
    ("moose-dagster plan --help", ("-m", "moose_dagster.cli", "plan", "--help")),
)
_WITHOUT_AIM = ("from moose_dagster import reconcile", "moose-dagster plan --help")
_ROUNDS = 5


def measure(console: Console) -> list[Measured]:
    """Return a line for each way to start."""
    console.print("Start of a process ...")
    dagster = _cpu_seconds(*_YARDSTICK)
    return [
        compared(
            f"CPU time of {what}, against import dagster",
            _cpu_seconds(*arguments),
            dagster,
            "-" if what in _WITHOUT_AIM else "300 ms",
        )
        for what, arguments in _STARTS
    ]


def _cpu_seconds(*arguments: str) -> float:
    return median([_once(arguments) for _ in range(_ROUNDS)])


def _once(arguments: tuple[str, ...]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])
