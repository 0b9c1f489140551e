"""What a terminal shows of a plan."""

from io import StringIO

from rich.console import Console
from rich.text import Text

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.console import print_indented, print_plan, print_rows
from moose_dagster.state.names import TableId
from moose_dagster.testing import a_table, plan_of

LIVE, DESIRED = a_table("id Int64", "gone String"), a_table("id Int64", "n Int8")
PLAN = plan_of(LIVE, DESIRED, LifeCycle.DELETION_PROTECTED)


def printed(show, width=200):
    output = StringIO()
    show(Console(file=output, width=width))
    return output.getvalue()


def test_a_plan_shows_steps_reasons_statements_and_a_summary():
    text = printed(lambda console: print_plan(console, PLAN, impacts=[Impact(LIVE.id, rows=7)]))

    assert "+ apply" in text
    assert "! blocked: shop.orders: drop column gone" in text
    assert "7 rows" in text
    assert "ADD COLUMN `n` Int8" in text
    assert text.endswith(f"Plan {PLAN.fingerprint}: 1 change to apply, 1 blocked, 0 drifted.\n")


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
