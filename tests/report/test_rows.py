"""A plan as rows, counts and data."""

import json

from moose_dagster.ddl.names import Names
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.steps import Plan
from moose_dagster.report.rows import (
    copied_words,
    counts_of,
    plan_as_data,
    rows_of,
    statements_by_step,
    summary_of,
)
from moose_dagster.testing import a_table, plan_of

LIVE, DESIRED = a_table("id Int64", "gone String"), a_table("id Int64", "n Int8")
PLAN = plan_of(LIVE, DESIRED, LifeCycle.DELETION_PROTECTED)


def test_each_step_is_a_row_with_both_sides():
    added, dropped = rows_of(PLAN)

    assert (added.facet, added.column) == ("column", "n")
    assert (added.live, added.declared) == ("(absent)", "Int8")
    assert (added.decision, dropped.decision) == ("to apply", "blocked")
    assert dropped.resource == "shop.orders"
    assert dropped.life_cycle == "DELETION_PROTECTED"


def test_a_blocked_step_shows_what_would_be_sent():
    added, dropped = statements_by_step(PLAN, Names())

    assert added == "ALTER TABLE `shop`.`orders` ADD COLUMN `n` Int8 AFTER `id`"
    assert "DROP COLUMN `gone`" in dropped


def test_a_plan_is_counted_and_summed_up():
    assert counts_of(PLAN) == {"apply": 1, "block": 1, "drift": 0}
    assert summary_of(PLAN) == "1 change to apply, 1 blocked, 0 drifted"
    assert summary_of(Plan()) == "no changes"


def test_the_data_of_a_plan_is_json():
    data = json.loads(json.dumps(plan_as_data(PLAN, Names())))

    assert data["fingerprint"] == PLAN.fingerprint
    assert len(data["steps"]) == 2


def test_the_progress_of_a_copy_is_rows_and_percent():
    assert copied_words(LIVE.id, 1_000, 4_000) == "shop.orders: 1,000 of 4,000 rows copied (25 %)"
    assert copied_words(LIVE.id, 0, 0) == "shop.orders: 0 of 0 rows copied (0 %)"
