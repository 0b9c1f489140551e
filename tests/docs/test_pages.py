"""The documentation says what the code does."""

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from moose_dagster import errors
from moose_dagster.cli.app import app
from moose_dagster.cli.commands import COMMANDS
from moose_dagster.cli.pyproject import read_defaults
from moose_dagster.orchestration import MooseDagsterComponent
from moose_dagster.report.policy_table import policy_table

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT / "docs")): path.read_text()
    for path in sorted((ROOT / "docs").rglob("*.md"))
}
SNIPPETS = [
    pytest.param(code, id=f"{page}-{name}")
    for page, text in PAGES.items()
    for name, code in re.findall(
        r"<!-- runs: (\w+) -->\n```python\n(.*?)```", text, flags=re.DOTALL
    )
]
FILES = [
    written
    for text in PAGES.values()
    for written in re.findall(
        r"<!-- reads: component -->\n```yaml\n(.*?)```", text, flags=re.DOTALL
    )
]
COMMAND_LINE = PAGES["command-line.md"]
ERRORS = [
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.MooseDagsterError)
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_a_snippet_runs(code, tmp_path):
    module = tmp_path / "snippet.py"
    module.write_text(code)
    scope = {"__name__": "snippet", "__file__": str(module)}

    exec(compile(code, str(module), "exec"), scope)  # noqa: S102 - the documentation's own code

    assert len(scope) > 2


@pytest.mark.parametrize("written", FILES)
def test_a_component_file_is_valid(written):
    file = yaml.safe_load(written)

    component = MooseDagsterComponent.from_attributes_dict(attributes=file["attributes"])

    assert file["type"] == "moose_dagster.orchestration.MooseDagsterComponent"
    assert component.project == file["attributes"]["project"]


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_has_its_section(name):
    assert re.search(rf"^## {name}$", PAGES["troubleshooting.md"], flags=re.MULTILINE)
    assert name in (errors.__doc__ or "")


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()

    assert [page for page in PAGES if f": {page}\n" not in navigation] == []


def test_the_decision_table_comes_from_the_policy():
    assert PAGES["concepts.md"].count("<!-- policy -->") == 1
    assert policy_table().splitlines()[0] not in PAGES["concepts.md"]


def test_the_pyproject_example_holds_valid_defaults(tmp_path):
    example = re.search(
        r"<!-- reads: pyproject -->\n```toml\n(.*?)```", COMMAND_LINE, flags=re.DOTALL
    )
    assert example is not None
    (tmp_path / "pyproject.toml").write_text(example[1])

    assert read_defaults(tmp_path).definitions == "shop.definitions"


def test_every_command_the_page_names_is_one():
    named = re.findall(r"^moose-dagster (.*?)(?:  |$)", COMMAND_LINE, flags=re.MULTILINE)

    for line in named:
        command, *arguments = line.split()
        options = [argument for argument in arguments if argument.startswith("--")]
        shown = CliRunner().invoke(app, [command, "--help"], prog_name="moose-dagster").stdout
        assert all(option in shown for option in options), line
        assert f"Usage: moose-dagster {command}" in shown
    commands = {command.name for command in COMMANDS}
    assert {line.split()[0] for line in named} == commands
