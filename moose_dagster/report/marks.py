"""What happens to each step of a plan, as one mark."""

from collections.abc import Collection
from enum import Enum

from typing_extensions import assert_never

from moose_dagster.diff.changes import Change
from moose_dagster.plan.describe import ABSENT, describe
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, Route, Step
from moose_dagster.state.names import ResourceId


class Mark(str, Enum):
    """What happens to a step: a sign and a word."""

    BLOCKED = "! blocked"
    DRIFTED = "? drift"
    CREATED = "+ create"
    ALTERED = "~ alter"
    REBUILT = "-/+ rebuild"
    DROPPED = "- drop"

    @property
    def word(self) -> str:
        """The mark without its sign."""
        return self.value.split()[-1]


_APPLIED = (Mark.CREATED, Mark.ALTERED, Mark.REBUILT, Mark.DROPPED)


def mark_of(step: Step[Change], rebuilt: Collection[ResourceId]) -> Mark:
    """Return the mark of *step*.

    Args:
        step: The step.
        rebuilt: What `rebuilt_by` returns for its plan.
    """
    match step.verdict:
        case Verdict.BLOCK:
            return Mark.BLOCKED
        case Verdict.DRIFT:
            return Mark.DRIFTED
        case Verdict.APPLY:
            return Mark.REBUILT if step.resource in rebuilt else _mark_of_applied(step)
        case _:
            assert_never(step.verdict)


def rebuilt_by(plan: Plan) -> frozenset[ResourceId]:
    """Return the tables that *plan* rebuilds."""
    actions = (action for action in plan.every_action if action.route is Route.REBUILD)
    return frozenset(action.resource for action in actions)


def totals_of(plan: Plan) -> str:
    """Return how many changes of each kind are applied, such as `2 to create, 1 to drop`, or ""."""
    rebuilt = rebuilt_by(plan)
    marks = [mark_of(step, rebuilt) for step in plan.with_verdict(Verdict.APPLY)]
    counts = ((mark.word, marks.count(mark)) for mark in _APPLIED)
    return ", ".join(f"{count:,} to {word}" for word, count in counts if count)


def _mark_of_applied(step: Step[Change]) -> Mark:
    text = describe(step.change)
    if text.live == ABSENT:
        return Mark.CREATED
    return Mark.DROPPED if text.declared == ABSENT else Mark.ALTERED
