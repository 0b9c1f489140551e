"""Plan again after a run and name what was answered with OK and still differs."""

from collections.abc import Callable, Sequence

from moose_dagster.apply.results import Result
from moose_dagster.diff.changes import Change
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.plan.describe import describe
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan, Step
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.state.names import ResourceId


def plan_again(look: Callable[[], PlanResult], results: Sequence[Result]) -> PlanResult:
    """Look again after *results*; where no server can be read any more, return only why.

    Raises:
        ServerError: There are no results that would be lost with it.
    """
    try:
        return look()
    except (ServerError, ServerUnreachable) as error:
        if not results:
            raise
        return PlanResult(problems=(error,))


def unfinished_of(results: Sequence[Result], after: Plan) -> tuple[str, ...]:
    """Return a sentence for each change that ended without an error and still differs."""
    done = [step for result in results if not result.error for step in result.action.steps]
    facets = {facet_of(step) for step in done}
    return tuple(
        f"{step.reason} It was sent and answered with OK, and still differs."
        for step in after.with_verdict(Verdict.APPLY)
        if facet_of(step) in facets
    )


def facet_of(step: Step[Change]) -> tuple[ResourceId, str, str]:
    """Return what *step* is about, whatever both sides are by now: resource, facet and column."""
    text = describe(step.change)
    return step.resource, text.facet, text.column
