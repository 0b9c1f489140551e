"""Every recipe of the cookbook is run, and its plan is the one on the page."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from moose_dagster import Options, plan_for, reconcile
from moose_dagster.reconciliation import impact_of
from moose_dagster.report.console import PlanView, print_plan

TEXT = (Path(__file__).parents[2] / "docs" / "cookbook.md").read_text()
IMPORTS = """
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel

from moose_dagster import Int16, Key, LifeCycle, OlapConfig, OlapTable, Removed, RenamedFrom
"""
BASE = re.findall(r"<!-- base -->\n```python\n(.*?)```", TEXT, flags=re.DOTALL)[0]
_FOUND = re.findall(
    r"^## (.*?)\n.*?<!-- recipe(?:: (\w+))? -->\n```python\n(.*?)```\n\n```text\n(.*?)```",
    TEXT,
    flags=re.DOTALL | re.MULTILINE,
)
RECIPES = [pytest.param(*recipe, id=name) for name, *recipe in _FOUND]


def tables_of(code):
    scope = {"__name__": "recipe"}
    exec(compile(IMPORTS + code, "recipe.py", "exec"), scope)  # noqa: S102 - the page's own code
    return scope["tables"]


@pytest.mark.parametrize(("permission", "code", "shown"), RECIPES)
def test_a_recipe_gives_its_plan_and_can_be_applied(db, permission, code, shown):
    reconcile(db.project(*tables_of(BASE)), db.clickhouse, Options(**db.options))
    db.raw("INSERT INTO shop.orders VALUES (1, 'a', 3, now()), (2, 'b', 300, now())")
    options = Options(**db.options, **({permission: True} if permission else {}))
    project = db.project(*tables_of(code))

    found = plan_for(project, db.clickhouse, options)

    output = StringIO()
    view = PlanView(impacts=impact_of(found, db.clickhouse))
    print_plan(Console(file=output, width=300), found.plan, view)
    lines = [line.strip() for line in output.getvalue().replace(db.database, "shop").splitlines()]
    for line in shown.splitlines():
        assert any(line == shown_line or line in shown_line for shown_line in lines), lines
    result = reconcile(project, db.clickhouse, options)
    assert result.failures == ()


def test_every_recipe_of_the_page_is_run():
    assert len(RECIPES) == TEXT.count("<!-- recipe") == TEXT.count("\n## ")
