"""Make the graph of what reads what from the live and the desired resources."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from moose_dagster.declare.project import Project
from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.live.readers import LiveReaders
from moose_dagster.reconciliation.views import ViewSides, ViewsInForce
from moose_dagster.sql.reads import readers_in
from moose_dagster.sql.views import read_by
from moose_dagster.state.graph import Graph, Reader, side_of
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.views import View, ViewKind

_MAY_BREAK = (changes.DropTable, changes.DropColumn, changes.RenameColumn, changes.ChangeType)


def touched_places(table_changes: Iterable[TableChange], views: ViewsInForce) -> Iterator[TableId]:
    """Yield what may break readers that the project does not declare."""
    every = [*table_changes]
    for change in every:
        if isinstance(change, changes.RenameTable):
            yield from (change.live, change.table)
        elif isinstance(change, _MAY_BREAK):
            yield table_of(change)
    yield from (action.view.place for action in views.plan.view_actions if action.target is None)
    if any(isinstance(change, changes.ChangeType) for change in every):
        yield from (planned.view.id.place for planned in views.planned if planned.is_carried)


def graph_of(
    project: Project, live: State, sides: ViewSides, views: ViewsInForce, others: LiveReaders
) -> Graph:
    """Return what reads what now, and once everything is as declared.

    Args:
        project: The declarations.
        live: The live tables.
        sides: The live views.
        views: The views as the plan leaves them.
        others: Live readers of others.
    """
    declared = project.desired.state
    planned = {one.view.id: _as_planned(one.view, declared) for one in views.planned}
    dropped = {action.view for action in views.plan.view_actions if action.target is None}
    remaining = State(
        views={
            id_: view
            for id_, view in sides.read.views.items()
            if id_ not in declared.views and id_ not in dropped
        }
    )
    staying: list[Reader] = [replace(reader, is_declared=False) for reader in readers_in(remaining)]
    own = {*live.tables, *(view.place for view in sides.read.views)}
    foreign = [
        reader
        for reader in others.readers
        if reader.place not in own and reader.place.database != sides.options.trash_database
    ]
    desired = State(declared.tables, views={**declared.views, **planned})
    return Graph(
        side_of(readers_in(State(live.tables, views=sides.read.views), others.readers)),
        side_of(readers_in(desired, [*staying, *foreign])),
    )


def _as_planned(view: View, declared: State) -> View:
    """Return *view* with what its query reads, also where its change is blocked."""
    if view.kind is ViewKind.DICTIONARY or view.query == declared.views[view.id].query:
        return view
    return replace(view, reads=read_by(view.query, view.id.database))
