"""The second look at every action, immediately before it is sent."""

from collections.abc import Iterable, Iterator, Mapping

from typing_extensions import assert_never

from moose_dagster.errors import GuardError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict, verdict_on
from moose_dagster.plan.steps import Action, AnyAction, TopicAction, ViewAction
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.tables import risk_of
from moose_dagster.risk.topics import topic_risk_of
from moose_dagster.risk.views import view_risk_of
from moose_dagster.state.names import ResourceId


def guard_all(actions: Iterable[AnyAction], life_cycles: Mapping[ResourceId, LifeCycle]) -> None:
    """Refuse *actions* as a whole when the life cycle of one resource forbids its action.

    Raises:
        GuardError: Naming the first step that is not allowed.
    """
    for action in actions:
        guard(action, life_cycles)


def guard(action: AnyAction, life_cycles: Mapping[ResourceId, LifeCycle]) -> None:
    """Refuse an action that the life cycle of its resource forbids, whoever built the plan.

    The risk of each change is worked out again; what the plan says about it does not count.

    Args:
        action: What is about to be sent.
        life_cycles: The life cycle of every resource of the project, from the code or the ledger.

    Raises:
        GuardError: Naming the step that is not allowed.
    """
    resource = action.resource
    if resource not in life_cycles:
        raise GuardError(f"{resource}: no project manages it; refused before sending.")
    life_cycle = life_cycles[resource]
    for step, risk in zip(action.steps, _risks(action), strict=True):
        allowed = verdict_on(life_cycle, risk) is Verdict.APPLY
        if not allowed or step.verdict is not Verdict.APPLY or step.resource != resource:
            raise GuardError(
                f"{step.reason} Refused before sending: "
                f"{life_cycle.value} does not allow {risk.value}."
            )


def _risks(action: AnyAction) -> Iterator[Risk]:
    match action:
        case Action():
            yield from (risk_of(step.change, action.context).risk for step in action.steps)
        case TopicAction():
            yield from (topic_risk_of(step.change, action.context).risk for step in action.steps)
        case ViewAction():
            yield from (view_risk_of(step.change, action.context).risk for step in action.steps)
        case _:
            assert_never(action)
