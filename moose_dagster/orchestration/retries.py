"""Which errors of an op are retried: a lost connection may come back, a refusal is final."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from moose_dagster.errors import MooseDagsterError, ServerError, ServerUnreachable
from moose_dagster.reconciliation import PlanResult, ReconcileResult
from moose_dagster.state.names import TableId


@contextmanager
def translate_errors(policy: dg.RetryPolicy | None, retry_number: int) -> Generator[None]:
    """Retry the op after a lost connection, and turn every other error into a failure.

    Raises:
        dg.RetryRequested: A server did not answer, and there is a *policy*.
        dg.Failure: The library raised another error; the message is the same.
    """
    # No op has a retry policy of its own: Dagster would apply it to Terminate as well.
    try:
        yield
    except ServerUnreachable as lost:
        if policy is None:
            raise
        raise _retry_requested(policy, retry_number) from lost
    except dg.Failure as failure:
        if policy is None or not failure.allow_retries:
            raise
        raise _retry_requested(policy, retry_number) from failure
    except MooseDagsterError as refused:
        raise dg.Failure(str(refused), allow_retries=False) from refused


def _retry_requested(policy: dg.RetryPolicy, retry_number: int) -> dg.RetryRequested:
    return dg.RetryRequested(policy.max_retries, policy.calculate_delay(retry_number + 1))


def raise_problems(plan_result: PlanResult) -> None:
    """Raise the first server that did not answer, or else all read errors as one.

    Raises:
        ServerError: Something could not be read; the message names everything.
    """
    lost = [problem for problem in plan_result.problems if isinstance(problem, ServerUnreachable)]
    if lost:
        raise lost[0]
    if plan_result.problems:
        raise ServerError("\n".join(map(str, plan_result.problems)))


def lost_connection(outcome: ReconcileResult) -> ServerUnreachable | None:
    """Return the first error that says that a server did not answer, or None."""
    for problem in (*outcome.before.problems, *outcome.after.problems):
        if isinstance(problem, ServerUnreachable):
            return problem
    for result in outcome.failures:
        # A broker may refuse without a code; for a table, no code means that nobody answered.
        if result.code is None and isinstance(result.action.resource, TableId):
            return ServerUnreachable(result.error)
    return None
