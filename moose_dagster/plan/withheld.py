"""Which steps are sent now, and which would be once somebody allows them."""

from collections.abc import Iterable
from typing import TypeVar

from moose_dagster.diff.changes import Change
from moose_dagster.plan.policy import Risk, Verdict
from moose_dagster.plan.steps import Step

C = TypeVar("C", bound=Change)


def allowed(steps: Iterable[Step[C]]) -> tuple[Step[C], ...]:
    """Return those of *steps* that are applied."""
    return tuple(step for step in steps if step.verdict is Verdict.APPLY)


def withheld(steps: Iterable[Step[C]]) -> tuple[Step[C], ...]:
    """Return the blocked ones of *steps* that the server could make if they were allowed."""
    return tuple(step for step in steps if step.verdict is Verdict.BLOCK and step.risk is not Risk.IMPOSSIBLE)
