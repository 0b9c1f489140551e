"""The pages in the repository's root name only what exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = (ROOT / "tests" / "SCENARIOS.md").read_text()
FILES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*.md")]
PAGES = [str(path.relative_to(ROOT)) for path in FILES]


def test_scenarios_are_numbered_without_a_gap():
    numbers = [int(found) for found in re.findall(r"^(\d+)\. ", SCENARIOS, flags=re.MULTILINE)]

    assert numbers == list(range(1, 97))


def test_every_number_in_the_name_of_a_scenario_test_is_in_the_list():
    names = [
        found
        for path in (ROOT / "tests" / "scenarios").glob("test_*.py")
        for found in re.findall(r"^def test_((?:\d+_)+)", path.read_text(), flags=re.MULTILINE)
    ]

    numbers = {int(number) for name in names for number in name.split("_") if number}

    assert numbers <= set(range(1, 97))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(page):
    prose = re.sub(r"```.*?```|`[^`]*`", "", (ROOT / page).read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#:]+)\)", prose)

    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_every_make_target_in_contributing_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    makefile = (ROOT / "Makefile").read_text()

    targets = set(re.findall(r"\bmake ([a-z-]+)", text))

    assert {"test", "measure", "release-check"} <= targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_every_path_in_the_architecture_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    paths = set(re.findall(r"`([\w/.]+(?:\.py|\.md|\.toml|/))`", text))

    places = {path: [ROOT / path, ROOT / "moose_dagster" / path] for path in paths}

    assert [path for path, found in places.items() if not any(map(Path.exists, found))] == []


def test_the_architecture_has_a_paragraph_for_every_package():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    folders = (ROOT / "moose_dagster").glob("*/__init__.py")

    described = set(re.findall(r"^\*\*(\w+)\*\* ", text, flags=re.MULTILINE))

    assert described == {"testing", *(folder.parent.name for folder in folders)}
