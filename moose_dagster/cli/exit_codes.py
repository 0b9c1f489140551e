"""What the exit codes of all commands mean."""

from typing import Final

from moose_dagster.plan.policy import Verdict
from moose_dagster.reconcile import Outcome, Survey

NOTHING_TO_DO: Final = 0
FAILED: Final = 1
PENDING: Final = 2
HELD: Final = 3

HELP: Final = """Exit codes:

- 0: nothing is left to do
- 1: an error, or a change that failed
- 2: there are changes to apply (plan)
- 3: nothing to apply, but something is blocked or drifted; for check, something differs"""


def of_plan(survey: Survey) -> int:
    """Return the exit code of `plan`."""
    if survey.problems:
        return FAILED
    return PENDING if survey.plan.with_verdict(Verdict.APPLY) else of_check(survey)


def of_check(survey: Survey) -> int:
    """Return the exit code of `check`."""
    if survey.problems:
        return FAILED
    return HELD if survey.plan.steps else NOTHING_TO_DO


def of_apply(outcome: Outcome) -> int:
    """Return the exit code of `apply`."""
    if outcome.failures or outcome.unfinished or outcome.before.problems:
        return FAILED
    return of_check(outcome.after)
