"""Which materialized views a change of a table would break, as the server lets it happen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.sql.select import Query, outputs
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column
from moose_dagster.state.views import View

_ADVICE = "Change the view in the same plan."


@dataclass(frozen=True, slots=True)
class Reader:
    """A materialized view that reads or fills a table when the tables of a plan are altered.

    Attributes:
        view: Its name.
        table: The table's live name.
        query: Its SELECT at that time.
        later: The SELECT that the same plan gives it afterwards; "" for none.
        target: The table it fills once the plan is done; None for none.
        is_refreshed: Whether it writes by refreshes, which fail without a column of the table.
    """

    view: ViewId
    table: TableId
    query: str
    later: str = ""
    target: TableId | None = None
    is_refreshed: bool = False

    def uses(self, column: str) -> bool:
        """Tell whether it reads *column* when the table is altered."""
        return _uses(self.query, self.view, self.table, column)

    def lets_go_of(self, column: str) -> bool:
        """Tell whether the plan takes *column* out of its SELECT afterwards."""
        return bool(self.later) and not _uses(self.later, self.view, self.table, column)

    @property
    def reads_every_column(self) -> bool:
        """Tell whether it reads whatever `*` stands for."""
        return self.uses("")

    @property
    def reads_table(self) -> bool:
        """Tell whether it reads the table when that is altered."""
        reads = _query(self.query, self.view.database).references
        return any(reference.table == self.table for reference in reads)

    def fills(self, column: str) -> bool:
        """Tell whether it may write *column* of the table when that is altered."""
        return self.target == self.table and _puts_out(self.query, column)

    def will_fill(self, column: str) -> bool:
        """Tell whether the plan has it write *column* afterwards."""
        return bool(self.later) and _puts_out(self.later, column)

    @property
    def stays_with_table(self) -> bool:
        """Whether it still reads or fills the table by its live name once the plan is done."""
        reads = _query(self.later or self.query, self.view.database).references
        return self.target == self.table or any(
            reference.table == self.table for reference in reads
        )


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A live materialized view that a plan changes or drops.

    Attributes:
        live: The view as it is live.
        desired: The view as declared; None for one that is dropped.
    """

    live: View
    desired: View | None


def broken_reader(change: TableChange, readers: Iterable[Reader]) -> Assessment | None:
    """Return why *change* breaks one of the *readers* of its table, or None."""
    return next(filter(None, (_assess(change, reader) for reader in readers)), None)


def _assess(change: TableChange, reader: Reader) -> Assessment | None:
    view = f"the materialized view {reader.view}"
    match change:
        case changes.DropColumn():
            return _assess_drop(change, reader, view)
        case changes.RenameColumn():
            return _assess_rename(change, reader, view)
        case changes.ChangeDefault():
            return _assess_default(change, reader, view)
        case changes.RenameTable():
            if not reader.stays_with_table:
                return None
            return _broken(f"{view} reads or fills it by this name")
        case changes.DropTable():
            return _assess_without_table(reader, view)
        case (
            changes.CreateTable()
            | changes.AddColumn()
            | changes.ChangeType()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeColumnTtl()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.AddElement()
            | changes.DropElement()
            | changes.ChangeElement()
            | changes.ChangeEngine()
            | changes.ChangeOrderBy()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
            | changes.ChangeSampleBy()
            | changes.ChangeTableTtl()
            | changes.ChangeSetting()
            | changes.ChangeTableComment()
        ):
            return None
        case _:
            assert_never(change)


def _assess_drop(change: changes.DropColumn, reader: Reader, view: str) -> Assessment | None:
    name = change.column.name
    stays_filled = not reader.later or reader.will_fill(name)
    # ClickHouse 26.9 leaves it out in an insert, and a refresh fails for good (730).
    if reader.is_refreshed and reader.fills(name) and stays_filled:
        return _broken(f"{view} fills it, and every later refresh would fail")
    if not reader.uses(name):
        return None
    if reader.lets_go_of(name):
        # ClickHouse 26 refuses it as long as the view reads it, and the view waits for what is new.
        return _read_until_later(view)
    return _broken(f"{view} reads it, and every later insert would fail")


def _assess_rename(change: changes.RenameColumn, reader: Reader, view: str) -> Assessment | None:
    name = change.live.name
    # ClickHouse 24.8 to 26.9 accept the rename, and then refuse every INSERT (47).
    if reader.uses(name) and not reader.lets_go_of(name):
        return _broken(f"{view} reads it by this name, and every later insert would fail")
    if reader.fills(name) and not reader.will_fill(change.desired):
        return _broken(f"{view} fills it by this name, and would leave out later values")
    return None


