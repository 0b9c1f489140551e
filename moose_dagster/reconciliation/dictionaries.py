"""Carry dictionaries along when the tables change that they are loaded from."""

from collections.abc import Iterator, Mapping, Sequence

from moose_dagster.apply.results import StatementError
from moose_dagster.apply.tables import TableExecutor
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.dependents import read_dependents, read_loaded
from moose_dagster.plan.steps import Plan
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.views import View, ViewKind

_UNCHECKED = {"check_table_dependencies": "0"}


def unchecked_names(
    clickhouse: ClickHouse, plan: Plan, trash: str
) -> dict[ResourceId, Mapping[str, str]]:
    """Return the settings of what is renamed or dropped with all that is loaded from it.

    The server refuses to rename or drop it (630), also where the dictionary over it is defined
    again right after that, and where a copy in the trash alone still names it.
    """
    actions = plan.ordered_actions
    live_names: dict[ResourceId, TableId] = {
        action.resource: action.live_place
        for action in actions
        if action.target is None or action.live_place != action.place
    }
    changed = {action.live_place for action in actions}
    dependents = read_dependents(clickhouse, {*live_names.values()})
    unchecked = dict[ResourceId, Mapping[str, str]]()
    for resource, live in live_names.items():
        others = [other for other in dependents.get(live, ()) if other.database != trash]
        if dependents.get(live) and changed.issuperset(others):
            unchecked[resource] = _UNCHECKED
    return unchecked


def touched_dictionaries(clickhouse: ClickHouse, before: PlanResult) -> tuple[View, ...]:
    """Return the declared dictionaries in memory that the plan changes, or a table of theirs.

    A dictionary that nobody has used yet stays as it is: loaded now, one without a lifetime would
    miss every later row.
    """
    changed = {action.resource for action in before.plan.every_action}
    touched = [
        view
        for view in before.desired.views.values()
        if view.kind is ViewKind.DICTIONARY
        and before.life_cycles.get(view.id) is not LifeCycle.EXTERNALLY_MANAGED
        and not changed.isdisjoint({view.id, *view.reads})
    ]
    loaded = read_loaded(clickhouse) if touched else frozenset[TableId]()
    return tuple(view for view in touched if view.id.place in loaded)


def load_dictionaries(
    executor: TableExecutor, dictionaries: Sequence[View], clusters: Mapping[ResourceId, str]
) -> Iterator[str]:
    """Load each of *dictionaries* once, and yield a sentence for each that can't be loaded."""
    for view in dictionaries:
        on_cluster_clause = on_cluster(clusters.get(view.id, ""))
        try:
            executor.send(
                view.id, f"SYSTEM RELOAD DICTIONARY{on_cluster_clause} {quoted_table(view.id)}"
            )
        except StatementError as stopped:
            yield f"{view.id}: it can't be loaded after this run: {stopped.error}"
            if stopped.code is None:
                return
