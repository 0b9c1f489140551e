"""What is built is what a user gets: it works without the repository."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
USERS_MODULE = """
from datetime import datetime

import dagster as dg
from pydantic import BaseModel

from moose_dagster import Key, LifeCycle, OlapConfig, OlapTable, Project
from moose_dagster.orchestration import ClickHouseResource, build_definitions


class Visit(BaseModel):
    visit_id: Key[str]
    at: datetime


config = OlapConfig(life_cycle=LifeCycle.DELETION_PROTECTED)
visits: OlapTable[Visit] = OlapTable[Visit]("visits", config)
model: type[Visit] = visits.model
project = Project("web", [visits], database="web")
clickhouse = ClickHouseResource(host="clickhouse.example.com")
defs: dg.Definitions = build_definitions(project, clickhouse=clickhouse)
"""
pytestmark = pytest.mark.xdist_group("package")


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """A source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    """The wheel."""
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel; what it needs is borrowed from this one, for speed."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    )
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    return folder


def run(*command, folder=None):
    """Run a command outside of the repository and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder or "/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(wheel, extra=None):
    """Return the packages that the wheel asks for, with an extra or without."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        required = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    mark = f"extra == '{extra}'"
    return [one for one in required if (mark in one if extra else "extra ==" not in one)]


def test_the_embedded_servers_are_an_extra(wheel):
    assert not [one for one in needs(wheel) if one.startswith(("chdb", "kafka-python"))]
    assert [one for one in needs(wheel, "embedded") if one.startswith("chdb-core")]
    assert needs(wheel, "docs")
    assert needs(wheel, "dev")


def test_the_source_distribution_holds_the_package_and_nothing_else(dist):
    (archive,) = dist.glob("*.tar.gz")

    with tarfile.open(archive) as opened:
        paths = [name.partition("/")[2] for name in opened.getnames()]

    top = {path.partition("/")[0] for path in paths}
    assert top == {
        "moose_dagster",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "PKG-INFO",
        "pyproject.toml",
        ".gitignore",
    }
    assert {Path(path).suffix for path in paths if path.startswith("moose_dagster/")} == {
        ".py",
        ".tsv",
        ".typed",
    }


def test_the_program_runs_from_the_wheel(installed):
    assert "Plan, apply, check and pull" in run(installed / "bin" / "moose-dagster", "--help")


def test_the_wheel_is_what_is_imported(installed):
    code = (
        "import sys, moose_dagster; from moose_dagster import *; print(moose_dagster.__file__, "
        "'dagster' in sys.modules, 'chdb' in sys.modules)"
    )

    file, dagster, chdb = run(installed / "bin" / "python", "-c", code).split()

    assert Path(file).is_relative_to(installed)
    assert (dagster, chdb) == ("False", "False")


def test_dagster_finds_the_component_of_the_wheel(installed):
    code = (
        "from importlib.metadata import entry_points\n"
        "(point,) = {p for p in "
        "entry_points(group='dagster_dg_cli.registry_modules') if p.name == "
        "'moose_dagster'}\n"
        "print(point.load().MooseDagsterComponent.__name__)"
    )

    assert run(installed / "bin" / "python", "-c", code) == "MooseDagsterComponent\n"


def test_a_users_module_is_checked_against_our_types(installed, tmp_path):
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    (tmp_path / "shop.py").write_text(USERS_MODULE)

    pyright = "-m", "pyright", "--pythonpath", installed / "bin" / "python", "shop.py"

    assert "0 errors" in run(sys.executable, *pyright, folder=tmp_path)
