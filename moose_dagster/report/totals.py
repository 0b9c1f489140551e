"""What a whole plan does, in one line: how much of each kind, and what is lost by it."""

from collections import Counter
from collections.abc import Iterable, Iterator

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.trash import trashed_by
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan
from moose_dagster.report.marks import Mark, mark_of, rebuilt_by
from moose_dagster.state.counting import counted

_APPLIED = (Mark.CREATED, Mark.CHANGED, Mark.REBUILT, Mark.DROPPED)
_NAMES = Names()


def totals_of(plan: Plan, impacts: Iterable[Impact] = ()) -> str:
    """Return how many changes of each kind are applied, and what becomes of what they take.

    An example is `2 to create, 1 to drop: 25 rows go to the trash`; "" is for nothing to apply.

    Args:
        plan: What is planned.
        impacts: How much of what it touches is stored, where that is known.
    """
    rebuilt = rebuilt_by(plan)
    marks = Counter(mark_of(step, rebuilt) for step in plan.with_verdict(Verdict.APPLY))
    totals = ", ".join(f"{marks[mark]:,} to {mark.word}" for mark in _APPLIED if marks[mark])
    taken = " and ".join(_taken(plan, impacts))
    return f"{totals}: {taken}" if taken else totals


def _taken(plan: Plan, impacts: Iterable[Impact]) -> Iterator[str]:
    impact_of = {impact.resource: impact for impact in impacts}
    trashed = 0
    lost = 0
    messages = 0
    for action in plan.every_action:
        impact = impact_of.get(action.resource)
        if impact is None or not any(step.loses_values for step in action.steps):
            continue
        if impact.messages is not None:
            messages += max(impact.lost.values(), default=impact.messages)
        elif trashed_by(action, _NAMES):
            trashed += impact.rows or 0
        else:
            lost += impact.rows or 0
    if trashed:
        yield f"{counted(trashed, 'row')} {'goes' if trashed == 1 else 'go'} to the trash"
    if lost:
        yield f"{counted(lost, 'row')} can't be restored"
    if messages:
        yield f"{counted(messages, 'message')} can't be restored"
