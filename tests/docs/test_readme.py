"""The README says what the code does."""

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from moose_dagster.cli.app import app
from moose_dagster.cli.commands import COMMANDS
from moose_dagster.cli.pyproject import read_defaults
from moose_dagster.orchestration import MooseDagsterComponent
from moose_dagster.report.policy_table import policy_table

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text()
SNIPPETS = re.findall(r"<!-- runs: (\w+) -->\n```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_table_of_life_cycles_is_the_policy():
    shown = re.search(r"<!-- policy -->\n(.*?)\n<!-- /policy -->", TEXT, flags=re.DOTALL)

    assert shown is not None
    assert shown[1] == policy_table()


@pytest.mark.parametrize(("name", "code"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_a_snippet_runs(name, code, tmp_path, monkeypatch):
    # From a file, as a user's module: Dagster's code references want one.
    module = tmp_path / f"{name}.py"
    module.write_text(code)
    scope = {"__name__": name, "__file__": str(module)}

    exec(compile(code, str(module), "exec"), scope)  # noqa: S102 - the README's own code

    assert len(scope) > 3


def test_every_python_snippet_is_run():
    assert TEXT.count("```python") == len(SNIPPETS) == 5


def test_every_make_target_the_readme_names_exists():
    makefile = (README.parent / "Makefile").read_text()

    for target in set(re.findall(r"make (\w+)", TEXT)):
        assert f"\n{target}:" in makefile


def test_every_picture_is_there():
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (README.parent / path).is_file()


def test_the_pyproject_example_holds_valid_defaults(tmp_path):
    example = re.search(r"<!-- reads: pyproject -->\n```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    assert example is not None
    (tmp_path / "pyproject.toml").write_text(example[1])

    assert read_defaults(tmp_path).definitions == "shop.definitions"


def test_the_component_example_is_a_component():
    example = re.search(r"<!-- reads: component -->\n```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
    assert example is not None
    written = yaml.safe_load(example[1])

    component = MooseDagsterComponent.from_attributes_dict(attributes=written["attributes"])

    assert written["type"] == f"moose_dagster.orchestration.{type(component).__name__}"
    assert component.settings == {"on_blocked": "skip"}


def test_every_command_the_readme_names_is_one():
    named = re.findall(r"^moose-dagster (.*?)(?:  |$)", TEXT, flags=re.MULTILINE)

    for line in named:
        command, *arguments = line.split()
        options = [argument for argument in arguments if argument.startswith("--")]
        shown = CliRunner().invoke(app, [command, "--help"], prog_name="moose-dagster").stdout
        assert all(option in shown for option in options), line
        assert f"Usage: moose-dagster {command}" in shown
    commands = {command.name for command in COMMANDS}
    assert {line.split()[0] for line in named} == commands
