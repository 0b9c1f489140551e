"""Choose the cheapest route that makes the allowed changes of one table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.plan.steps import Action, Route, Step
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.engines import stores_rows
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.proved import can_clone, loses_late_values
from moose_dagster.risk.tables import needs_rebuild
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table


def action_for(
    table: TableId, steps: Sequence[Step[TableChange]], context: TableContext
) -> Action | None:
    """Return what is sent for *steps*, all of one table, or None if there are none."""
    if not steps:
        return None
    first = steps[0].change
    chosen = tuple(steps)
    if isinstance(first, changes.CreateTable):
        return Action(table, Route.CREATE, chosen, context, first.table)
    if isinstance(first, changes.DropTable) or context.live is None:
        return Action(table, Route.DROP, chosen, context, None)
    target = context.live
    for step in chosen:
        if not isinstance(
            step.change, changes.CreateTable | changes.DropTable | changes.RenameTable
        ):
            target = evolve_table(target, step.change)
    if any(_needs_rebuild(step, context.live) for step in chosen):
        return Action(table, Route.REBUILD, chosen, context, _in_declared_order(target, context))
    return Action(
        table, Route.ALTER, chosen, context, target, _keeps_former(chosen, context, context.live)
    )


def _keeps_former(steps: Sequence[Step[TableChange]], context: TableContext, live: Table) -> bool:
    """Tell whether the table as it was before *steps* goes into the trash."""
    if stores_rows(live.engine) and any(map(_loses_rows, steps)):
        return True
    # No ALTER reaches what is written meanwhile until it is proved, too, or copied by name.
    return can_clone(context) and any(loses_late_values(step.change, context) for step in steps)


def _loses_rows(step: Step[TableChange]) -> bool:
    """Tell whether stored values are lost; a rename can only break readers."""
    is_rename = isinstance(step.change, changes.RenameTable | changes.RenameColumn)
    return step.risk is Risk.DESTRUCTIVE and not is_rename


def _in_declared_order(table: Table, context: TableContext) -> Table:
    """Return *table* with its columns as declared, each other one after the column before it."""
    order = {name: position for position, name in enumerate(context.column_order)}
    ranks = list[int]()
    for column in table.columns:
        ranks.append(order.get(column.name, ranks[-1] if ranks else -1))
    ordered = sorted(zip(ranks, table.columns, strict=True), key=lambda pair: pair[0])
    return replace(table, columns=tuple(column for _, column in ordered))


def one_by_one(action: Action) -> tuple[Action, ...]:
    """Return an action for each step of *action*, for when the server refuses them together."""
    return tuple(_alone(action))


def _alone(action: Action) -> Iterator[Action]:
    context = action.context
    for step in sorted(action.steps, key=_rank_alone):
        single = action_for(action.table, [step], context)
        if single is not None:
            yield single
        if context.live is not None and isinstance(step.change, changes.RenameColumn):
            # Later steps know the column by its new name.
            context = replace(context, live=evolve_table(context.live, step.change))


def _rank_alone(step: Step[TableChange]) -> int:
    """Return the rank of a step: renames first, then drops of what uses a column, then the rest."""
    match step.change:
        case changes.RenameTable() | changes.RenameColumn():
            return 0
        case changes.DropElement():
            return 1
        case (
            changes.AddColumn()
            | changes.DropColumn()
            | changes.ChangeType()
            | changes.ChangeDefault()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeColumnTtl()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.AddElement()
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
            | changes.DropTable()
        ):
            return 2
        case _:
            assert_never(step.change)


def _needs_rebuild(step: Step[TableChange], live: Table) -> bool:
    return step.risk is Risk.REBUILD or (
        step.risk is Risk.DESTRUCTIVE and needs_rebuild(step.change, live)
    )
