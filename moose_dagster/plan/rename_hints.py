"""Renames that nobody declared but that a plan looks like."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from moose_dagster.diff.table_changes import (
    AddColumn,
    CreateTable,
    DropColumn,
    DropTable,
    TableChange,
)
from moose_dagster.plan.steps import Step
from moose_dagster.state.names import TableId


def rename_hints(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    """Yield a sentence for each column or table that seems to go and come back under another name."""
    gone, new = (
        defaultdict[TableId, list[DropColumn]](list),
        defaultdict[TableId, list[AddColumn]](list),
    )
    tables, dropped = list[CreateTable](), list[DropTable]()
    for step in steps:
        match step.change:
            case DropColumn():
                gone[step.change.table].append(step.change)
            case AddColumn():
                new[step.change.table].append(step.change)
            case CreateTable():
                tables.append(step.change)
            case DropTable():
                dropped.append(step.change)
            case _:
                continue
    for table, drops in gone.items():
        for drop in drops:
            twins = [add for add in new[table] if add.column.type == drop.column.type]
            rivals = [other for other in drops if other.column.type == drop.column.type]
            if len(twins) == len(rivals) == 1:
                yield _column_hint(table, drop.column.name, twins[0].column.name)
    if len(tables) == len(dropped) == 1:
        yield (
            f"{tables[0].table.id}: comes while {dropped[0].table} goes; if it is the same table under another "
            f'name, declare renamed_from="{dropped[0].table}", and its rows go with it.'
        )


def _column_hint(table: TableId, earlier: str, name: str) -> str:
    return (
        f"{table}: column {name} comes while {earlier} of the same type goes; if it is the same column under another "
        f'name, declare RenamedFrom("{earlier}"), and its values go with it.'
    )
