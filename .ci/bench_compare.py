"""Run the benchmarks of another revision and of this one in turn, and print both ratios.

    python .ci/bench_compare.py REV [ROWS ...]

Both run in this environment, each from its own files, so that only the code differs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

_HERE = Path(__file__).parents[1]
_TURNS = 3


def main(revision: str, rows: list[str]) -> int:
    """Print the median ratio of each line before and now, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "other"
        _git("worktree", "add", "--detach", str(other), revision)
        try:
            turns = [(_ratios(other, rows), _ratios(_HERE, rows)) for _ in range(_TURNS)]
        finally:
            _git("worktree", "remove", "--force", str(other))
    before = _medians([turn[0] for turn in turns])
    now = _medians([turn[1] for turn in turns])
    width = max(map(len, now), default=0)
    print(f"{'what':{width}}  {revision[:12]:>12}  {'now':>8}  {'change':>7}")
    for what, ratio in now.items():
        if what in before:
            change = f"{ratio / before[what] - 1:+.0%}"
            print(f"{what:{width}}  {before[what]:11.2f}x  {ratio:7.2f}x  {change:>7}")
        else:
            print(f"{what:{width}}  {'-':>12}  {ratio:7.2f}x  {'new':>7}")
    return 0


def _ratios(folder: Path, rows: list[str]) -> dict[str, float]:
    """Return the ratio of each line that *folder* measures."""
    with tempfile.TemporaryDirectory() as results:
        out = Path(results) / "out.json"
        subprocess.run(
            [sys.executable, "-m", "benchmarks", *rows, "--out", str(out)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        lines = json.loads(out.read_text())
    return {
        line["what"]: float(line["ratio"].rstrip("x"))
        for line in lines
        if line["ratio"].endswith("x")
    }


def _medians(turns: list[dict[str, float]]) -> dict[str, float]:
    found = defaultdict[str, list[float]](list)
    for turn in turns:
        for what, ratio in turn.items():
            found[what].append(ratio)
    return {what: median(ratios) for what, ratios in found.items()}


def _git(*arguments: str) -> None:
    git = shutil.which("git") or "git"
    subprocess.run([git, *arguments], cwd=_HERE, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
