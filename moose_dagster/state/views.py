"""Views, materialized views and dictionaries as values."""

from dataclasses import dataclass, replace
from enum import Enum

from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Column, Table

USUAL_SETTINGS = {"index_granularity": "8192"}
"""What the server adds to the storage of a materialized view that names no settings."""


_NO_PROPERTIES = Column("", "")


class ViewKind(str, Enum):
    """The kinds of views, as the words after CREATE."""

    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED VIEW"
    DICTIONARY = "DICTIONARY"


@dataclass(frozen=True, slots=True)
class View:
    """One view, facet by facet.

    A materialized view has either a `target`, the table it writes to, or an `inner` table of its
    own.

    Attributes:
        id: Where it lives.
        kind: Which of the three it is.
        query: The SELECT, or the text after a dictionary's name.
        target: The table a materialized view writes to; None for a view that writes to none.
        inner: Engine, keys and columns of a materialized view's own storage; no columns means
            those of the query. None for a view without storage of its own.
        refresh: The text after REFRESH, such as `EVERY 1 HOUR APPEND`; "" for none.
        comment: The comment; "" for none.
        security: DEFINER and SQL SECURITY as the server prints them; "" leaves them to it.
        columns: What the view gives its readers, which the server keeps as it was when the view was
            made. None for a dictionary, a view with storage of its own, one with parameters, and on
            the desired side until the server has named them.
        has_column_list: Whether the code lists the columns; otherwise they are those of the query.
        reads: The tables and views it reads, for the order of creation.
    """

    id: ViewId
    kind: ViewKind
    query: str
    target: TableId | None = None
    inner: Table | None = None
    refresh: str = ""
    comment: str = ""
    security: str = ""
    columns: tuple[Column, ...] = ()
    has_column_list: bool = False
    reads: tuple[TableId, ...] = ()


def has_column_properties(view: View) -> bool:
    """Tell whether a column of a plain view has a default, a comment or the like of its own."""
    return view.kind is ViewKind.VIEW and any(
        replace(column, name="", type="") != _NO_PROPERTIES for column in view.columns
    )


def replaces_rows(view: View) -> bool:
    """Tell whether every refresh replaces all rows."""
    return bool(view.refresh) and not appends(view)


def appends(view: View) -> bool:
    """Tell whether the refreshes only add rows."""
    return bool({"APPEND", "INCREMENTAL"} & {*view.refresh.split()[-2:]})


def is_incremental(view: View) -> bool:
    """Tell whether each refresh adds only what its source got since the last one.

    The server keeps how far it has read, for this view and this table: `APPEND INCREMENTAL`.
    """
    return view.refresh.split()[-1:] == ["INCREMENTAL"]


def is_without_storage(view: View) -> bool:
    """Tell whether a materialized view has neither a target nor storage of its own, or lost it."""
    return view.kind is ViewKind.MATERIALIZED_VIEW and view.target is None and view.inner is None


def fill_undeclared_view(desired: View, live: View) -> View:
    """Return *desired* with what the code leaves to the server taken from *live*."""
    inner = desired.inner
    if inner is not None and live.inner is not None:
        key = live.inner.primary_key if inner.primary_key is None else inner.primary_key
        usual = {
            name: value
            for name, value in live.inner.settings.items()
            if USUAL_SETTINGS.get(name) == value
        }
        inner = replace(inner, primary_key=key, settings={**usual, **inner.settings})
    return replace(
        desired,
        inner=inner,
        security=_security(desired, live),
        columns=desired.columns or live.columns,
    )


def _security(desired: View, live: View) -> str:
    is_any_definer = desired.security == "SQL SECURITY DEFINER"
    if not desired.security or (is_any_definer and live.security.endswith(desired.security)):
        return live.security
    return desired.security


def without_columns(view: View) -> View:
    """Return *view* as if its own storage had the columns of its query."""
    if view.inner is None:
        return view
    return replace(view, inner=replace(view.inner, columns=()))
