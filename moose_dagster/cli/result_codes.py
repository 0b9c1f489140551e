"""The exit code that a plan or a result stands for."""

from moose_dagster.cli import exit_codes
from moose_dagster.plan.policy import Verdict
from moose_dagster.reconciliation import PlanResult, ReconcileResult


def of_plan(plan_result: PlanResult) -> int:
    """Return the exit code of `plan`."""
    if plan_result.problems:
        return exit_codes.FAILED
    return (
        exit_codes.PENDING
        if plan_result.plan.with_verdict(Verdict.APPLY)
        else of_check(plan_result)
    )


def of_check(plan_result: PlanResult) -> int:
    """Return the exit code of `check`."""
    if plan_result.problems:
        return exit_codes.FAILED
    return exit_codes.DIFFERENT if plan_result.plan.steps else exit_codes.NOTHING_TO_DO


def of_apply(outcome: ReconcileResult) -> int:
    """Return the exit code of `apply`."""
    if outcome.failures or outcome.unfinished or outcome.before.problems:
        return exit_codes.FAILED
    return of_check(outcome.after)