def _assess_default(change: changes.ChangeDefault, reader: Reader, view: str) -> Assessment | None:
    if _hides(change) and reader.reads_every_column:
        return _broken(f"{view} reads it with every other column, and would leave out later values")
    if _kind(change.desired) == "EPHEMERAL" and reader.uses(change.desired.name):
        return _broken(f"{view} reads it, and every later insert would fail")
    return None


def _assess_without_table(reader: Reader, view: str) -> Assessment | None:
    if reader.target == reader.table:
        return _broken(
            f"{view} fills it, and every later insert into the tables of its query would fail"
        )
    if reader.stays_with_table:
        return _broken(f"{view} reads it, and would get no later inserts")
    if reader.reads_table:
        return _read_until_later(view)
    return None


def _broken(why: str) -> Assessment:
    return Assessment(Risk.IMPOSSIBLE, why, _ADVICE)


def _read_until_later(view: str) -> Assessment:
    why = f"{view} reads it until this plan is done"
    return Assessment(Risk.IMPOSSIBLE, why, "The next plan drops it.")


def _hides(change: changes.ChangeDefault) -> bool:
    """Tell whether `*` no longer stands for the column after *change*."""
    return _is_listed(change.live) and not _is_listed(change.desired)


def _is_listed(column: Column) -> bool:
    """Tell whether `*` stands for *column*, among others."""
    return _kind(column) in {"", "DEFAULT"}


def _kind(column: Column) -> str:
    return column.default.kind if column.default else ""


def _puts_out(query: str, column: str) -> bool:
    """Tell whether *query* may put out *column*."""
    names = outputs(query)
    # What the text does not name, such as `sum(v)`, is not a plain name.
    return not names or column in names or ("" in names and not column.isidentifier())


def readers_of(
    views: Iterable[View], rewritten: Mapping[ViewId, Rewritten], live: State, desired: State
) -> dict[TableId, tuple[Reader, ...]]:
    """Return the views that read or fill each table.

    Args:
        views: Every live materialized view of the server.
        rewritten: Those that the plan changes or drops.
        live: The live tables.
        desired: The declared tables.
    """
    readers = defaultdict[TableId, list[Reader]](list)
    for view in views:
        query = view.query
        later = ""
        after = view
        if view.id in rewritten:
            change = rewritten[view.id]
            if change.desired is None:
                continue
            after = change.desired
            if goes_early(change.live, after, live, desired):
                query = after.query
            else:
                later = after.query
        for table in _tables_of(view):
            readers[table].append(
                Reader(view.id, table, query, later, after.target, bool(view.refresh))
            )
    return {table: tuple(of_table) for table, of_table in readers.items()}


def _tables_of(view: View) -> frozenset[TableId]:
    """Return the tables that *view* reads or fills."""
    filled = () if view.target is None else (view.target,)
    return frozenset((*view.reads, *filled))


def goes_early(live_view: View, desired_view: View, live: State, desired: State) -> bool:
    """Tell whether a view is changed before the tables, as it needs nothing that is new of them.

    Only where it lets go of a column that is dropped, too.
    """
    lets_go = any(
        _uses(live_view.query, live_view.id, table, column)
        for table, column in _columns(live, desired)
    )
    if not lets_go:
        return False
    new = {*_columns(desired, live), *_retyped(live, desired)}
    touched = _tables_of(desired_view)
    if any(table in desired.tables and table not in live.tables for table in touched):
        return False
    if any(table == desired_view.target for table, _ in new):
        return False
    return not any(
        _uses(desired_view.query, desired_view.id, table, column) for table, column in new
    )


def _columns(of: State, missing_in: State) -> Iterable[tuple[TableId, str]]:
    """Return the columns of tables on both sides that only one of them has."""
    for table_id, table in of.tables.items():
        other = missing_in.tables.get(table_id)
        if other is not None and other.columns != table.columns:
            names = {column.name for column in other.columns}
            yield from (
                (table_id, column.name) for column in table.columns if column.name not in names
            )


def _retyped(live: State, desired: State) -> Iterable[tuple[TableId, str]]:
    for table_id, table in desired.tables.items():
        other = live.tables.get(table_id)
        if other is not None and other.columns != table.columns:
            types = {column.name: column.type for column in other.columns}
            yield from (
                (table_id, c.name) for c in table.columns if types.get(c.name, c.type) != c.type
            )


@lru_cache(maxsize=4_096)
def _query(text: str, database: str) -> Query:
    return Query(text, database)


def _uses(query: str, view: ViewId, table: TableId, column: str) -> bool:
    return _query(query, view.database).uses(table, column)
