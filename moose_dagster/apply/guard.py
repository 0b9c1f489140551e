"""The second look at every action, immediately before it is sent."""

from collections.abc import Mapping

from moose_dagster.errors import GuardError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict, verdict_on
from moose_dagster.plan.steps import Action
from moose_dagster.plan.table_risk import risk_of
from moose_dagster.state.tables import TableId


def guard(action: Action, promises: Mapping[TableId, LifeCycle]) -> None:
    """Refuse an action that breaks the promise made to its table, whoever built the plan.

    The risk of each change is worked out anew; what the plan says about it does not count.

    Args:
        action: What is about to be sent.
        promises: The life cycle of every table of the project, from the code or the ledger.

    Raises:
        GuardError: Naming the step that is not allowed.
    """
    promise = promises.get(action.table)
    if promise is None:
        raise GuardError(f"{action.table}: no project manages this table; refused before sending.")
    for step in action.steps:
        risk = risk_of(step.change, action.around).risk
        allowed = verdict_on(promise, risk) is Verdict.APPLY
        if not allowed or step.verdict is not Verdict.APPLY or step.resource != action.table:
            raise GuardError(f"{step.reason} Refused before sending: {promise.value} does not allow {risk.value}.")
