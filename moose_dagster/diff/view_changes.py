"""One frozen class per change of a view or dictionary; a closed union, consumed with `match`."""

from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Table
from moose_dagster.state.views import View, ViewKind


@dataclass(frozen=True, slots=True)
class CreateView:
    """A declared view, materialized view or dictionary that is not live."""

    view: View


@dataclass(frozen=True, slots=True)
class DropView:
    """A live view that the code no longer declares."""

    view: ViewId
    kind: ViewKind


@dataclass(frozen=True, slots=True)
class ChangeViewKind:
    """A view of another kind than declared, such as a plain one that is to be materialized."""

    view: ViewId
    live: View
    desired: View


@dataclass(frozen=True, slots=True)
class ChangeViewQuery:
    """A view whose SELECT differs."""

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeViewTarget:
    """A materialized view that writes to another table; None is storage of its own."""

    view: ViewId
    live: TableId | None
    desired: TableId | None


@dataclass(frozen=True, slots=True)
class ChangeViewStorage:
    """A materialized view whose own storage differs in engine, keys or columns; None is none of its own."""

    view: ViewId
    live: Table | None
    desired: Table | None


@dataclass(frozen=True, slots=True)
class ChangeRefresh:
    """A materialized view that is refreshed by another rule; "" is by every insert."""

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeViewComment:
    """A view whose comment differs."""

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeDictionary:
    """A dictionary whose text differs; secrets are placeholders on one side and hidden on the other."""

    view: ViewId
    live: str
    desired: str


ViewFacetChange: TypeAlias = (
    ChangeViewKind
    | ChangeViewQuery
    | ChangeViewTarget
    | ChangeViewStorage
    | ChangeRefresh
    | ChangeViewComment
    | ChangeDictionary
)
ViewChange: TypeAlias = CreateView | DropView | ViewFacetChange


def view_of(change: ViewChange) -> ViewId:
    """Return the view that *change* is about."""
    return change.view.id if isinstance(change, CreateView) else change.view
