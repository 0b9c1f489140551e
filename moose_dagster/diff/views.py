"""Compare views facet by facet, and play their changes forward."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from typing_extensions import assert_never

from moose_dagster.diff import view_changes as changes
from moose_dagster.diff.view_changes import ViewChange, ViewFacetChange
from moose_dagster.state.names import ViewId
from moose_dagster.state.views import View, ViewKind, has_column_properties


def diff_views(
    live: Mapping[ViewId, View], desired: Mapping[ViewId, View]
) -> tuple[ViewChange, ...]:
    """Return the changes that turn *live* into *desired*, in the order of names."""
    differences = list[ViewChange]()
    for view in sorted({*live, *desired}):
        differences.extend(_diff_view(live.get(view), desired.get(view)))
    return tuple(differences)


def _diff_view(live: View | None, desired: View | None) -> Iterator[ViewChange]:
    if desired is None:
        if live is not None:
            yield changes.DropView(live.id, live.kind)
        return
    if live is None:
        yield changes.CreateView(desired)
        return
    yield from _diff_facets(live, desired)


def _diff_facets(live: View, desired: View) -> Iterator[ViewFacetChange]:
    view = live.id
    if live.kind != desired.kind:
        yield changes.ChangeViewKind(view, live, desired)
        return
    if live.query != desired.query:
        dictionary = live.kind is ViewKind.DICTIONARY
        change = changes.ChangeDictionary if dictionary else changes.ChangeViewQuery
        yield change(view, live.query, desired.query)
    if live.columns != desired.columns and _is_told_by_columns(live, desired):
        yield changes.ChangeViewColumns(view, live.columns, desired.columns)
    if live.security != desired.security:
        yield changes.ChangeViewSecurity(view, live.security, desired.security)
    if live.target != desired.target:
        yield changes.ChangeViewTarget(view, live.target, desired.target)
    if live.inner != desired.inner:
        yield changes.ChangeViewStorage(view, live.inner, desired.inner)
    if live.refresh != desired.refresh:
        yield changes.ChangeRefresh(view, live.refresh, desired.refresh)
    if live.comment != desired.comment:
        yield changes.ChangeViewComment(view, live.comment, desired.comment)


def _is_told_by_columns(live: View, desired: View) -> bool:
    """Tell whether other columns are a difference of their own, not one of the query."""
    if live.kind is ViewKind.DICTIONARY or (live.target, live.inner) != (
        desired.target,
        desired.inner,
    ):
        return False
    is_listed = desired.has_column_list or has_column_properties(live)
    return is_listed or live.query == desired.query


def evolve_view(view: View, change: ViewFacetChange) -> View:
    """Return what *view* becomes through one change."""
    match change:
        case changes.ChangeViewKind():
            return change.desired
        case changes.ChangeViewQuery() | changes.ChangeDictionary():
            columns = view.columns if view.has_column_list else ()
            return replace(view, query=change.desired, columns=columns)
        case changes.ChangeViewColumns():
            return replace(view, columns=change.desired)
        case changes.ChangeViewSecurity():
            return replace(view, security=change.desired)
        case changes.ChangeViewTarget():
            return replace(view, target=change.desired)
        case changes.ChangeViewStorage():
            return replace(view, inner=change.desired)
        case changes.ChangeRefresh():
            return replace(view, refresh=change.desired)
        case changes.ChangeViewComment():
            return replace(view, comment=change.desired)
        case _:
            assert_never(change)


def evolve_views(live: Mapping[ViewId, View], planned: Iterable[ViewChange]) -> dict[ViewId, View]:
    """Return what the *live* views become when every *planned* change is made."""
    views = dict(live)
    for change in planned:
        match change:
            case changes.CreateView():
                views[change.view.id] = change.view
            case changes.DropView():
                del views[change.view]
            case _:
                views[change.view] = evolve_view(views[change.view], change)
    return views
