"""One step of a plan in words: what it does, how bad that is, why, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from moose_dagster.diff.changes import Change
from moose_dagster.plan.describe import ABSENT, PRESENT, Description, describe, subject_of
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Step
from moose_dagster.report.marks import kind_of
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import ResourceId, ViewId
from moose_dagster.state.topics import TopicId

RISK_WORDS: Final[Mapping[Risk, str]] = {
    Risk.SAFE: "",
    Risk.REWRITE: "rewrites what is stored",
    Risk.DATA_DEPENDENT: "may lose data",
    Risk.REBUILD: "copies all rows",
    Risk.DESTRUCTIVE: "loses data",
    Risk.IMPOSSIBLE: "the server can't do it",
}
"""What each risk means, for people."""


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step in words.

    Attributes:
        what: What it does and to what, such as `drop column fax`; of drift, only to what.
        sides: What is live and what the code says, without a side that has nothing.
        risk: How bad it is; "" where nothing is lost or rewritten, or nothing is done.
        why: Why it has its verdict, as a sentence.
        advice: What to do about it, as sentences; "" for nothing.
        is_drift: Whether nothing is done; then the one side is the rest of the sentence.
    """

    what: str
    sides: tuple[str, ...]
    risk: str
    why: str
    advice: str
    is_drift: bool = False


def words_of(step: Step[Change]) -> StepWords:
    """Return *step* in words."""
    text = describe(step.change)
    what = f"{text.facet} {text.column}".strip()
    empty = {ABSENT, PRESENT, text.facet}
    sides = tuple(side for side in (text.live, text.declared) if side not in empty)
    why, advice = _why_and_advice(step)
    if step.verdict is Verdict.DRIFT:
        return StepWords(what, (_difference(text),), "", why, advice, is_drift=True)
    return StepWords(f"{kind_of(step).word} {what}", sides, RISK_WORDS[step.risk], why, advice)


def difference_words(step: Step[Change]) -> str:
    """Return how live and code differ, and what the next run does about it, for who only looks."""
    text = describe(step.change)
    what = f"{text.facet} {text.column}".strip()
    why, advice = _why_and_advice(step)
    outlook: Mapping[Verdict, str] = {
        Verdict.APPLY: "An apply changes it.",
        Verdict.BLOCK: f"Blocked: {why} {advice}".strip(),
        Verdict.DRIFT: "Nothing is written.",
    }
    return f"{what} {_difference(text)}. {outlook[step.verdict]}"


def kind_words(resource: ResourceId) -> str:
    """Return what *resource* is where it is not a table: `topic`, `view` or ""."""
    if isinstance(resource, TopicId):
        return "topic"
    return "view" if isinstance(resource, ViewId) else ""


def _difference(text: Description) -> str:
    if text.live == ABSENT:
        return f"is not there, the code says {text.declared}"
    live = "there" if text.live == PRESENT else text.live
    says = "does not have it" if text.declared == ABSENT else f"says {text.declared}"
    return f"is {live}, the code {says}"


def _why_and_advice(step: Step[Change]) -> tuple[str, str]:
    """Return the two halves of a reason, which names the resource and its life cycle between."""
    text = step.reason.removeprefix(f"{subject_of(step.change)}: ")
    text = text.removeprefix(f"{step.resource}: ")
    why, life_cycle, advice = text.partition(f" ({step.life_cycle.value}).")
    return (f"{why}." if life_cycle else why), advice.strip()
