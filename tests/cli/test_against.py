"""`plan --against git:REVISION`: two states of the code, and no server."""

import subprocess

import pytest


def git(desk, *arguments):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(
        ["git", *who, *arguments], cwd=desk.folder, check=True, capture_output=True, timeout=60
    )


@pytest.fixture
def committed(desk):
    """A desk whose project is committed once, with a server that does not answer."""
    desk.declare("note: str\n    gone: str", "DELETION_PROTECTED")
    git(desk, "init", "--initial-branch", "main")
    git(desk, "add", ".")
    git(desk, "commit", "--message", "first")
    desk.environment.update(
        MOOSE_DAGSTER_CLICKHOUSE="http://127.0.0.1:1", MOOSE_DAGSTER_KAFKA="127.0.0.1:1"
    )
    return desk


def test_the_same_code_is_nothing_to_do(committed):
    plan = committed.run("plan", "--against", "git:main", code=0).stdout

    assert "no changes" in plan


def test_what_the_change_of_the_code_does_is_planned_with_the_life_cycle(committed):
    committed.declare("note: str\n    added: int", "DELETION_PROTECTED")

    plan = committed.run("plan", "--against", "git:main", code=2).stdout

    assert "+   create column added: Int64" in plan
    assert "!   drop column gone: String [loses data]" in plan
    assert "no server was asked" in plan


def test_what_depends_on_stored_values_is_blocked(committed):
    committed.declare("note: int\n    gone: str", "FULLY_MANAGED")

    plan = committed.run("plan", "--against", "git:HEAD", code=3).stdout

    assert "!   change type note: String -> Int64 [may lose data]" in plan


def test_what_left_the_code_waits_for_prune(committed):
    committed.declare("note: str\n    gone: str", "FULLY_MANAGED", topic=True)
    git(committed, "commit", "--all", "--message", "second")
    committed.declare("note: str\n    gone: str", "FULLY_MANAGED")

    waiting = committed.run("plan", "--against", "git:main", code=3).stdout
    pruned = committed.run("plan", "--against", "git:main", "--prune", code=2).stdout

    assert "!   drop topic" in waiting
    assert "-   drop topic [loses data]" in pruned


def test_a_shorter_retention_is_not_called_harmless(committed):
    committed.declare("note: str", topic=True)
    module = next(
        path for path in committed.folder.glob("*.py") if "StreamConfig(" in path.read_text()
    )
    text = module.read_text()
    git(committed, "commit", "--all", "--message", "second")
    module.write_text(text.replace("StreamConfig(", "StreamConfig(retention_period=60, ", 1))

    plan = committed.run("plan", "--against", "git:main", code=3).stdout

    assert "retention.ms" in plan
    assert "Will be applied" not in plan


def test_the_markdown_says_that_no_server_was_asked(committed):
    committed.declare("note: str\n    gone: str\n    added: int")

    text = committed.run("plan", "--against", "git:main", "--format", "markdown", code=2).stdout

    assert "no server was asked" in text


@pytest.mark.parametrize(
    ("against", "words"),
    [
        ("main", "--against main: write git: and a revision"),
        ("git:", "--against git:: write git: and a revision"),
        ("git:nowhere", "git says: fatal: Needed a single revision"),
        ("git:--help", "git says: fatal: Needed a single revision"),
    ],
)
def test_a_revision_that_is_none_is_said(committed, against, words):
    assert words in committed.run("plan", "--against", against, code=1).stderr


def test_an_earlier_code_that_can_not_be_loaded_is_said(committed):
    broken = next(committed.folder.glob("*.py"))
    text = broken.read_text()
    broken.write_text("syntax error")
    git(committed, "commit", "--all", "--message", "broken")
    broken.write_text(text)

    result = committed.run("plan", "--against", "git:main", code=1)

    assert "git:main: " in result.stderr
    assert "line 1: invalid syntax" in result.stderr


def test_no_plan_file_is_written_for_it(committed):
    result = committed.run("plan", "--against", "git:main", "--out", "plan.json", code=1)

    assert "leave out --out" in result.stderr
