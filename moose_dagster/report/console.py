"""A plan and its result for people at a terminal; readable without color."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.render import sent_by
from moose_dagster.diff.changes import Change
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, Step
from moose_dagster.report.impact import impact_words
from moose_dagster.report.marks import Mark, mark_of, rebuilt_by
from moose_dagster.report.rows import summary_of
from moose_dagster.report.step_words import StepWords, kind_words, words_of
from moose_dagster.report.totals import totals_of
from moose_dagster.state.names import ResourceId

_STYLES: Mapping[Mark, str] = {
    Mark.BLOCKED: "yellow",
    Mark.DRIFTED: "cyan",
    Mark.CREATED: "green",
    Mark.CHANGED: "green",
    Mark.REBUILT: "yellow",
    Mark.DROPPED: "red",
}
_LOSS_STYLE = "bold red"
_SIGN_WIDTH = max(len(mark.sign) for mark in Mark) + 1
_STEP_INDENT = 4
_REASON_INDENT = _STEP_INDENT + _SIGN_WIDTH
_NARROWEST = 20
_MOST_STEPS_WITHOUT_SUMMARY = 20
_LONGEST_ON_ONE_LINE = 60  # of both sides, in characters


class Section(str, Enum):
    """A part of the printed plan: what a person decides about together."""

    APPLY = "apply"
    BLOCKED = "blocked"
    DRIFT = "drift"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class PlanView:
    """What is printed of a plan besides its totals.

    Attributes:
        names: Where what is dropped goes.
        impacts: How much of what the plan touches is stored, and who reads it.
        only: The one section to print; None for all.
        statements: Whether what would be sent is printed.
    """

    names: Names = field(default_factory=Names)
    impacts: Sequence[Impact] = ()
    only: Section | None = None
    statements: bool = False

    def shows(self, section: Section) -> bool:
        """Tell whether *section* is printed."""
        return self.only in {None, section}


_HEADINGS: Mapping[Verdict, tuple[Section, str]] = {
    Verdict.APPLY: (Section.APPLY, "Will be applied"),
    Verdict.BLOCK: (Section.BLOCKED, "Blocked"),
    Verdict.DRIFT: (Section.DRIFT, "Drifted, nothing is written"),
}


def print_plan(console: Console, plan: Plan, view: PlanView | None = None) -> None:
    """Print the steps of *plan* by what is decided about them, and its totals last."""
    view = view or PlanView()
    if len(plan.steps) > _MOST_STEPS_WITHOUT_SUMMARY:
        _print_totals(console, plan, view.impacts)
        console.print()
    for verdict, (section, heading) in _HEADINGS.items():
        if view.shows(section):
            _print_section(console, plan, verdict, heading, view.impacts)
    if plan.notes and view.shows(Section.NOTES):
        _print_heading(console, "Notes", len(plan.notes))
        for note in plan.notes:
            print_indented(console, Text(note), "  - ", 4)
        console.print()
    if plan.every_action and view.statements and view.shows(Section.APPLY):
        _print_statements(console, plan, view.names)
    _print_totals(console, plan, view.impacts)


def print_indented(console: Console, text: Text, first: str | Text = "", indent: int = 2) -> None:
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


def _print_totals(console: Console, plan: Plan, impacts: Iterable[Impact]) -> None:
    summary = f"Plan {plan.fingerprint}: {summary_of(plan)}."
    for line in filter(None, (totals_of(plan, impacts), summary)):
        print_indented(console, Text(line, style="bold"))


def _print_heading(console: Console, heading: str, count: int) -> None:
    console.print(Text(f"{heading} ({count:,})", style="bold underline"), soft_wrap=True)


def _print_section(
    console: Console, plan: Plan, verdict: Verdict, heading: str, impacts: Iterable[Impact]
) -> None:
    steps = plan.with_verdict(verdict)
    if not steps:
        return
    _print_heading(console, heading, len(steps))
    impact_of = {impact.resource: impact for impact in impacts}
    rebuilt = rebuilt_by(plan)
    for resource, of_resource in _by_resource(steps):
        kind = f"{kind_words(resource)}, ".removeprefix(", ")
        life_cycle = f" ({kind}{of_resource[0].life_cycle.value})"
        title = Text.assemble("  ", (str(resource), "bold"), life_cycle)
        console.print(title, soft_wrap=True)
        impact = impact_of.get(resource)
        if impact and (words := impact_words(impact, of_resource)):
            print_indented(console, Text(words, style="dim"), " " * _STEP_INDENT, _STEP_INDENT + 2)
        if verdict is Verdict.BLOCK:
            _print_blocked(console, of_resource)
            continue
        for step in of_resource:
            words = words_of(step)
            _print_step(console, mark_of(step, rebuilt), words, is_loss=step.loses_values)
            if step.loses_values:
                _print_reason(console, words.why, _LOSS_STYLE)
    console.print()


def _by_resource(
    steps: Sequence[Step[Change]],
) -> Iterator[tuple[ResourceId, Sequence[Step[Change]]]]:
    """Yield the steps of each resource; those that lose something come first."""
    groups = [(one, list(found)) for one, found in groupby(steps, key=lambda step: step.resource)]
    yield from sorted(groups, key=lambda group: not any(step.loses_values for step in group[1]))


def _print_blocked(console: Console, steps: Sequence[Step[Change]]) -> None:
    """Print each reason and each way out once, below the steps that they are for."""
    by_advice = dict[str, dict[str, list[StepWords]]]()
    for step in steps:
        words = words_of(step)
        by_advice.setdefault(words.advice, {}).setdefault(words.why, []).append(words)
    for advice, by_reason in by_advice.items():
        for why, of_reason in by_reason.items():
            for words in of_reason:
                _print_step(console, Mark.BLOCKED, words)
            _print_reason(console, why)
        if advice:
            _print_reason(console, f"What to do: {advice}", _STYLES[Mark.BLOCKED])


def _print_step(console: Console, mark: Mark, words: StepWords, *, is_loss: bool = False) -> None:
    style = _LOSS_STYLE if is_loss else _STYLES[mark]
    risk = Text(f" [{words.risk}]", style=style) if words.risk else Text()
    first = Text.assemble(" " * _STEP_INDENT, (f"{mark.sign:{_SIGN_WIDTH}}", style))
    one_line = words.is_drift or sum(map(len, words.sides)) <= _LONGEST_ON_ONE_LINE
    if one_line:
        between = " " if words.is_drift else ": "
        sides = f"{between}{' -> '.join(words.sides)}" if words.sides else ""
        text = Text.assemble(f"{words.what}{sides}", risk)
        print_indented(console, text, first, _REASON_INDENT + 2)
        return
    print_indented(console, Text.assemble(f"{words.what}:", risk), first, _REASON_INDENT + 2)
    for number, side in enumerate(words.sides):
        arrow = "-> " if number else "   " if len(words.sides) > 1 else ""
        print_indented(console, Text(f"{arrow}{side}"), " " * _REASON_INDENT, _REASON_INDENT + 3)


def _print_reason(console: Console, text: str, style: str = "") -> None:
    indent = _REASON_INDENT
    print_indented(console, Text(text, style=style), " " * indent, indent)


def _print_statements(console: Console, plan: Plan, names: Names) -> None:
    _print_heading(console, "Statements", len(plan.every_action))
    for action in plan.every_action:
        console.print(Text(f"  {action.resource} ({action.route.value})"), soft_wrap=True)
        for line in sent_by(action, names):
            print_indented(console, Text(line, style="dim"), "    ", 6)
    console.print()


def _count(rows: int | None) -> str:
    return "-" if rows is None else f"{rows:,}"
