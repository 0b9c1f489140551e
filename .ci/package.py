"""Build the wheel and the source distribution, and install each into an empty environment."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECK = """
import importlib.util
from moose_dagster import Project
from moose_dagster.orchestration import MooseDagsterComponent, build_definitions
assert importlib.util.find_spec("chdb") is None, "the package without its extra brings chDB"
assert importlib.util.find_spec("pytest") is None, "the package without its extra brings pytest"
build_definitions(Project("empty", []))
"""


def main() -> int:
    """Print a line for each distribution and return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _call(sys.executable, "-m", "build", "--outdir", folder / "dist", ROOT)
        for distribution in sorted((folder / "dist").iterdir()):
            environment = folder / distribution.suffix
            venv.create(environment, with_pip=True)
            programs = environment / "bin"
            _call(programs / "python", "-m", "pip", "install", "--quiet", "--quiet", distribution)
            _call(programs / "python", "-c", CHECK, cwd=folder)
            _call(programs / "moose-dagster", "--help", cwd=folder)
            print(f"{distribution.name}: installed and works")
    return 0


def _call(*command: object, cwd: Path = ROOT) -> None:
    subprocess.run(list(map(str, command)), cwd=cwd, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
