"""Which declared views and dictionaries a change of a table would break."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.sql.select import Query
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.rename import uses
from moose_dagster.state.views import View, ViewKind


@dataclass(frozen=True, slots=True)
class DeclaredReader:
    """A declared view or dictionary over a table.

    Attributes:
        view: Its name.
        kind: What it is.
        table: The table that it reads.
        text: Its SELECT, or the definition of a dictionary.
    """

    view: ViewId
    kind: ViewKind
    table: TableId
    text: str

    def names(self, column: str) -> bool:
        """Tell whether the text names *column* of the table; `*` names none."""
        if not uses(self.text, column):
            return False
        if self.kind is ViewKind.DICTIONARY:
            return True
        return Query(self.text, self.view.database).uses(self.table, column)


def declared_readers_of(views: Iterable[View]) -> dict[TableId, tuple[DeclaredReader, ...]]:
    """Return the plain views and dictionaries of *views* that read each table."""
    readers = defaultdict[TableId, list[DeclaredReader]](list)
    for view in views:
        if view.kind is ViewKind.MATERIALIZED_VIEW:
            continue
        for table in view.reads:
            readers[table].append(DeclaredReader(view.id, view.kind, table, view.query))
    return {table: tuple(of_table) for table, of_table in readers.items()}


def broken_declared_reader(
    change: TableChange, readers: Mapping[TableId, tuple[DeclaredReader, ...]]
) -> Assessment | None:
    """Return why *change* breaks a declared view or dictionary, or None."""
    match change:
        case changes.DropColumn():
            broken = [
                reader
                for reader in readers.get(change.table, ())
                if reader.names(change.column.name)
            ]
        case changes.RenameColumn():
            broken = [
                reader for reader in readers.get(change.table, ()) if reader.names(change.live.name)
            ]
        case changes.RenameTable():
            broken = [*readers.get(change.live, ())]
        case changes.DropTable():
            broken = [*readers.get(change.table, ())]
        case (
            changes.AddColumn()
            | changes.ChangeType()
            | changes.ChangeDefault()
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
            | changes.CreateTable()
        ):
            return None
        case _:
            assert_never(change)
    if not broken:
        return None
    kind = broken[0].kind.value.lower()
    return Assessment(
        Risk.IMPOSSIBLE,
        f"the {kind} {broken[0].view} reads it by this name, and would fail",
        f"Change the {kind} in the same plan.",
    )
