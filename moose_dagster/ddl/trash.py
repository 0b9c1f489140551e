"""What an action leaves in the trash database, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.views import copies_storage, copies_target
from moose_dagster.plan.steps import Action, AnyAction, Route, ViewAction
from moose_dagster.state.names import TableId

MOST_TRASH_DAYS: Final = 36_500
"""How long something may be kept: a hundred years, for the server's calendar ends in 2299."""


class Cause(str, Enum):
    """Why a table is in the trash."""

    DROPPED = "dropped"
    """The table itself, which left the code."""
    CHANGED = "changed"
    """The table as it was before a change that lost or altered stored values."""
    REBUILT = "rebuilt"
    """The table as it was before its rebuild."""
    REPLACED = "replaced"
    """The table that had a name when another one was restored to it."""


@dataclass(frozen=True, slots=True)
class TrashedTable:
    """A table in the trash.

    Attributes:
        origin: The table or view it comes from.
        name: Its name in the trash.
        cause: Why it is there.
        reason: The sentences of the steps that led to it.
        cluster: The cluster whose hosts all have it; "" for one server.
    """

    origin: TableId
    name: TableId
    cause: Cause
    reason: str
    cluster: str = ""


def trashed_by(action: AnyAction, names: Names) -> tuple[TrashedTable, ...]:
    """Return the tables that *action* leaves in the trash under *names*."""
    match action:
        case Action():
            return tuple(_of_table(action, names))
        case ViewAction():
            return tuple(_of_view(action, names))
        case _:
            return ()


def _of_table(action: Action, names: Names) -> Iterator[TrashedTable]:
    causes = {Route.DROP: Cause.DROPPED, Route.REBUILD: Cause.REBUILT}
    names = names.for_table(action.table, action.context.catalog)
    cause = Cause.CHANGED if action.snapshot else causes.get(action.route)
    if cause is not None:
        yield TrashedTable(
            action.table,
            names.in_trash(action.table),
            cause,
            _reason(action),
            action.context.statement_cluster,
        )


def _of_view(action: ViewAction, names: Names) -> Iterator[TrashedTable]:
    cause = Cause.DROPPED if action.route is Route.DROP else Cause.CHANGED
    live = action.context.live
    target = action.target
    if live is not None and action.route in {Route.DROP, Route.REBUILD} and copies_storage(action):
        yield TrashedTable(
            TableId(live.id.database, live.id.name), names.in_trash(live.id), cause, _reason(action)
        )
    if target is not None and target.target is not None and copies_target(action):
        yield TrashedTable(
            target.target, names.in_trash(target.target), Cause.CHANGED, _reason(action)
        )


def _reason(action: Action | ViewAction) -> str:
    return " ".join(step.reason for step in action.steps)
