"""Whatever is live: what is pulled from it differs from it in nothing, and makes it again."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from pull.corpus_statements import NEWEST, statements

from moose_dagster import LifeCycle, Options, plan_for, reconcile
from moose_dagster.pull import PullOptions, pull

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")
PYRIGHT = Path(sys.executable).with_name("pyright")
pytestmark = pytest.mark.xdist_group("pull corpus")
# The server keeps brackets, the order of settings, parts in the order of the code, a primary key
# that repeats the sorting key and settings that repeat its own; a state has one spelling for each
# of them.
ONLY_WRITTEN_OTHERWISE = {
    *(
        "a_tuple",
        "constraints_odd",
        "index_hypothesis",
        "indexes",
        "indexes_loud",
        "indexes_odd",
        "memory_settings",
    ),
    *(
        "one_descending",
        "one_in_brackets",
        "one_operator",
        "partition_brackets",
        "partition_interval",
    ),
    *(
        "partition_none",
        "partition_operator",
        "primary_among_columns",
        "primary_in_columns",
        "primary_only",
    ),
    *(
        "primary_same",
        "rocks_ttl",
        "settings",
        "settings_default",
        "settings_floats",
        "settings_more",
        "with space",
    ),
}
# `encrypt` hides its arguments, so that nobody can make this table again from what the server says.
REDACTED = "hidden_default"
# How many statements older servers refuse, each for a type, index, engine or setting that is not
# there or off.
REFUSED = {(25, 8): 12, (24, 8): 30}
# What older servers make only with a setting that no table shows: Time is off, and flatten_nested
# none of a table's.
NOT_REMADE = {(25, 8): {"times"}, (24, 8): {"nested_whole"}}


@pytest.fixture(scope="module")
def options(shop, folder):
    return PullOptions(databases=(shop.database,), folder=folder)


@pytest.fixture(scope="module")
def result(shop, options):
    return pull(shop.clickhouse, None, options)


def steps_of(plan_result):
    return [step.reason for step in plan_result.plan.steps] + list(plan_result.plan.notes)


def test_the_corpus_is_large():
    assert len(list(statements())) >= 200


def test_an_older_server_refuses_only_what_it_lacks(shop):
    assert len(shop.refused) == REFUSED.get(shop.version, 0), shop.refused


def test_every_table_is_declared(shop, result):
    assert {table.name for table in result.tables} == shop.facets().keys()
    assert [note.split(": ")[1] for note in result.notes] == ["the default of b"]


def test_the_plan_of_what_was_pulled_is_empty(shop, result, imported):
    project = imported().project

    assert steps_of(plan_for(project, shop.clickhouse)) == []
    assert set(project.desired.life_cycles.values()) == {LifeCycle.EXTERNALLY_MANAGED}


def test_pulling_twice_writes_the_same_bytes(shop, result, options):
    written = texts_of(options.folder)

    again = pull(shop.clickhouse, None, options)

    assert again == result
    assert texts_of(options.folder) == written
    below_header = {name: text.partition("\n")[2] for name, text in written.items()}
    assert below_header == result.files


def texts_of(folder):
    return {file.name: file.read_text() for file in folder.glob("[!_]*.py")}


@pytest.mark.parametrize("length", ["88", "120"])
def test_ruff_changes_nothing(result, options, length):
    command = [
        RUFF,
        "format",
        "--isolated",
        "--no-cache",
        "--diff",
        "--line-length",
        length,
        options.folder,
    ]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


def test_imports_are_sorted_and_used(result, options):
    command = [RUFF, "check", "--isolated", "--no-cache", "--select", "I,F,UP,B,RUF100", "."]

    done = subprocess.run(command, cwd=options.folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_pyright_finds_nothing_in_strict_mode(result, options):
    settings = {
        "include": [options.folder.name],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.10",
        "extraPaths": [str(ROOT)],
    }
    (options.folder.parent / "pyrightconfig.json").write_text(json.dumps(settings))

    command = [PYRIGHT, "--pythonpath", sys.executable, "-p", options.folder.parent]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "0 errors, 0 warnings" in done.stdout, done.stdout


def test_modules_import_without_a_server(result, options):
    code = f"import {options.folder.name}.project as p; print(len(p.project.tables))"
    path = os.pathsep.join([str(ROOT), str(options.folder.parent)])

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == str(len(result.tables)), done.stderr


def test_no_secret_is_written(result):
    for text in result.files.values():
        assert "secret'" not in text
        assert ":secret" not in text
        assert "sixteen byte key" not in text


def test_dropped_tables_are_made_again_as_they_were(shop, result, options, imported, monkeypatch):
    # The last test of this module: the tables it makes are no longer those that were pulled.
    package = options.folder.with_name(f"managed_{uuid4().hex[:8]}")
    pull(shop.clickhouse, None, replace(options, managed=True, folder=package))
    project = imported(package=package.name).project
    for secrets in project.desired.secrets.values():
        for secret in secrets:
            monkeypatch.setenv(secret.variable, "secret")
    live = shop.facets()
    shop.drop()

    suffix = uuid4().hex[:10]
    databases = Options(ledger_database=f"ledger_{suffix}", trash_database=f"trash_{suffix}")
    outcome = reconcile(project, shop.clickhouse, databases)

    not_remade = NOT_REMADE.get(shop.version, set())
    assert {result.action.table.name for result in outcome.failures} == not_remade
    assert {step.resource.name for step in outcome.after.plan.steps} == not_remade | {REDACTED}
    made = shop.facets()
    assert live.keys() - made.keys() == not_remade | {REDACTED}
    differing = {name for name in made if made[name] != live[name]}
    assert differing <= ONLY_WRITTEN_OTHERWISE
    # Older servers print some of them without brackets.
    assert differing == ONLY_WRITTEN_OTHERWISE or shop.version < NEWEST
