"""Renames that nobody declared but that a plan looks like."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.plan.steps import Step
from moose_dagster.state.names import TableId


def rename_hints(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    """Yield a sentence for each column or table that seems to get another name."""
    planned = [step.change for step in steps]
    dropped = defaultdict[TableId, list[changes.DropColumn]](list)
    added = defaultdict[TableId, list[changes.AddColumn]](list)
    for change in planned:
        if isinstance(change, changes.DropColumn):
            dropped[change.table].append(change)
        elif isinstance(change, changes.AddColumn):
            added[change.table].append(change)
    created_tables = [c.table.id for c in planned if isinstance(c, changes.CreateTable)]
    dropped_tables = [c.table for c in planned if isinstance(c, changes.DropTable)]
    for table, drops in dropped.items():
        for drop in drops:
            twins = [add for add in added[table] if add.column.type == drop.column.type]
            rivals = [other for other in drops if other.column.type == drop.column.type]
            if len(twins) == len(rivals) == 1:
                yield _column_hint(table, drop.column.name, twins[0].column.name)
    if len(created_tables) == len(dropped_tables) == 1:
        yield (
            f"{created_tables[0]} is created and {dropped_tables[0]} is dropped. If it is the same "
            f'table with a new name, declare renamed_from="{dropped_tables[0]}"; '
            "then its rows are kept."
        )


def _column_hint(table: TableId, earlier: str, name: str) -> str:
    return (
        f"{table}: column {name} is added, and {earlier} of the same type is dropped. If it is the "
        f'same column with a new name, declare RenamedFrom("{earlier}"); '
        "then its values are kept."
    )
