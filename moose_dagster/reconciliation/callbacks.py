"""What a reconcile tells its caller while it runs."""

from collections.abc import Callable
from dataclasses import dataclass

from moose_dagster.plan.steps import AnyAction, Plan
from moose_dagster.state.names import TableId


def silent(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class RunCallbacks:
    """The functions that a reconcile calls while it runs.

    Attributes:
        planned: Called with the plan, right before the first action.
        started: Called before each action.
        copied: Called while a table is rebuilt, with the table, the rows copied so far and those to
            copy.
    """

    planned: Callable[[Plan], None] = silent
    started: Callable[[AnyAction], None] = silent
    copied: Callable[[TableId, int, int], None] = silent
