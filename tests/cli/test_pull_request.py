"""The steps of the GitHub Action and of the GitLab template, as those run them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli.conftest import ROOT, Desk
from cli.stand_in import TOKEN, CodeHost, code_host

_FOLDER = ROOT / "pull_request"
_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with code_host() as running:
        yield running


def environment_of(desk: Desk, more: Mapping[str, str]) -> dict[str, str]:
    # The program of these tests comes first, and is this checkout.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    python_path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    given = {**os.environ, **desk.environment, "PATH": path, "PYTHONPATH": python_path}
    return {**given, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def run(
    command: list[str], desk: Desk, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=desk.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


class Action:
    """The composite action, run step by step as GitHub does."""

    def __init__(self, desk: Desk, host: CodeHost, **given: str) -> None:
        self.text: dict[str, Any] = yaml.safe_load((_FOLDER / "action.yml").read_text())
        self.desk, self.host = desk, host
        self.inputs = {name: str(one["default"]) for name, one in self.text["inputs"].items()}
        self.inputs |= {"token": TOKEN, **given}
        self.outputs = dict[str, str]()
        self.summary = desk.folder / "summary.md"

    def run(self) -> list[str]:
        """Return the names of the steps that failed; the first one ends it."""
        output = self.desk.folder / "output"
        for step in self.text["runs"]["steps"]:
            output.write_text("")
            runner = {
                **{name: value for name, value in self.host.github.items() if "TOKEN" not in name},
                "RUNNER_TEMP": str(self.desk.folder),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_OUTPUT": str(output),
            }
            own = {name: self._filled_in(value) for name, value in step.get("env", {}).items()}
            assert "${{" not in step["run"]  # an input is never part of the script
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = run(shell, self.desk, environment_of(self.desk, {**runner, **own}))
            assert TOKEN not in done.stdout + done.stderr
            if done.returncode:
                return [step["name"], done.stderr]
            lines = [line.partition("=") for line in output.read_text().splitlines()]
            self.outputs |= {
                f"steps.{step.get('id')}.outputs.{name}": value for name, _, value in lines
            }
        return []

    def _filled_in(self, value: str) -> str:
        known = {f"inputs.{name}": given for name, given in self.inputs.items()} | self.outputs
        return _EXPRESSION.sub(lambda found: known[found[1]], value)


def test_the_action_writes_one_comment_and_changes_it(desk: Desk, host: CodeHost):
    assert Action(desk, host).run() == []
    desk.declare("note: str; more: int")
    assert Action(desk, host).run() == []

    (comment,) = host.comments.values()
    assert host.writes() == ["POST", "PATCH"]
    assert comment.startswith("<!-- moose-dagster: plan -->\n### desk-")
    assert "`more` Int64" in comment
    assert "`more` Int64" in (desk.folder / "summary.md").read_text()


def test_what_is_blocked_fails_the_job_only_where_it_is_asked_to(desk: Desk, host: CodeHost):
    desk.table("note String, gone String")
    desk.declare("note: str", life_cycle="DELETION_PROTECTED")

    assert Action(desk, host).run() == []
    assert Action(desk, host, **{"fail-on": "1 3"}).run() == [
        "Result",
        "moose-dagster plan ended with exit code 3\n",
    ]
    (comment,) = host.comments.values()
    assert "#### Blocked (1)" in comment


def test_a_plan_that_can_not_be_made_fails_the_job_and_is_said(desk: Desk, host: CodeHost):
    desk.write("import nothing_of_that_name\n")

    name, words = Action(desk, host).run()

    assert (name, words) == ("Result", "moose-dagster plan ended with exit code 1\n")
    assert "The plan could not be made" in host.comments[1]


def test_the_inputs_of_the_action_reach_the_plan(desk: Desk, host: CodeHost):
    desk.declare_in('Environment("dev", database_suffix="_dev")', 'Environment("prod")')
    desk.defaults()

    assert Action(desk, host, project="shop.py", environment="dev", name="dev").run() == []

    (comment,) = host.comments.values()
    assert comment.startswith("<!-- moose-dagster: dev -->\n### desk-")
    assert f"{desk.database}_dev".replace("_", r"\_") in comment


def test_the_template_writes_one_note_and_fails_by_exit_code(desk: Desk, host: CodeHost):
    (job,) = yaml.safe_load((_FOLDER / "gitlab.yml").read_text()).values()
    script = "\n".join(job["script"])
    variables = {**job["variables"], **host.gitlab}
    desk.table("note String, gone String")
    desk.declare("note: str", life_cycle="DELETION_PROTECTED")

    codes = list[int]()
    for fail_on in ("1", "1 3"):
        given = environment_of(desk, {**variables, "MOOSE_DAGSTER_FAIL_ON": fail_on})
        codes.append(run(["bash", "-eo", "pipefail", "-c", script], desk, given).returncode)

    assert codes == [0, 1]
    (note,) = host.comments.values()
    assert "#### Blocked (1)" in note
