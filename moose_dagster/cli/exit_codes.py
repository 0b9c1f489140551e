"""The exit codes of all commands."""

from typing import Final

from moose_dagster.plan.policy import Verdict
from moose_dagster.reconciliation import PlanResult, ReconcileResult

NOTHING_TO_DO: Final = 0
FAILED: Final = 1
PENDING: Final = 2
DIFFERENT: Final = 3

HELP: Final = """Exit codes:

- 0: nothing is left to do
- 1: an error, or a change that failed
- 2: there are changes to apply (plan)
- 3: something is blocked or has drifted, nothing is left to apply; for check, something differs"""


def of_plan(plan_result: PlanResult) -> int:
    """Return the exit code of `plan`."""
    if plan_result.problems:
        return FAILED
    return PENDING if plan_result.plan.with_verdict(Verdict.APPLY) else of_check(plan_result)


def of_check(plan_result: PlanResult) -> int:
    """Return the exit code of `check`."""
    if plan_result.problems:
        return FAILED
    return DIFFERENT if plan_result.plan.steps else NOTHING_TO_DO


def of_apply(outcome: ReconcileResult) -> int:
    """Return the exit code of `apply`."""
    if outcome.failures or outcome.unfinished or outcome.before.problems:
        return FAILED
    return of_check(outcome.after)
