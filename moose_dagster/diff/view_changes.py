"""One frozen class per change of a view or dictionary; a closed union, consumed with `match`."""

from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.views import View, ViewKind


@dataclass(frozen=True, slots=True)
class CreateView:
    """A declared view, materialized view or dictionary that is not live.

    Attributes:
        view: The declared view.
    """

    view: View


@dataclass(frozen=True, slots=True)
class DropView:
    """A live view that the code no longer declares.

    Attributes:
        view: The view, by name.
        kind: Its live kind.
    """

    view: ViewId
    kind: ViewKind


@dataclass(frozen=True, slots=True)
class ChangeViewKind:
    """A view of another kind than declared, such as a plain one to be materialized.

    Attributes:
        view: The view, by name.
        live: As it is live.
        desired: As the code declares it.
    """

    view: ViewId
    live: View
    desired: View


@dataclass(frozen=True, slots=True)
class ChangeViewQuery:
    """A view whose SELECT differs.

    Attributes:
        view: The view, by name.
        live: As it is live.
        desired: As the code declares it.
    """

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeViewColumns:
    """A view that gives its readers other columns than its query does once the plan is done.

    The server keeps the columns of a view as they were when the view was made.

    Attributes:
        view: The view, by name.
        live: The columns that the server keeps.
        desired: The columns after this plan; none where the server could not tell them before.
    """

    view: ViewId
    live: tuple[Column, ...]
    desired: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ChangeViewSecurity:
    """A view that reads with the rights of somebody else than declared.

    Attributes:
        view: The view, by name.
        live: DEFINER and SQL SECURITY as the server prints them; "" for none.
        desired: As the code declares them.
    """

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeViewTarget:
    """A materialized view that writes to another table.

    Attributes:
        view: The view, by name.
        live: The live target; None for storage of its own.
        desired: The declared target; None for storage of its own.
    """

    view: ViewId
    live: TableId | None
    desired: TableId | None


@dataclass(frozen=True, slots=True)
class ChangeViewStorage:
    """A materialized view whose own storage differs in engine, keys or columns.

    Attributes:
        view: The view, by name.
        live: The live storage; None for a view without its own.
        desired: The declared storage; None for a view without its own.
    """

    view: ViewId
    live: Table | None
    desired: Table | None


@dataclass(frozen=True, slots=True)
class ChangeRefresh:
    """A materialized view that is refreshed by another rule.

    Attributes:
        view: The view, by name.
        live: The live rule; "" for a refresh by every insert.
        desired: The declared rule; "" for a refresh by every insert.
    """

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeViewComment:
    """A view whose comment differs.

    Attributes:
        view: The view, by name.
        live: As it is live.
        desired: As the code declares it.
    """

    view: ViewId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeDictionary:
    """A dictionary whose text differs, secrets aside.

    Attributes:
        view: The view, by name.
        live: The live text, secrets hidden.
        desired: The declared text with placeholders.
    """

    view: ViewId
    live: str
    desired: str


ViewFacetChange: TypeAlias = (
    ChangeViewKind
    | ChangeViewQuery
    | ChangeViewColumns
    | ChangeViewSecurity
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
