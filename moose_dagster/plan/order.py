"""Put the actions of a plan into an order in which everything has what it needs."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from moose_dagster.diff.table_changes import DropColumn
from moose_dagster.plan.steps import Action, Plan, Route, ViewAction
from moose_dagster.sql.lookups import ENGINES_OVER_TABLES
from moose_dagster.state.graph import Graph
from moose_dagster.state.names import ResourceId, TableId

_Action: TypeAlias = Action | ViewAction


def in_order(plan: Plan, graph: Graph, early: Collection[ResourceId]) -> Plan:
    """Return *plan* with the order of its tables and views.

    What is created comes after what it reads and fills; what is dropped, or lets go of something,
    comes before that.

    Args:
        plan: The actions.
        graph: What reads and fills what.
        early: The views that are changed before the tables that they read.
    """
    drops = [action for action in plan.view_actions if action.target is None]
    others = [action for action in plan.view_actions if action.target is not None]
    # What nothing else decides: views that go, then tables, those that go last, then other views.
    actions: list[_Action] = [*drops, *plan.actions, *others]
    after = defaultdict[ResourceId, set[ResourceId]](set)
    for first, second in _pairs(actions, graph, early):
        if first != second:
            after[second].add(first)
    ordered = _sorted([action.resource for action in actions], after)
    return replace(plan, sequence={one: frozenset(after[one]) for one in ordered})


def _pairs(
    actions: Sequence[_Action], graph: Graph, early: Collection[ResourceId]
) -> Iterator[tuple[ResourceId, ResourceId]]:
    """Yield the resources of two actions, of which the first one is made before the second."""
    named = _by_place(actions)
    for action in actions:
        own = action.resource
        is_early = own in early or action.target is None or _lets_go(action)
        if action.target is not None:
            for other in named.of(graph.desired.needs(action.place)):
                if other.target is not None and (other.route is Route.CREATE or not is_early):
                    yield other.resource, own
        for other in named.of(graph.live.needs(action.live_place)):
            if other.route is not Route.CREATE and (is_early or other.target is None):
                yield own, other.resource
        if action.route is Route.CREATE:
            # What is replaced by something of another kind makes room for it.
            yield from (
                (other.resource, own) for other in named.of([action.place]) if other.target is None
            )


def _lets_go(action: _Action) -> bool:
    """Tell whether a table over another one loses columns, which it reads until then."""
    live = action.context.live if isinstance(action, Action) else None
    if live is None or live.engine.name not in ENGINES_OVER_TABLES:
        return False
    return all(isinstance(step.change, DropColumn) for step in action.steps)


@dataclass(frozen=True, slots=True)
class _Named:
    """The actions of what stands at each place, by its name before and after."""

    by_place: Mapping[TableId, Sequence[_Action]]

    def of(self, places: Collection[TableId]) -> Iterator[_Action]:
        for place in places:
            yield from self.by_place.get(place, ())


def _by_place(actions: Sequence[_Action]) -> _Named:
    found = defaultdict[TableId, list[_Action]](list)
    for action in actions:
        for place in dict.fromkeys((action.place, action.live_place)):
            found[place].append(action)
    return _Named(found)


def _sorted(
    resources: Sequence[ResourceId], after: Mapping[ResourceId, Collection[ResourceId]]
) -> Iterator[ResourceId]:
    """Yield *resources*, each after those that it comes after, else in their order."""
    ranks = {resource: rank for rank, resource in enumerate(resources)}
    waiting = {resource: len(after.get(resource, ())) for resource in resources}
    followers = defaultdict[ResourceId, list[ResourceId]](list)
    for resource in resources:
        for first in after.get(resource, ()):
            followers[first].append(resource)
    ready = [ranks[resource] for resource in resources if not waiting[resource]]
    heapify(ready)
    while waiting:
        # In a circle no order is right, and the server tells which of its parts it refuses.
        one = resources[heappop(ready)] if ready else next(iter(waiting))
        if one not in waiting:
            continue
        del waiting[one]
        yield one
        for follower in followers[one]:
            if follower in waiting:
                waiting[follower] -= 1
                if not waiting[follower]:
                    heappush(ready, ranks[follower])
