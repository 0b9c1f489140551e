"""A plan and its outcome for people at a terminal; readable without colour."""

from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from moose_dagster.plan.ddl import Names
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.sent import sent_by
from moose_dagster.plan.steps import Plan
from moose_dagster.report.rows import row_of, summary_of
from moose_dagster.state.resources import ResourceId

_MARKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.APPLY: ("+ apply", "green"),
    Verdict.BLOCK: ("! blocked", "yellow"),
    Verdict.DRIFT: ("~ drift", "cyan"),
}


def print_plan(console: Console, plan: Plan, names: Names | None = None) -> None:
    """Print every step with its verdict and reason, and the statements that would be sent."""
    if plan.steps:
        console.print(_steps(plan))
        mark, style = _MARKS[Verdict.BLOCK]
        for step in plan.with_verdict(Verdict.BLOCK):
            console.print(Text(f"{mark}: {step.reason}", style=style))
    for note in plan.notes:
        console.print(Text(f"note: {note}"))
    if plan.every_action:
        console.print(_statements(plan, names or Names()))
    console.print(Text(f"Plan {plan.fingerprint}: {summary_of(plan)}.", style="bold"))


def print_rows(console: Console, before: Mapping[ResourceId, int], after: Mapping[ResourceId, int]) -> None:
    """Print the rows of every table and the messages of every topic on both sides of a run."""
    table = Table(title="Rows and messages", title_justify="left")
    for heading in ("resource", "before", "after"):
        table.add_column(heading, justify="left" if heading == "resource" else "right")
    for name in sorted({*before, *after}, key=str):
        table.add_row(str(name), _count(before.get(name)), _count(after.get(name)))
    console.print(table)


def _steps(plan: Plan) -> Table:
    table = Table(title="Plan", title_justify="left")
    for heading in ("resource", "life cycle", "facet", "live", "declared", "risk", "decision"):
        table.add_column(heading, overflow="fold")
    for step in plan.steps:
        row = row_of(step)
        mark, style = _MARKS[step.verdict]
        facet = f"{row.facet} {row.column}".strip()
        table.add_row(row.resource, row.life_cycle, facet, row.live, row.declared, row.risk, Text(mark, style=style))
    return table


def _statements(plan: Plan, names: Names) -> RenderableType:
    lines = [Text("Statements", style="bold")]
    for action in plan.every_action:
        lines.append(Text(f"  {action.resource} ({action.route.value})"))
        lines.extend(Text(f"    {statement}", style="dim") for statement in sent_by(action, names))
    return Group(*lines)


def _count(rows: int | None) -> str:
    return "-" if rows is None else f"{rows:,}"
