"""What a terminal shows of a plan."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.console import PlanView, Section, print_indented, print_plan, print_rows
from moose_dagster.state.names import TableId
from moose_dagster.testing import a_table, plan_of

FM = LifeCycle.FULLY_MANAGED
LIVE, DESIRED = a_table("id Int64", "gone String"), a_table("id Int64", "n Int8")
PLAN = plan_of(LIVE, DESIRED, LifeCycle.DELETION_PROTECTED)


def printed(show, width=200):
    output = StringIO()
    show(Console(file=output, width=width))
    return output.getvalue()


def test_a_plan_is_grouped_by_what_is_decided():
    view = PlanView(impacts=[Impact(LIVE.id, rows=7)])

    text = printed(lambda console: print_plan(console, PLAN, view))

    applied, blocked, totals = text.split("\n\n")
    assert applied.splitlines() == [
        "Will be applied (1)",
        "  shop.orders (DELETION_PROTECTED)",
        "    7 rows",
        "    +   create column n: Int8",
    ]
    assert blocked.splitlines() == [
        "Blocked (1)",
        "  shop.orders (DELETION_PROTECTED)",
        "    7 rows",
        "    !   drop column gone: String [loses data]",
        "        its stored values would be lost.",
        "        What to do: Declare FULLY_MANAGED to allow it, or keep it in the code.",
    ]
    assert totals.splitlines() == [
        "1 to create",
        f"Plan {PLAN.fingerprint}: 1 change to apply, 1 blocked, 0 drifted.",
    ]


def test_statements_are_shown_when_they_are_asked_for():
    texts = [
        printed(lambda console, shown=shown: print_plan(console, PLAN, PlanView(statements=shown)))
        for shown in (False, True)
    ]

    assert ["ADD COLUMN `n` Int8" in text for text in texts] == [False, True]


@pytest.mark.parametrize(
    ("only", "shown", "hidden"),
    [
        (Section.APPLY, "create column n", "drop column gone"),
        (Section.BLOCKED, "drop column gone", "create column n"),
        (Section.DRIFT, "1 to create", "column"),
        (Section.NOTES, "- one thing", "column"),
    ],
)
def test_one_section_is_shown_with_the_totals(only, shown, hidden):
    plan = replace(PLAN, notes=("one thing",))

    text = printed(lambda console: print_plan(console, plan, PlanView(only=only)))

    assert shown in text
    assert hidden not in text
    assert text.endswith(f"Plan {PLAN.fingerprint}: 1 change to apply, 1 blocked, 0 drifted.\n")


def test_steps_with_the_same_reason_and_advice_share_them():
    plan = plan_of(LIVE, a_table("id Int64"), LifeCycle.DELETION_PROTECTED)
    more = plan_of(
        a_table("id Int64", "a String", "b String"), a_table("id Int64"), plan.steps[0].life_cycle
    )

    text = printed(lambda console: print_plan(console, more))

    assert text.count("drop column") == 2
    assert text.count("its stored values would be lost") == text.count("What to do") == 1


def test_a_large_plan_has_its_summary_first_too():
    columns = [f"c{number} Int8" for number in range(21)]
    plan = plan_of(a_table("id Int64"), a_table("id Int64", *columns))

    lines = printed(lambda console: print_plan(console, plan)).splitlines()

    assert lines[:2] == lines[-2:]
    assert lines[0] == "21 to create"


@pytest.mark.parametrize(
    ("life_cycle", "desired", "line", "totals"),
    [
        (
            FM,
            a_table("id Int64", "gone String", "n Int8"),
            "+   create column n: Int8",
            "1 to create",
        ),
        (FM, a_table("id Int64"), "-   drop column gone: String [loses data]", "1 to drop"),
        (
            FM,
            a_table("id Int64", "gone LowCardinality(String)"),
            "~   change type gone: String -> LowCardinality(String) [rewrites what is stored]",
            "1 to change",
        ),
        (
            FM,
            a_table("id Int64", "gone String", order_by=("gone",)),
            "-/+ rebuild ORDER BY: (id) -> (gone) [copies all rows]",
            "1 to rebuild",
        ),
        (
            LifeCycle.EXTERNALLY_MANAGED,
            a_table("id Int64", "n Int8"),
            "?   column gone is String, the code does not have it",
            None,
        ),
        (
            LifeCycle.EXTERNALLY_MANAGED,
            a_table("id Int64", "gone String", "n Int8"),
            "?   column n is not there, the code says Int8",
            None,
        ),
    ],
)
def test_a_line_says_what_happens_and_which_way(life_cycle, desired, line, totals):
    plan = plan_of(LIVE, desired, life_cycle)

    lines = printed(lambda console: print_plan(console, plan)).splitlines()

    assert f"    {line}" in lines
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
