"""The second look at every action, immediately before it is sent."""

from collections.abc import Mapping

from moose_dagster.diff.changes import Change
from moose_dagster.errors import GuardError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Risk, Verdict, verdict_on
from moose_dagster.plan.steps import Action, Step, TopicAction, ViewAction
from moose_dagster.plan.table_risk import risk_of
from moose_dagster.plan.topic_risk import topic_risk_of
from moose_dagster.plan.view_risk import view_risk_of
from moose_dagster.state.resources import ResourceId


def guard(action: Action, promises: Mapping[ResourceId, LifeCycle]) -> None:
    """Refuse an action that breaks the promise made to its table, whoever built the plan.

    The risk of each change is worked out anew; what the plan says about it does not count.

    Args:
        action: What is about to be sent.
        promises: The life cycle of every table of the project, from the code or the ledger.

    Raises:
        GuardError: Naming the step that is not allowed.
    """
    promise = _promise(action.table, promises)
    for step in action.steps:
        _check(step, risk_of(step.change, action.around).risk, action.table, promise)


def guard_topic(action: TopicAction, promises: Mapping[ResourceId, LifeCycle]) -> None:
    """Do the same for an action of a topic.

    Raises:
        GuardError: Naming the step that is not allowed.
    """
    promise = _promise(action.topic, promises)
    for step in action.steps:
        _check(step, topic_risk_of(step.change, action.around).risk, action.topic, promise)


def guard_view(action: ViewAction, promises: Mapping[ResourceId, LifeCycle]) -> None:
    """Do the same for an action of a view.

    Raises:
        GuardError: Naming the step that is not allowed.
    """
    promise = _promise(action.view, promises)
    for step in action.steps:
        _check(step, view_risk_of(step.change, action.around).risk, action.view, promise)


def _promise(resource: ResourceId, promises: Mapping[ResourceId, LifeCycle]) -> LifeCycle:
    if resource not in promises:
        raise GuardError(f"{resource}: no project manages it; refused before sending.")
    return promises[resource]


def _check(step: Step[Change], risk: Risk, resource: ResourceId, promise: LifeCycle) -> None:
    allowed = verdict_on(promise, risk) is Verdict.APPLY
    if not allowed or step.verdict is not Verdict.APPLY or step.resource != resource:
        raise GuardError(f"{step.reason} Refused before sending: {promise.value} does not allow {risk.value}.")
