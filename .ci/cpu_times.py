"""A plugin of pytest that prints the CPU time of each test file, with the servers that it uses.

    PYTHONPATH=.ci pytest -q -n 0 -p cpu_times tests/plan

Time on the wall says little on a busy machine, and nothing about which process is slow. It reads
/proc, so it needs Linux.
"""

import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

_TICKS = os.sysconf("SC_CLK_TCK")
_SHOWN = 40
_PARENT = 1
# utime, stime, and those of children that have ended.
_TIMES = slice(11, 15)


class _Times:
    """CPU seconds by file since the collection."""

    def __init__(self) -> None:
        self.by_file = Counter[str]()
        self.collection = 0.0
        self._last = 0.0

    def pytest_collection_finish(self) -> None:
        """Begin: what came before is the start of pytest and the collection."""
        self.collection = self._last = _cpu_of_all()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Count what was used since the last test."""
        now = _cpu_of_all()
        self.by_file[nodeid.partition("::")[0]] += now - self._last
        self._last = now

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the files that took most, and the sum."""
        terminalreporter.section("CPU seconds")
        terminalreporter.line(f"{self.collection:8.1f} start and collection")
        for file, seconds in self.by_file.most_common(_SHOWN):
            terminalreporter.line(f"{seconds:8.1f} {file}")
        whole = self.collection + sum(self.by_file.values())
        terminalreporter.line(f"{whole:8.1f} in all")


def pytest_configure(config: pytest.Config) -> None:
    """Measure this run."""
    config.pluginmanager.register(_Times())


def _cpu_of_all() -> float:
    """Return the CPU seconds of this process and of all its descendants."""
    children = defaultdict[int, list[int]](list)
    seconds = dict[int, float]()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        children[int(fields[_PARENT])].append(int(folder.name))
        seconds[int(folder.name)] = sum(map(int, fields[_TIMES])) / _TICKS
    total = 0.0
    waiting = [os.getpid()]
    while waiting:
        process = waiting.pop()
        total += seconds.get(process, 0.0)
        waiting += children[process]
    return total
