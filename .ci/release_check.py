"""Check that a release can be made."""

import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "moose_dagster"
SHIPPED = frozenset({".py", ".tsv", ".typed"})
_DATED = re.compile(r"^## (\d\S*) - \d{4}-\d{2}-\d{2}$", flags=re.MULTILINE)
_VERSION = re.compile(r'^version = "(.+)"$', flags=re.MULTILINE)


class Fault(Exception):  # noqa: N818 - a fault of the release, not an error of this program
    """What stands in the way of a release, as one sentence."""


@dataclass(frozen=True)
class Release:
    """The version to be released and the folder with its built distributions."""

    version: str
    dist: Path


def main() -> int:
    """Run every check, print one line for each, and return 1 if one found a fault."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        release = Release(version_in_pyproject(), Path(folder))
        for name, check in CHECKS.items():
            try:
                print(f"ok     {name}: {check(release)}", flush=True)
            except Fault as fault:
                print(f"FAULT  {name}: {fault}", flush=True)
                failed = True
    return int(failed)


def check_changelog(release: Release) -> str:
    """The newest dated section of the changelog is the version of pyproject.toml."""
    dated = _DATED.findall((ROOT / "CHANGELOG.md").read_text())
    if not dated:
        raise Fault("CHANGELOG.md has no section with a version and a date.")
    if dated[0] != release.version:
        raise Fault(f"pyproject.toml says {release.version}, CHANGELOG.md says {dated[0]}.")
    return f"CHANGELOG.md and pyproject.toml say {release.version}"


def check_build(release: Release) -> str:
    """Wheel and source distribution can be built."""
    run("build", "--no-isolation", "--outdir", release.dist, ROOT)
    return ", ".join(sorted(path.name for path in release.dist.iterdir()))


def check_wheel(release: Release) -> str:
    """The wheel holds every file of the package, its license and its entry points, nothing else."""
    with zipfile.ZipFile(built(release, "*.whl")) as archive:
        names = set(archive.namelist())
    info = f"moose_dagster-{release.version}.dist-info"
    needed = {*shipped_files(), f"{info}/entry_points.txt", f"{info}/licenses/LICENSE"}
    raise_missing(needed - names)
    raise_unexpected(name for name in names - needed if not name.startswith(f"{info}/"))
    return f"{len(names)} files"


def check_source(release: Release) -> str:
    """The source distribution holds what the wheel is built from."""
    with tarfile.open(built(release, "*.tar.gz")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    beside = {"CHANGELOG.md", "LICENSE", "README.md", "PKG-INFO", "pyproject.toml"}
    needed = {*shipped_files(), *beside}
    raise_missing(needed - names)
    raise_unexpected(name for name in names - needed if name != ".gitignore")
    return f"{len(names)} files"


def check_metadata(release: Release) -> str:
    """The wheel's metadata has what an index shows."""
    metadata = metadata_of(built(release, "*.whl"))
    expected = {
        "Name": "moose_dagster",
        "Version": release.version,
        "License-Expression": "Apache-2.0",
        "Description-Content-Type": "text/markdown",
    }
    for field, value in expected.items():
        if metadata[field] != value:
            raise Fault(f"{field} is {metadata[field]!r} and should be {value!r}.")
    for field in ("Summary", "Requires-Python", "Requires-Dist", "Classifier"):
        if not metadata[field]:
            raise Fault(f"{field} is missing.")
    if not str(metadata.get_payload()).startswith("# moose_dagster"):
        raise Fault("the description is not the README.")
    return f"{metadata['Name']} {metadata['Version']}, Python {metadata['Requires-Python']}"


def check_documentation(release: Release) -> str:
    """The documentation site builds without a warning."""
    run("mkdocs", "build", "--quiet", "--strict", "--site-dir", release.dist / "site")
    return "the site builds"


CHECKS: dict[str, Callable[[Release], str]] = {
    "version": check_changelog,
    "build": check_build,
    "wheel": check_wheel,
    "source": check_source,
    "metadata": check_metadata,
    "documentation": check_documentation,
}


def version_in_pyproject() -> str:
    """Return the version that pyproject.toml names."""
    found = _VERSION.search((ROOT / "pyproject.toml").read_text())
    return found[1] if found else ""


def shipped_files() -> set[str]:
    """Return the files of the package that users get, as paths in the repository."""
    return {
        str(PurePosixPath(path.relative_to(ROOT)))
        for path in PACKAGE.rglob("*")
        if path.suffix in SHIPPED or path.name == "py.typed"
    }


def built(release: Release, pattern: str) -> Path:
    """Return the one distribution that was built under a name like *pattern*."""
    found = list(release.dist.glob(pattern))
    if len(found) != 1:
        raise Fault(f"{len(found)} files {pattern} were built and one is needed.")
    return found[0]


def metadata_of(wheel: Path) -> Message:
    """Return the metadata that *wheel* carries."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def raise_missing(names: set[str]) -> None:
    """Raise a fault that names what is missing, if anything is."""
    if names:
        raise Fault(f"missing: {', '.join(sorted(names))}")


def raise_unexpected(names: Iterator[str]) -> None:
    """Raise a fault that names what should not be there, if anything is."""
    unexpected = sorted(names)
    if unexpected:
        raise Fault(f"unexpected: {', '.join(unexpected)}")


def run(module: str, *arguments: object) -> None:
    """Run a Python module in the repository; what it printed is the fault if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Fault((done.stdout + done.stderr).strip())


if __name__ == "__main__":
    sys.exit(main())
