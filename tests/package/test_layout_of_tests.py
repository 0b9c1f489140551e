"""Tests are found where one looks for them: under the name of what they test, in short files."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "moose_dagster"
MIRRORED = ("diff", "risk", "plan", "normalize", "report", "reconciliation")
LONGEST = 400


@pytest.mark.parametrize("package", MIRRORED)
def test_every_module_has_a_test_file_of_its_name(package):
    modules = {path.stem for path in (PACKAGE / package).glob("*.py")} - {"__init__"}

    tested = {path.stem.removeprefix("test_") for path in (TESTS / package).rglob("test_*.py")}
    assert sorted(modules - tested) == []


def test_no_test_file_is_too_long_to_be_read():
    lengths = {
        str(path.relative_to(TESTS)): len(path.read_text().splitlines())
        for path in TESTS.rglob("*.py")
    }

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}
