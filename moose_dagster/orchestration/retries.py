"""Which errors of an op Dagster tries again: a server that did not answer may answer next time, a refusal stands."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from moose_dagster.errors import MooseDagsterError, ServerError, ServerUnreachable
from moose_dagster.reconcile import PlanResult, ReconcileResult
from moose_dagster.state.names import TableId


@contextmanager
def refusals_stand() -> Generator[None]:
    """Turn every error of the library but a lost connection into a failure that is not tried again.

    Raises:
        dg.Failure: The library raised; the message is its own.
    """
    try:
        yield
    except ServerUnreachable:
        raise
    except MooseDagsterError as refused:
        raise dg.Failure(str(refused), allow_retries=False) from refused


@contextmanager
def asked_again(policy: dg.RetryPolicy | None, attempt: int) -> Generator[None]:
    """Ask for another try after a lost connection, where Dagster's decorator of the op takes no policy.

    Raises:
        dg.RetryRequested: A server did not answer, and *policy* has a try left.
    """
    try:
        yield
    except ServerUnreachable as lost:
        if policy is None:
            raise
        raise dg.RetryRequested(policy.max_retries, policy.calculate_delay(attempt + 1)) from lost


def raise_problems(plan_result: PlanResult) -> None:
    """Raise the first of what could not be read, a server that did not answer before a topic that is refused.

    Raises:
        ServerError: The message names them all.
    """
    lost = [problem for problem in plan_result.problems if isinstance(problem, ServerUnreachable)]
    if lost:
        raise lost[0]
    if plan_result.problems:
        raise ServerError("\n".join(map(str, plan_result.problems)))


def lost_connection(outcome: ReconcileResult) -> ServerUnreachable | None:
    """Return the first error of *outcome* that says that a server did not answer, or None."""
    for problem in (*outcome.before.problems, *outcome.after.problems):
        if isinstance(problem, ServerUnreachable):
            return problem
    for result in outcome.failures:
        # A broker may refuse without a code; of a table, no code means that nobody answered.
        if result.code is None and isinstance(result.action.resource, TableId):
            return ServerUnreachable(result.error)
    return None
