"""A plan and its result for people at a terminal; readable without color."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.render import sent_by
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan
from moose_dagster.report.impact import impact_words
from moose_dagster.report.marks import Mark, mark_of, rebuilt_by, totals_of
from moose_dagster.report.rows import row_of, summary_of
from moose_dagster.state.names import ResourceId

_STYLES: Mapping[Mark, str] = {
    Mark.BLOCKED: "yellow",
    Mark.DRIFTED: "cyan",
    Mark.CREATED: "green",
    Mark.ALTERED: "green",
    Mark.REBUILT: "yellow",
    Mark.DROPPED: "red",
}
_WIDTH = max(len(mark.value) for mark in Mark) + 1
_NARROWEST = 20


def print_plan(
    console: Console, plan: Plan, names: Names | None = None, impacts: Iterable[Impact] = ()
) -> None:
    """Print every step with its verdict and reason, what it touches, and what would be sent."""
    _print_steps(console, plan, {impact.resource: impact_words(impact) for impact in impacts})
    for note in plan.notes:
        print_indented(console, Text(f"note: {note}"))
    if plan.every_action:
        _print_statements(console, plan, names or Names())
    if totals := totals_of(plan):
        console.print(Text(totals, style="bold"))
    console.print(Text(f"Plan {plan.fingerprint}: {summary_of(plan)}.", style="bold"))


def print_indented(console: Console, text: Text, first: str = "", indent: int = 2) -> None:
    """Print *text* after *first*, wrapped, with every further line *indent* spaces deep."""
    whole = Text.assemble(first, text)
    lines = whole.wrap(console, max(console.width - indent, _NARROWEST))
    for number, line in enumerate(lines):
        line.rstrip()
        console.print(Text.assemble(" " * indent, line) if number else line, soft_wrap=True)


def print_rows(
    console: Console, before: Mapping[ResourceId, int], after: Mapping[ResourceId, int]
) -> None:
    """Print the rows of every table and the messages of every topic on both sides of a run."""
    table = Table(title="Rows and messages", title_justify="left")
    for heading in ("resource", "before", "after"):
        table.add_column(heading, justify="left" if heading == "resource" else "right")
    for name in sorted({*before, *after}, key=str):
        table.add_row(str(name), _count(before.get(name)), _count(after.get(name)))
    console.print(table)


def _print_steps(console: Console, plan: Plan, touched: Mapping[ResourceId, str]) -> None:
    rebuilt = rebuilt_by(plan)
    # One block per resource: a table of seven columns is unreadable on 80 columns.
    for resource, steps in groupby(plan.steps, key=lambda step: step.resource):
        for number, step in enumerate(steps):
            row = row_of(step)
            mark = mark_of(step, rebuilt)
            style = _STYLES[mark]
            if not number:
                console.print(
                    Text.assemble((str(resource), "bold"), f" ({row.life_cycle})"), soft_wrap=True
                )
                if words := touched.get(resource):
                    print_indented(console, Text(words), "  ", 4)
            what = f"{row.facet} {row.column}".strip()
            text = Text.assemble(
                (f"{mark.value:{_WIDTH}}", style),
                f"{what}: {row.live} -> {row.declared} [{row.risk}]",
            )
            print_indented(console, text, "  ", _WIDTH + 2)
            if step.verdict is Verdict.BLOCK or step.loses_values:
                reason = step.reason.removeprefix(f"{resource}: ")
                print_indented(console, Text(reason, style=style), " " * (_WIDTH + 2), _WIDTH + 2)


def _print_statements(console: Console, plan: Plan, names: Names) -> None:
    console.print(Text("Statements", style="bold"))
    for action in plan.every_action:
        console.print(Text(f"  {action.resource} ({action.route.value})"), soft_wrap=True)
        for line in sent_by(action, names):
            print_indented(console, Text(line, style="dim"), "    ", 6)


def _count(rows: int | None) -> str:
    return "-" if rows is None else f"{rows:,}"
