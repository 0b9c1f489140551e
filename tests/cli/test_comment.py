"""The one comment on a pull request: it is written once, and changed afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.stand_in import CodeHost, code_host
from typer.testing import CliRunner, Result

from moose_dagster.cli.app import app

_UNSET = ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_TOKEN")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[CodeHost]:
    for name in _UNSET:
        monkeypatch.delenv(name, raising=False)
    with code_host() as running:
        yield running


def run(
    environment: dict[str, str], *arguments: str, text: str = "### the plan\n", code: int = 0
) -> Result:
    result = CliRunner(env={**environment, "COLUMNS": ""}).invoke(
        app, ["comment", *arguments], input=text
    )
    assert result.exit_code == code, result.output
    assert "let-me-in" not in result.output
    return result


@pytest.mark.parametrize("where", ["github", "gitlab"])
def test_a_comment_is_created_once_and_changed_afterwards(host: CodeHost, where: str):
    environment = getattr(host, where)
    host.add("Looks good to me.")

    answers = [
        run(environment, text=text).stdout.strip() for text in ("first\n", "second\n", "second\n")
    ]

    assert answers == ["Comment created.", "Comment updated.", "Comment unchanged."]
    change = "PATCH" if where == "github" else "PUT"
    assert host.writes() == ["POST", change]
    assert host.comments == {
        1: "Looks good to me.",
        2: "<!-- moose-dagster: plan -->\nsecond\n",
    }


def test_its_comment_is_found_after_hundreds_of_others(host: CodeHost):
    for number in range(250):
        host.add(f"comment {number}")
    run(host.github, text="first")
    host.writes()

    run(host.github, text="second")

    assert host.writes() == ["PATCH"]
    assert host.comments[251].endswith("second")


def test_each_name_has_a_comment_of_its_own(host: CodeHost):
    for name, text in (("dev", "a"), ("prod", "b"), ("dev", "c")):
        run(host.github, "--name", name, text=text)

    assert list(host.comments.values()) == [
        "<!-- moose-dagster: dev -->\nc",
        "<!-- moose-dagster: prod -->\nb",
    ]


def test_a_comment_that_quotes_the_marker_is_left_alone(host: CodeHost):
    quoted = "> <!-- moose-dagster: plan -->\n> old\n\nWhy?"
    host.add(quoted)

    run(host.github)

    assert host.comments[1] == quoted
    assert len(host.comments) == 2


def test_without_a_plan_the_comment_says_so(host: CodeHost, tmp_path: Path):
    empty = tmp_path / "plan.md"
    empty.write_text("")

    run(host.github, "--file", str(empty))

    assert "The plan could not be made" in host.comments[1]


def test_the_number_is_that_of_the_event(host: CodeHost, tmp_path: Path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))

    run({**host.github, "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": str(event)})

    assert len(host.comments) == 1


@pytest.mark.parametrize(
    ("where", "without", "message"),
    [
        ("github", "GITHUB_ACTIONS", "neither GITHUB_ACTIONS nor GITLAB_CI is set"),
        ("github", "GITHUB_TOKEN", "the environment variable GITHUB_TOKEN is not set"),
        ("github", "GITHUB_REF", "run the workflow with `on: pull_request`"),
        ("gitlab", "CI_MERGE_REQUEST_IID", "not one of a merge request"),
        ("gitlab", "GITLAB_TOKEN", "the environment variable GITLAB_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_named(host: CodeHost, where: str, without: str, message: str):
    environment = {**getattr(host, where), without: ""}

    assert message in run(environment, code=1).stderr
    assert host.requests == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((403, b"{}"), "was answered with 403; the token needs the right to write comments"),
        ((500, b"<html>"), "was answered with 500."),
        ((200, b"<html>"), "was not answered with JSON"),
    ],
)
def test_a_refusal_is_one_sentence(host: CodeHost, answer: tuple[int, bytes], message: str):
    host.answer = answer

    assert message in run(host.github, code=1).stderr


def test_a_host_that_does_not_answer_is_named(host: CodeHost):
    stderr = run({**host.github, "GITHUB_API_URL": "http://127.0.0.1:1"}, code=1).stderr

    assert "http://127.0.0.1:1/repos/team/shop/issues/7/comments can't be reached" in stderr


def test_a_file_that_is_not_there_is_named(host: CodeHost):
    assert "gone.md can't be read" in run(host.github, "--file", "gone.md", code=1).stderr


@pytest.mark.parametrize("name", ["a --> b", "a\nb"])
def test_a_name_that_would_end_the_marker_is_refused(host: CodeHost, name: str):
    assert "--name has neither" in run(host.github, "--name", name, code=1).stderr
