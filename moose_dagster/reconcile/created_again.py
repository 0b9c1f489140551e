"""Creates that failed because something made later in the same run was not there yet are sent once more.

A default, a view or an engine may name a dictionary or a table in a text, such as `dictGet('shop.d', ...)`
or `merge('shop', '^x')`, that no order of creation can be read from.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from moose_dagster.apply.results import Result
from moose_dagster.plan.steps import AnyAction, Route
from moose_dagster.state.resources import ResourceId

# BAD_ARGUMENTS (no such dictionary), UNKNOWN_IDENTIFIER, UNKNOWN_TABLE, UNKNOWN_DATABASE,
# CANNOT_EXTRACT_TABLE_STRUCTURE (no table fits `merge`).
_NOT_THERE = frozenset({36, 47, 60, 81, 636})
Create: TypeAlias = Callable[[Sequence[AnyAction]], Sequence[Result]]


def created_again(results: Sequence[Result], create: Create) -> tuple[Result, ...]:
    """Return *results* with those of creates that *create* was asked for again, as long as it makes any.

    Where the connection or the lock was lost, nothing is sent again.

    Args:
        results: How every action of the run ended.
        create: Makes actions in their order, and tells how they ended.
    """
    results = tuple(results)
    is_anything_new = any(result.action.route is Route.CREATE and not result.error for result in results)
    while is_anything_new and not any(result.error and result.code is None for result in results):
        wanting = [result.action for result in results if _may_have_come_too_early(result)]
        ended: dict[ResourceId, Result] = {result.action.resource: result for result in create(wanting)}
        results = tuple(
            ended.get(result.action.resource, result) if _may_have_come_too_early(result) else result
            for result in results
        )
        is_anything_new = any(not result.error for result in ended.values())
    return results


def _may_have_come_too_early(result: Result) -> bool:
    return result.action.route is Route.CREATE and bool(result.error) and result.code in _NOT_THERE
