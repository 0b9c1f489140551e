"""Plan what only some hosts of a cluster lack, apart from what every host needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from moose_dagster.diff.hosts import on_every_host
from moose_dagster.diff.table_changes import AddColumn, AddElement, CreateTable, TableChange
from moose_dagster.plan.steps import Action, Step
from moose_dagster.plan.strategy import action_for
from moose_dagster.risk.context import TableContext
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table


def hosts_of(change: TableChange) -> tuple[str, ...]:
    """Return the hosts that *change* is about, none where it is about all."""
    is_addition = isinstance(change, CreateTable | AddColumn | AddElement)
    return change.hosts if is_addition else ()


def without_healed(
    changes: Iterable[TableChange], healing: Sequence[TableChange]
) -> list[TableChange]:
    """Return *changes* without the additions that *healing* makes on the hosts that lack them."""
    healed = {_added(change) for change in healing}
    return [change for change in changes if _added(change) not in healed or not _added(change)]


def healing_context(
    context: TableContext, desired: Table, on_hosts: Mapping[str, Table | None]
) -> TableContext:
    """Return the context of additions on some hosts: what every host of the table has is live."""
    return replace(context, live=on_every_host(desired, on_hosts), cluster_obstacle="")


def healing_actions(
    table: TableId, steps: Sequence[Step[TableChange]], context: TableContext
) -> tuple[Action, ...]:
    """Return what is sent for *steps*: the table where it is absent, then what it lacks."""
    creations = [step for step in steps if isinstance(step.change, CreateTable)]
    additions = [step for step in steps if not isinstance(step.change, CreateTable)]
    actions = (action_for(table, chosen, context) for chosen in (creations, additions))
    return tuple(action for action in actions if action is not None)


def _added(change: TableChange) -> tuple[str, ...]:
    match change:
        case CreateTable():
            return ("table",)
        case AddColumn():
            return ("column", change.column.name)
        case AddElement():
            return (type(change.element).__name__, change.element.name)
        case _:
            return ()
