"""The files that other programs read say the same as pyproject.toml and the Makefile."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
FORMS = REPOSITORY / ".github" / "ISSUE_TEMPLATE"
TEMPLATES = [path.name for path in sorted(FORMS.glob("*_*.yml"))]
MAKEFILE = (REPOSITORY / "Makefile").read_text()


def test_pre_commit_runs_the_ruff_that_pyproject_pins():
    (pinned,) = re.findall(r'"ruff==([\d.]+)"', (REPOSITORY / "pyproject.toml").read_text())
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())

    revisions = {repository["rev"] for repository in hooks["repos"] if "ruff" in repository["repo"]}

    assert revisions == {f"v{pinned}"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_issue_form_has_what_github_asks_for(name):
    form = yaml.safe_load((FORMS / name).read_text())

    named = [field["id"] for field in form["body"] if field["type"] != "markdown"]

    assert form["name"]
    assert form["description"]
    assert len(named) == len(set(named)) > 0


def test_the_container_runs_targets_that_exist():
    container = json.loads((REPOSITORY / ".devcontainer" / "devcontainer.json").read_text())

    program, *targets = container["postCreateCommand"].split()

    assert program == "make"
    assert all(f"\n{target.replace('.venv', '$(VENV)')}:" in MAKEFILE for target in targets)


def test_make_help_names_every_target():
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.check_output(command, cwd=REPOSITORY, text=True)
    (phony,) = re.findall(r"^\.PHONY:((?:.*\\\n)*.*)$", MAKEFILE, flags=re.MULTILINE)

    described = {line.split()[0] for line in shown.splitlines() if line.startswith("  ")}

    assert described == set(phony.replace("\\", "").split())
