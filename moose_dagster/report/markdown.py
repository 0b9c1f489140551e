"""A plan as Markdown for the comment of a pull request: risk first, and cut to a size."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.render import sent_by
from moose_dagster.diff.changes import Change
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import AnyAction, Plan, Step
from moose_dagster.report.impact import impact_words
from moose_dagster.report.marks import kind_of
from moose_dagster.report.rows import row_of, summary_of
from moose_dagster.report.step_words import kind_words, words_of
from moose_dagster.report.totals import totals_of
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId

MOST_CHARACTERS = 60_000
"""GitHub takes 65,536 characters in a comment, and GitLab 1,000,000."""
_LEFT_OUT = 400  # what the last line needs, in characters
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_BACKTICKS = re.compile(r"`+")


@dataclass(slots=True)
class _Page:
    """A text that takes blocks as long as there is room for them."""

    most: int
    blocks: list[str] = field(default_factory=list[str])
    characters: int = 0

    def takes(self, block: str) -> bool:
        if self.characters + len(block) > self.most - _LEFT_OUT:
            return False
        self.add(block)
        return True

    def add(self, block: str) -> None:
        self.blocks.append(block)
        self.characters += len(block)


@dataclass(frozen=True, slots=True)
class PlanComment:
    """What the comment of a pull request says of a plan.

    Attributes:
        plan: What is planned.
        title: What stands above it, such as `shop in prod`.
        names: Where what is dropped goes.
        impacts: What the plan touches.
        problems: What could not be read or compared, as sentences.
        most: The most characters of the text; what is left out is counted at its end.
    """

    plan: Plan
    title: str
    names: Names = field(default_factory=Names)
    impacts: Sequence[Impact] = ()
    problems: Sequence[str] = ()
    most: int = MOST_CHARACTERS

    def text(self) -> str:
        """Return the comment as Markdown; the same plan gives the same text."""
        page = _Page(self.most)
        page.add(f"### {_escaped(self.title)}: {summary_of(self.plan)}\n")
        page.add(f"\n{_totals(self.plan, self.impacts)}Plan {_code(self.plan.fingerprint)}\n")
        for problem in self.problems:
            _ = page.takes(f"\n> **Error:** {_escaped(problem)}\n")
        left_steps = _add_plan(page, self.plan, self.impacts)
        left_statements = _add_statements(page, self.plan.every_action, self.names)
        page.add(_left_out(left_steps, left_statements))
        return "".join(page.blocks)


def plan_as_markdown(plan: Plan, impacts: Sequence[Impact], most: int) -> str:
    """Return *plan* without its statements as Markdown of *most* characters: a summary, then steps.

    Args:
        plan: What is planned.
        impacts: What it touches.
        most: The most characters; what is left out is counted at the end.
    """
    page = _Page(most)
    totals = totals_of(plan, impacts)
    page.add(f"**{summary_of(plan)}**{f': {totals}' if totals else ''}\n")
    page.add(_left_out(_add_plan(page, plan, impacts), 0))
    return "".join(page.blocks)


def _totals(plan: Plan, impacts: Sequence[Impact]) -> str:
    totals = totals_of(plan, impacts)
    return f"**{totals}** · " if totals else ""


def _sections(plan: Plan) -> Mapping[str, Sequence[Step[Change]]]:
    """Return the steps by what a person decides, worst first."""
    applied = plan.with_verdict(Verdict.APPLY)
    losing = [step for step in applied if step.loses_values]
    harmless = [step for step in applied if not step.loses_values]
    return {
        "Will be applied, and loses what is stored": losing,
        "Blocked": plan.with_verdict(Verdict.BLOCK),
        "Drifted": plan.with_verdict(Verdict.DRIFT),
        "Will be applied": harmless,
    }


def _add_plan(page: _Page, plan: Plan, impacts: Sequence[Impact]) -> int:
    """Add every step and note, and return for how many steps there was no room."""
    left = _add_sections(page, plan, impacts)
    for note in plan.notes:
        _ = page.takes(f"\n> {_escaped(note)}\n")
    return left


def _add_sections(page: _Page, plan: Plan, impacts: Sequence[Impact]) -> int:
    """Add every step, and return for how many there was no room."""
    touched = {impact.resource: impact for impact in impacts}
    left = 0
    for heading, steps in _sections(plan).items():
        if steps and (left or not page.takes(f"\n#### {heading} ({len(steps):,})\n\n")):
            left += len(steps)
            continue
        for resource, of_resource in groupby(steps, key=lambda step: step.resource):
            block = list(of_resource)
            text = _resource_block(resource, block, touched.get(resource))
            if left or not page.takes(text):
                left += len(block)
    return left


def _resource_block(
    resource: ResourceId, steps: Sequence[Step[Change]], impact: Impact | None
) -> str:
    words = impact_words(impact, steps) if impact else ""
    facts = f" · {_escaped(words)}" if words else ""
    kind = f"{kind_words(resource)}, ".removeprefix(", ")
    title = f"- **{_escaped(str(resource))}** ({kind}{steps[0].life_cycle.value}){facts}\n"
    return "".join([title, *map(_step_lines, steps)])


def _step_lines(step: Step[Change]) -> str:
    row = row_of(step)
    words = words_of(step)
    what = f"{row.facet} {_code(row.column)}" if row.column else row.facet
    verb = "" if step.verdict is Verdict.DRIFT else f"{kind_of(step).word} "
    sides = " → ".join(map(_code, words.sides))
    if step.verdict is Verdict.DRIFT:
        sides = f"live {_code(row.live)}, in the code {_code(row.declared)}"
    risk = f" **{words.risk}**" if words.risk else ""
    reason = _escaped(f"{words.why} {words.advice}".strip())
    line = f"  - {verb}{what}{': ' if sides else ''}{sides}{risk}\n"
    needs_reason = step.verdict is Verdict.BLOCK or step.loses_values
    return f"{line}    {reason}\n" if needs_reason else line


def _add_statements(page: _Page, actions: Sequence[AnyAction], names: Names) -> int:
    """Add what is sent, and return for how many resources there was no room."""
    left = 0
    for action in actions:
        statements = sent_by(action, names)
        title = f"{_escaped(str(action.resource))}: {counted(len(statements), 'statement')}"
        block = (
            f"\n<details><summary>{action.route.value} {title}</summary>\n\n"
            f"{_sql_block(statements)}\n</details>\n"
        )
        left += 0 if not left and page.takes(block) else 1
    return left


def _left_out(steps: int, actions: int) -> str:
    what = list[str]()
    if steps:
        what.append(counted(steps, "change"))
    if actions:
        what.append(f"the statements of {counted(actions, 'resource')}")
    if not what:
        return ""
    are = "is" if steps == 1 and not actions else "are"
    return f"\n{' and '.join(what)} {are} left out here; `moose-dagster plan` shows everything.\n"


def _sql_block(statements: Iterable[str]) -> str:
    text = ";\n".join(statements)
    marks = "`" * max(3, _longest_run(text) + 1)
    return f"{marks}sql\n{text}\n{marks}\n"


def _code(text: str) -> str:
    """Return *text* as a code span, whatever is in it."""
    line = " ".join(text.split("\n"))
    ticks = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _longest_run(text: str) -> int:
    """Return the most backticks in a row."""
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _escaped(text: str) -> str:
    """Return *text* so that Markdown shows it as it is, and nobody is mentioned by it."""
    line = " ".join(text.split("\n"))
    return _SPECIAL.sub(r"\\\1", line).replace("@", "@\u200b")
