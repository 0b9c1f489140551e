"""Run the suite on every supported Python, ClickHouse and Dagster, each in its own environment.

Interpreters are python3.10 to python3.13 on PATH, or the paths in MATRIX_PYTHONS, separated by
colons; one that is missing is skipped and said. Environments are kept in .matrix/ for the next run.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".matrix"
PARTS = (
    "sql",
    "state",
    "diff",
    "risk",
    "plan",
    "ddl",
    "normalize",
    "live",
    "ledger",
    "laws",
    "apply",
    "reconciliation",
    "report",
    "declare",
    "scenarios",
    "pull",
    "cli",
)


@dataclass(frozen=True)
class Row:
    """One environment: a Python, the wheel of a ClickHouse ("" for the extra's own) and a Dagster.

    A row with a Dagster of its own runs what Dagster loads and runs, instead of what ClickHouse
    does.
    """

    python: str
    clickhouse: str
    wheel: str = ""
    dagster: str = ""

    @property
    def name(self) -> str:
        """Return what it is called, such as py3.11-clickhouse25.8."""
        return f"py{self.python}-clickhouse{self.clickhouse}" + (
            f"-dagster{self.dagster}" if self.dagster else ""
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the folders of tests that it runs."""
        return ("orchestration", "systems") if self.dagster else PARTS


ROWS = (
    *(Row(python, "26.9") for python in ("3.10", "3.11", "3.12", "3.13")),
    Row("3.11", "25.8", "chdb==4.0.2"),
    Row("3.11", "24.8", "chdb==3.1.2"),
    Row("3.11", "26.9", dagster="1.13.4"),
    Row("3.11", "26.9", dagster="1.13.27"),
)


def main() -> int:
    """Run the rows asked for, print one line for each, and return 1 if one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "words", nargs="*", help="only rows whose name holds one of these, such as 25.8 or py3.10"
    )
    words = parser.parse_args().words
    results = list[str]()
    for row in ROWS:
        if not words or any(word in row.name for word in words):
            results.append(f"{row.name:38} {_run(row)}")
            print(results[-1], flush=True)
    print("\n".join(["", *results]))
    return int(any(" FAILED" in result for result in results))


def _run(row: Row) -> str:
    interpreter = _interpreter(row.python)
    if interpreter is None:
        return f"skipped: no python{row.python} on PATH; name it in MATRIX_PYTHONS"
    started = time.monotonic()
    python = FOLDER / row.name / "bin" / "python"
    try:
        _prepare(row, interpreter, python)
    except subprocess.CalledProcessError as error:
        return f"FAILED to install: {' '.join(map(str, error.cmd))}"
    folders = [f"tests/{part}" for part in row.parts]
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
        *folders,
    ]
    log = FOLDER / f"{row.name}.log"
    with log.open("w") as file:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=file, stderr=file, check=False
        ).returncode
    lines = log.read_text().strip().splitlines()
    for reason in (line for line in lines if re.match(r"SKIPPED|FAILED|ERROR", line)):
        print(f"    {reason[:160]}")
    verdict = "ok" if code == 0 else f"FAILED, see {log.relative_to(ROOT)}"
    return (
        f"{verdict}: {lines[-1] if lines else ''} ({time.monotonic() - started:.0f} s with setup)"
    )


def _interpreter(version: str) -> str | None:
    named = filter(None, os.environ.get("MATRIX_PYTHONS", "").split(os.pathsep))
    for candidate in (*named, shutil.which(f"python{version}") or ""):
        if candidate and _version_of(candidate) == version:
            return candidate
    return None


def _version_of(interpreter: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    # A version manager may leave a command that only says which versions it has.
    done = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _prepare(row: Row, interpreter: str, python: Path) -> None:
    ready = python.parents[1] / "ready"
    installed = (ROOT / "pyproject.toml").read_text() + row.wheel + row.dagster
    if ready.is_file() and ready.read_text() == installed:
        return
    if not python.exists():
        _call([interpreter, "-m", "venv", str(python.parents[1])])
    _call([str(python), "-m", "pip", "install", "--quiet", "--quiet", "--upgrade", "pip"])
    _call(
        [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--editable", ".[embedded,dev]"]
    )
    if row.wheel:
        # Both bring the package chdb.
        _call([str(python), "-m", "pip", "uninstall", "--quiet", "--yes", "chdb-core", "chdb"])
        _call([str(python), "-m", "pip", "install", "--quiet", "--quiet", row.wheel])
    if row.dagster:
        # Those of dg pin the Dagster they come with.
        packages = ("dagster", "dagster-webserver", "dagster-dg-cli")
        pinned = [f"{package}=={row.dagster}" for package in packages]
        _call([str(python), "-m", "pip", "install", "--quiet", "--quiet", *pinned])
    ready.write_text(installed)


def _call(command: Sequence[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
