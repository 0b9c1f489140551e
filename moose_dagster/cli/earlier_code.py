"""Load what the code declared at a revision of git, in a process of its own."""

import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from moose_dagster.cli.loading import project_in
from moose_dagster.errors import MooseDagsterError
from moose_dagster.reconciliation.between import Earlier

PREFIX = "git:"


def load_earlier(against: str, reference: str, environment: str | None) -> Earlier:
    """Return what the code declares at a revision.

    Args:
        against: `git:` and the revision, such as `git:main`.
        reference: `package.module:attribute`, a module or a file, as it is named today.
        environment: The environment of the project; None means that of the variable.

    Raises:
        MooseDagsterError: There is no such revision, or its code can't be loaded.
    """
    revision = against.removeprefix(PREFIX)
    if revision == against or not revision:
        raise MooseDagsterError(f"--against {against}: write git: and a revision, as in git:main.")
    root = Path(_git("rev-parse", "--show-toplevel"))
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    with _checked_out(root, commit) as folder:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            job = pool.submit(_load, root, folder, reference, environment)
            try:
                found = job.result()
            except BrokenProcessPool as error:
                raise MooseDagsterError(f"{against}: loading it ended its process.") from error
    if isinstance(found, str):
        raise MooseDagsterError(f"{against}: {found.replace(str(folder), revision)}")
    return found


@contextmanager
def _checked_out(root: Path, commit: str) -> Generator[Path]:
    """Give a temporary folder with the files that the repository at *root* has in *commit*."""
    with TemporaryDirectory(prefix="moose_dagster_") as folder:
        archive = Path(folder) / "archive.zip"
        _ = _git("-C", str(root), "archive", "--format=zip", f"--output={archive}", commit)
        files = Path(folder) / "files"
        with ZipFile(archive) as opened:
            opened.extractall(files)
        yield files


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        raise MooseDagsterError("--against needs git, and there is no such program on PATH.")
    done = subprocess.run(  # noqa: S603 - git itself, and a revision that is an argument of it
        [git, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MooseDagsterError(f"--against: git says: {done.stderr.strip()}")
    return done.stdout.strip()


def _load(root: Path, folder: Path, reference: str, environment: str | None) -> Earlier | str:
    """Load the project from *folder* instead of *root*; a message says what is wrong."""
    sys.path[:] = [str(_moved(Path(entry or Path.cwd()), root, folder)) for entry in sys.path]
    os.chdir(_moved(Path.cwd(), root, folder))
    name, colon, attribute = reference.partition(":")
    name = str(_moved(Path(name), root, folder)) if Path(name).is_absolute() else name
    try:
        project, _ = project_in(f"{name}{colon}{attribute}")
        desired = project.in_environment(environment).desired
    except MooseDagsterError as error:
        return str(error)
    return Earlier(desired.state, dict(desired.life_cycles))


def _moved(path: Path, root: Path, folder: Path) -> Path:
    """Return where *path* is in *folder*, or *path* itself where that has no such file."""
    absolute = path.resolve()
    if not absolute.is_relative_to(root):
        return path
    moved = folder / absolute.relative_to(root)
    return moved if moved.exists() else path
