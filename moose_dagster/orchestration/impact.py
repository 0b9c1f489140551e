"""What a plan touches, as Dagster shows it: rows, bytes, views and the assets downstream."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import dagster as dg

from moose_dagster.orchestration.metadata import some_of, table_of
from moose_dagster.orchestration.project_context import ProjectContext, Servers
from moose_dagster.plan.impact import Impact
from moose_dagster.reconciliation import PlanResult, impact_of
from moose_dagster.report.impact import lost_words, size_words, view_words
from moose_dagster.state.names import ResourceId

Context: TypeAlias = dg.OpExecutionContext | dg.AssetExecutionContext
_Row: TypeAlias = Mapping[str, str | int | None]
_COLUMNS = ("resource", "rows", "size", "messages", "partitions", "lost", "downstream", "views")
_ALWAYS = frozenset({"resource", "lost", "downstream", "views"})


@dataclass(frozen=True)
class Impacts:
    """The impact of a plan.

    Attributes:
        rows: The row of each resource that the plan changes, in the table `impact`.
        found: The same as values.
    """

    rows: Mapping[ResourceId, _Row]
    found: tuple[Impact, ...] = ()

    def whole(self) -> dict[str, dg.MetadataValue]:
        """Return the whole table as `impact`, or nothing if no resource is touched."""
        return _metadata(*self.rows.values())

    def of(self, resource: ResourceId) -> dict[str, dg.MetadataValue]:
        """Return the row of one resource as the table `impact`."""
        return _metadata(self.rows[resource]) if resource in self.rows else {}


def impacts_of(
    context: Context, project_context: ProjectContext, plan_result: PlanResult, servers: Servers
) -> Impacts:
    """Return what the steps of *plan_result* touch; without steps, nothing is queried."""
    if not plan_result.plan.steps:
        return Impacts({})
    children = _children(context, project_context)
    rows = dict[ResourceId, _Row]()
    found = impact_of(plan_result, servers.clickhouse)
    for impact in found:
        # What left the code has no asset any more, but others may still depend on its key.
        key = project_context.key_of(impact.resource)
        rows[impact.resource] = _row(impact, _downstream(key, children))
    return Impacts(rows, found)


def _metadata(*rows: _Row) -> dict[str, dg.MetadataValue]:
    if not rows:
        return {}
    known = {name for row in rows for name, value in row.items() if value is not None}
    columns = [name for name in _COLUMNS if name in _ALWAYS | known]
    return {"impact": table_of(rows, columns)}


def _row(impact: Impact, downstream: Collection[dg.AssetKey]) -> _Row:
    return {
        "resource": str(impact.resource),
        "rows": impact.rows,
        "size": None if impact.bytes is None else size_words(impact.bytes),
        "messages": impact.messages,
        "partitions": impact.partitions,
        "lost": lost_words(impact),
        "downstream": some_of(sorted(key.to_user_string() for key in downstream)),
        "views": some_of(view_words(impact)),
    }


def _children(
    context: Context, project_context: ProjectContext
) -> Mapping[dg.AssetKey, set[dg.AssetKey]]:
    children = defaultdict[dg.AssetKey, set[dg.AssetKey]](set)
    for key, parent in (*_in_project(project_context), *_in_location(context)):
        children[parent].add(key)
    return children


def _in_project(project_context: ProjectContext) -> Iterator[tuple[dg.AssetKey, dg.AssetKey]]:
    yield from (
        (spec.key, dep.asset_key) for spec in project_context.specs.values() for dep in spec.deps
    )


def _in_location(context: Context) -> Iterator[tuple[dg.AssetKey, dg.AssetKey]]:
    # A job that is executed as an object, as in tests, belongs to no code location.
    if context.run.job_code_origin is None:
        return
    for assets in set(context.repository_def.assets_defs_by_key.values()):
        for key, parents in assets.asset_deps.items():
            yield from ((key, parent) for parent in parents)


def _downstream(
    key: dg.AssetKey, children: Mapping[dg.AssetKey, set[dg.AssetKey]]
) -> set[dg.AssetKey]:
    downstream = set[dg.AssetKey]()
    stack = [key]
    while stack:
        for child in children.get(stack.pop(), ()):
            if child not in downstream and child != key:
                downstream.add(child)
                stack.append(child)
    return downstream
