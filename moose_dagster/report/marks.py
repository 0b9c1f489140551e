"""What happens to each step of a plan, as one mark."""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import TypeAlias

from typing_extensions import assert_never

from moose_dagster.diff.changes import Change
from moose_dagster.plan.describe import ABSENT, describe
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, Route, Step
from moose_dagster.risk.levels import Risk
from moose_dagster.state.names import ResourceId


class Mark(str, Enum):
    """What happens to a step: a sign and a word."""

    BLOCKED = "! blocked"
    DRIFTED = "? drift"
    CREATED = "+ create"
    CHANGED = "~ change"
    REBUILT = "-/+ rebuild"
    DROPPED = "- drop"

    @property
    def sign(self) -> str:
        """The mark without its word."""
        return self.value.split()[0]

    @property
    def word(self) -> str:
        """The mark without its sign."""
        return self.value.split()[-1]


Rebuilt: TypeAlias = Mapping[ResourceId, frozenset[Risk]]


def mark_of(step: Step[Change], rebuilt: Rebuilt) -> Mark:
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
            return _mark_of_applied(step, rebuilt.get(step.resource, frozenset()))
        case _:
            assert_never(step.verdict)


def kind_of(step: Step[Change]) -> Mark:
    """Return what *step* does, or would do if it were allowed."""
    return _mark_of_applied(step, frozenset({Risk.REBUILD}))


def rebuilt_by(plan: Plan) -> Rebuilt:
    """Return what *plan* rebuilds, with the risks of the steps that each rebuild is for."""
    rebuilt = dict[ResourceId, frozenset[Risk]]()
    for action in plan.every_action:
        if action.route is Route.REBUILD:
            risks = frozenset(step.risk for step in action.steps)
            rebuilt[action.resource] = risks & {Risk.REBUILD} or risks
    return rebuilt


def _mark_of_applied(step: Step[Change], rebuilds: Collection[Risk]) -> Mark:
    text = describe(step.change)
    if text.live == ABSENT:
        return Mark.CREATED
    if text.declared == ABSENT:
        return Mark.DROPPED
    return Mark.REBUILT if step.risk in rebuilds else Mark.CHANGED
