"""Which views, dictionaries and tables a change breaks, as they read something by its name."""

from collections.abc import Iterable, Mapping, Sequence

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.sql.select import Query
from moose_dagster.state.graph import Reader
from moose_dagster.state.names import TableId
from moose_dagster.state.rename import uses
from moose_dagster.state.views import ViewKind

_MATERIALIZED = ViewKind.MATERIALIZED_VIEW.value.lower()
# A table of Alias has the columns of the other one; a table of Merge gives the default of a column
# that one of its tables lacks.
_NEEDS_NO_COLUMN = frozenset({"Alias table", "Merge table", "table"})


def broken_named_reader(
    change: TableChange, readers: Mapping[TableId, tuple[Reader, ...]]
) -> Assessment | None:
    """Return what *change* does to the *readers* of its table, by the table's names, or None.

    Materialized views are judged elsewhere: they fail where rows are inserted.
    """
    if isinstance(change, changes.DropColumn):
        return _assess(_of_column(readers, change.table, change.column.name))
    if isinstance(change, changes.RenameColumn):
        return _assess(_of_column(readers, change.table, change.live.name))
    if isinstance(change, changes.RenameTable | changes.DropTable):
        place = change.live if isinstance(change, changes.RenameTable) else change.table
        found = [one for one in readers.get(place, ()) if one.kind != _MATERIALIZED]
        return _assess(found, is_whole=True)
    return None


def assess_removed(readers: Iterable[Reader]) -> Assessment | None:
    """Return what the removal of a view or dictionary does to its *readers*, or None."""
    return _assess([*readers], is_whole=True)


def _of_column(
    readers: Mapping[TableId, tuple[Reader, ...]], table: TableId, column: str
) -> list[Reader]:
    return [reader for reader in readers.get(table, ()) if _names(reader, table, column)]


def _names(reader: Reader, table: TableId, column: str) -> bool:
    """Tell whether *reader* needs *column* of *table*.

    A declared view is made again with what `*` stands for.
    """
    if reader.kind in _NEEDS_NO_COLUMN or reader.kind == _MATERIALIZED:
        return False
    if reader.kind == ViewKind.VIEW.value.lower():
        is_named = uses(reader.text, column) or not reader.is_declared
        return is_named and Query(reader.text, reader.id.database).uses(table, column)
    return uses(reader.text, column)


def _assess(broken: Sequence[Reader], *, is_whole: bool = False) -> Assessment | None:
    declared = next((reader for reader in broken if reader.is_declared), None)
    if declared is not None:
        return Assessment(
            Risk.IMPOSSIBLE,
            f"the {declared} reads it by this name, and would fail",
            f"Change the {declared.kind} in the same plan.",
        )
    refusing = next((reader for reader in broken if is_whole and reader.is_loaded_from), None)
    if refusing is not None:
        # HAVE_DEPENDENT_OBJECTS (630) on ClickHouse 24.8 to 26.9.
        return Assessment(
            Risk.IMPOSSIBLE,
            f"the {refusing}, which this run does not change, is loaded from it, so the server "
            "refuses",
            f"Change or drop the {refusing.kind} first.",
        )
    if not broken:
        return None
    names = ", ".join(f"the {reader}" for reader in broken)
    verb = "reads" if len(broken) == 1 else "read"
    return Assessment(
        Risk.DESTRUCTIVE,
        f"{names}, which this run does not change, {verb} it by this name, and would fail",
    )
