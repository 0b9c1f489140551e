"""Which materialized views a change of a table's column would break: the server lets it happen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from moose_dagster.diff.changes import ChangeType, DropColumn, RenameColumn, RenameTable, TableChange
from moose_dagster.plan.policy import Risk
from moose_dagster.plan.reason import Assessment
from moose_dagster.sql.select import Query
from moose_dagster.state.names import ViewId
from moose_dagster.state.tables import State, TableId
from moose_dagster.state.views import View


@dataclass(frozen=True, slots=True)
class Reader:
    """A materialized view as it stands when the tables of a plan are altered.

    Args:
        view: Its name.
        query: Its SELECT at that time.
        later: The SELECT that the same plan gives it afterwards, "" if none does.
    """

    view: ViewId
    query: str
    later: str = ""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A live materialized view that a plan changes or drops; `desired=None` is a drop."""

    live: View
    desired: View | None


def broken_reader(change: TableChange, readers: Iterable[Reader]) -> Assessment | None:
    """Return why *change* breaks one of the *readers* of its table, or None."""
    for reader in readers:
        match change:
            case DropColumn() if _uses(reader.query, reader.view, change.table, change.column.name):
                return Assessment(Risk.IMPOSSIBLE, _lost(reader, change.table, change.column.name))
            case ChangeType() if not reader.later and _uses(reader.query, reader.view, change.table, change.live.name):
                why = f"the materialized view {reader.view} reads it and would go on with the old type, cutting values"
                return Assessment(Risk.IMPOSSIBLE, f"{why}; change the view in the same plan")
            case RenameColumn() if _uses(reader.query, reader.view, change.table, change.live.name):
                return Assessment(Risk.IMPOSSIBLE, _lost(reader, change.table, change.live.name))
            case RenameTable():
                why = f"the materialized view {reader.view} reads it by its name and would get no further rows"
                return Assessment(Risk.IMPOSSIBLE, f"{why}; change the view first")
            case _:
                continue
    return None


def readers_of(
    views: Iterable[View], rewritten: Mapping[ViewId, Rewritten], live: State, desired: State
) -> dict[TableId, tuple[Reader, ...]]:
    """Return the readers of each table.

    Args:
        views: Every live materialized view of the server.
        rewritten: Those that the plan changes or drops.
        live: The live tables.
        desired: The declared tables.
    """
    found = defaultdict[TableId, list[Reader]](list)
    for view in views:
        change = rewritten.get(view.id)
        if change is not None and change.desired is None:
            continue
        reader = Reader(view.id, view.query)
        if change is not None and change.desired is not None:
            early = goes_early(change.live, change.desired, live, desired)
            reader = (
                Reader(view.id, change.desired.query) if early else Reader(view.id, view.query, change.desired.query)
            )
        for table in view.reads:
            found[table].append(reader)
    return {table: tuple(readers) for table, readers in found.items()}


def goes_early(live_view: View, desired_view: View, live: State, desired: State) -> bool:
    """Tell whether a view is changed before the tables: it lets go of a column and needs none that is new."""
    lets_go = any(_uses(live_view.query, live_view.id, table, column) for table, column in _columns(live, desired))
    if not lets_go:
        return False
    new = {*_columns(desired, live), *_retyped(live, desired)}
    touched = {*desired_view.reads, *([desired_view.target] if desired_view.target else [])}
    if any(table in desired.tables and table not in live.tables for table in touched):
        return False
    if any(table == desired_view.target for table, _ in new):
        return False
    return not any(_uses(desired_view.query, desired_view.id, table, column) for table, column in new)


def _lost(reader: Reader, table: TableId, column: str) -> str:
    if reader.later and not _uses(reader.later, reader.view, table, column):
        return f"the materialized view {reader.view} reads it until this plan is done; the next one drops it"
    why = f"the materialized view {reader.view} reads it, and every later insert would fail"
    return f"{why}; change the view in the same plan"


def _columns(of: State, missing_in: State) -> Iterable[tuple[TableId, str]]:
    """Return the columns of tables on both sides that only one of them has."""
    for table_id, table in of.tables.items():
        other = missing_in.tables.get(table_id)
        if other is not None and other.columns != table.columns:
            names = {column.name for column in other.columns}
            yield from ((table_id, column.name) for column in table.columns if column.name not in names)


def _retyped(live: State, desired: State) -> Iterable[tuple[TableId, str]]:
    for table_id, table in desired.tables.items():
        other = live.tables.get(table_id)
        if other is not None and other.columns != table.columns:
            types = {column.name: column.type for column in other.columns}
            yield from ((table_id, c.name) for c in table.columns if types.get(c.name, c.type) != c.type)


@lru_cache(maxsize=4_096)
def _query(text: str, database: str) -> Query:
    return Query(text, database)


def _uses(query: str, view: ViewId, table: TableId, column: str) -> bool:
    return _query(query, view.database).uses(table, column)
