"""The program as a shell starts it."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest
from cli.terminal import at_a_terminal

from moose_dagster.cli.commands import COMMANDS


def test_it_runs_as_a_process_without_colors_when_piped(desk):
    result = desk.process("plan")

    assert result.returncode == 2, result.stderr
    assert "+   create table" in result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_an_error_ends_a_process_with_1_and_one_line(desk):
    result = desk.process("check", "--clickhouse", "http://127.0.0.1:1")

    assert result.returncode == 1
    assert result.stderr.startswith("Error: ClickHouse did not answer")
    assert "Traceback" not in result.stderr


def test_the_help_of_a_command_does_not_load_dagster():
    code = (
        "import sys; from moose_dagster.cli.app import app; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(app, ['plan', '--help']).exit_code == 0; assert "
        "'dagster' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_the_list_of_commands_says_what_each_of_them_says(listed):
    run = getattr(import_module(listed.module), listed.name)

    first, *_ = inspect.getdoc(run).split("\n\n")

    assert listed.summary == first.replace("\n", " ")


@pytest.mark.parametrize(
    ("shell", "words"), [("bash", "complete -o default"), ("zsh", "compdef"), ("fish", "complete")]
)
def test_the_completion_script_is_printed(desk, shell, words):
    desk.environment["_MOOSE_DAGSTER_COMPLETE"] = f"source_{shell}"

    script = desk.run(code=0).stdout

    assert words in script
    assert "_MOOSE_DAGSTER_COMPLETE" in script


def test_resource_names_are_completed(desk):
    words = {"COMP_WORDS": "moose-dagster plan --select desk", "COMP_CWORD": "3"}

    result = desk.process(_MOOSE_DAGSTER_COMPLETE="complete_bash", **words)

    assert result.stdout.split() == [f"{desk.database}.orders"]


@pytest.mark.parametrize(
    "command", ["plan", "apply", "check", "history", "trash", "restore", "purge", "pull"]
)
def test_help_tells_of_exit_codes(desk, command):
    assert "Exit code" in desk.run(command, "--help", code=0).stdout


def test_80_columns_are_enough(desk):
    desk.environment["COLUMNS"] = "80"
    desk.table("extra String, another_column_with_a_long_name LowCardinality(Nullable(String))")
    desk.declare("note: str", "DELETION_PROTECTED")

    shown = desk.run("plan", code=2).stdout

    assert max(map(len, shown.splitlines())) <= 80


def test_a_plan_says_in_one_line_what_it_touches(desk):
    desk.declare(life_cycle="DELETION_PROTECTED")
    desk.table("gone String")
    desk.clickhouse.command(f"INSERT INTO {desk.database}.orders VALUES ('a', 'b'), ('c', 'd')")
    desk.clickhouse.command(
        f"CREATE VIEW {desk.database}.theirs AS SELECT id FROM {desk.database}.orders"
    )

    _, _, line, *_ = desk.run("plan", code=3).stdout.splitlines()

    assert re.fullmatch(
        r"    2 rows, \d+ B; would lose or change 2 rows \(gone\); "
        rf"read by {desk.database}\.theirs",
        line,
    )


def test_what_is_piped_is_not_wrapped(desk):
    statement = (
        f"CREATE TABLE `{desk.database}`.`orders` (`id` String, `note` String) ENGINE = "
        "MergeTree ORDER BY id"
    )

    assert f"    {statement}\n" in desk.run("plan", "--statements", code=2).stdout


def test_one_part_of_a_plan_is_printed_with_the_totals(desk):
    plan = desk.run("plan", "--only", "blocked", code=2).stdout

    assert plan.splitlines()[0] == "1 to create"
    assert "blocked, 0 drifted" in plan


def test_only_a_terminal_has_parts(desk):
    result = desk.run("plan", "--only", "blocked", "--json", code=1)

    assert "--only is for the text of a terminal" in result.stderr


def test_a_plan_longer_than_a_terminal_goes_through_the_pager(desk):
    desk.declare("\n    ".join(f"c{number}: int" for number in range(40)))
    desk.table("note String")
    desk.environment.update(PAGER="sed s/^/paged:/", LINES="24", COLUMNS="80")

    shown, status = at_a_terminal(desk, "", "plan")

    assert "paged:" in shown
    assert status == 2


def test_a_plan_that_fits_a_terminal_needs_no_pager(desk):
    desk.environment.update(PAGER="sed s/^/paged:/", LINES="24", COLUMNS="80")

    shown, _ = at_a_terminal(desk, "", "plan")

    assert "Comparing the code with what is live" in shown
    assert "create table" in shown
    assert "paged:" not in shown


def test_each_action_is_shown_while_it_runs(desk):
    assert f"CREATE {desk.database}.orders: table" in desk.run("apply", "--yes", code=0).stderr


@pytest.mark.parametrize(
    ("answer", "code", "words"), [("yes", 0, "left: no changes"), ("y", 1, "Nothing was sent.")]
)
def test_apply_asks_for_a_whole_yes_before_it_loses_something(desk, answer, code, words):
    desk.run("apply", "--yes", code=0)
    desk.declare("more: int")

    shown, status = at_a_terminal(desk, answer, "apply")

    assert "Apply 2 changes? 1 of them loses what is stored in" in shown
    assert "Type yes to go on" in shown
    assert words in shown
    assert status == code


@pytest.mark.parametrize(
    ("answer", "code", "words"), [("y", 0, "left: no changes"), ("n", 1, "Nothing was sent.")]
)
def test_apply_asks_at_a_terminal(desk, answer, code, words):
    shown, status = at_a_terminal(desk, answer, "apply")

    assert "Apply 1 change? [y/N]" in shown
    assert words in shown
    assert status == code


def test_the_version_is_the_one_that_is_installed(desk):
    assert desk.run("--version", code=0).stdout == f"moose-dagster {version('moose_dagster')}\n"
