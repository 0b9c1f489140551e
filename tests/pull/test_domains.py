"""Schemas in the manner of public projects: pulled, compared with themselves, made again."""

import importlib
import os
import re
from pathlib import Path
from uuid import uuid4

import pytest
from pull.corpus_statements import census, comparable_facets_of, in_database, statements_in

from moose_dagster import Environment, Options, Project, plan_for, reconcile
from moose_dagster.pull import PullOptions, pull

FILES = sorted(Path(__file__).with_name("domains").glob("*.sql"))
ALL = "MOOSE_CORPUS" in os.environ
SAMPLE = 6
_NAME = re.compile(r" shop\.(\S+)")
pytestmark = pytest.mark.requires("26.9", "the corpus is written for the newest server")


@pytest.fixture(params=FILES if ALL else ["a sample"], ids=lambda it: getattr(it, "stem", it))
def sent(db, request):
    """The statements of a domain, or the first ones of every domain, in one database."""
    found = list(statements_in(request.param)) if ALL else sample()
    for statement in found:
        db.clickhouse.connected.command(in_database(statement.sql, db.database))
    return found


def sample():
    """Return the first statements of each domain, until one has a name that there is already."""
    taken = {}
    for file in FILES:
        for statement in list(statements_in(file))[:SAMPLE]:
            name = _NAME.findall(statement.sql)[0]
            if name in taken:
                break
            taken[name] = statement
    return list(taken.values())


@pytest.fixture
def pulled(db, sent, tmp_path, monkeypatch):
    """The module that declares them all."""
    monkeypatch.syspath_prepend(tmp_path)
    package = f"pulled_{uuid4().hex[:10]}"
    options = PullOptions(databases=(db.database,), managed=True, folder=tmp_path / package)
    result = pull(db.clickhouse, None, options)
    assert list(result.notes) == []
    assert len(result.tables) + len(result.views) == len(sent)
    return importlib.import_module(f"{package}.tables_{db.database}")


def test_a_domain_differs_from_itself_in_nothing_and_is_made_again_elsewhere(db, sent, pulled):
    options = Options(**db.options, adopt=True)
    project = Project("tests", [pulled], database=db.database)

    plan_result = plan_for(project, db.clickhouse, options)

    assert [step.reason for step in plan_result.plan.steps] == []
    assert plan_result.plan.notes == ()
    again = f"{db.database}_again"
    environment = Environment("again", database_suffix="_again")
    elsewhere = Project("again", [pulled], database=db.database, environment=environment)
    outcome = reconcile(elsewhere, db.clickhouse, options)
    assert [result.error for result in outcome.failures] == []
    assert outcome.after.plan.steps == ()
    live = comparable_facets_of(db.clickhouse, db.database)
    assert comparable_facets_of(db.clickhouse, again) == live
    census(f"{len(sent)} statements, 0 false alarms, all made again, 0 refused")


def test_the_domains_are_many_and_large():
    statements = {file.stem: len(list(statements_in(file))) for file in FILES}

    census(f"{sum(statements.values())} statements in {len(statements)} domains")
    assert sum(statements.values()) > 400
