"""What a terminal shows of a plan."""

from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.console import print_indented, print_plan, print_rows
from moose_dagster.state.names import TableId
from moose_dagster.testing import a_table, plan_of

FM = LifeCycle.FULLY_MANAGED
LIVE, DESIRED = a_table("id Int64", "gone String"), a_table("id Int64", "n Int8")
PLAN = plan_of(LIVE, DESIRED, LifeCycle.DELETION_PROTECTED)


def printed(show, width=200):
    output = StringIO()
    show(Console(file=output, width=width))
    return output.getvalue()


def test_a_plan_shows_steps_reasons_statements_and_a_summary():
    text = printed(lambda console: print_plan(console, PLAN, impacts=[Impact(LIVE.id, rows=7)]))

    assert "+ create    column n: (absent) -> Int8 [SAFE]" in text
    assert "! blocked   column gone: String -> (absent) [DESTRUCTIVE]" in text
    assert text.count("its stored values would be lost") == 1
    assert "7 rows" in text
    assert "ADD COLUMN `n` Int8" in text
    assert text.endswith(f"Plan {PLAN.fingerprint}: 1 change to apply, 1 blocked, 0 drifted.\n")


@pytest.mark.parametrize(
    ("life_cycle", "desired", "mark", "totals"),
    [
        (FM, a_table("id Int64", "gone String", "n Int8"), "+ create    column n", "1 to create"),
        (FM, a_table("id Int64"), "- drop      column gone", "1 to drop"),
        (
            FM,
            a_table("id Int64", "gone LowCardinality(String)"),
            "~ alter     type gone",
            "1 to alter",
        ),
        (
            FM,
            a_table("id Int64", "gone String", order_by=("gone",)),
            "-/+ rebuild ORDER BY",
            "1 to rebuild",
        ),
        (LifeCycle.EXTERNALLY_MANAGED, a_table("id Int64"), "? drift     column gone", None),
    ],
)
def test_a_mark_says_what_happens_to_a_step(life_cycle, desired, mark, totals):
    plan = plan_of(LIVE, desired, life_cycle)

    lines = printed(lambda console: print_plan(console, plan)).splitlines()

    assert any(mark in line for line in lines), lines
    assert (lines[-2] == totals) is (totals is not None)


def test_what_an_applied_drop_loses_is_said():
    plan = plan_of(LIVE, a_table("id Int64"), FM)

    text = printed(lambda console: print_plan(console, plan))

    assert text.count("its stored values would be lost") == 1


def test_a_plan_without_steps_is_one_line():
    assert printed(lambda console: print_plan(console, Plan())).count("\n") == 1


def test_a_long_text_is_wrapped_and_indented():
    text = printed(lambda console: print_indented(console, Text("word " * 12)), width=30)

    first, *others = text.splitlines()
    assert not first.startswith(" ")
    assert all(line.startswith("  word") for line in others)


def test_rows_are_shown_on_both_sides_of_a_run():
    orders, gone = TableId("shop", "orders"), TableId("shop", "gone")

    text = printed(lambda console: print_rows(console, {orders: 1, gone: 2}, {orders: 1_000}))

    assert "1,000" in text
    assert text.index("shop.gone") < text.index("shop.orders")
