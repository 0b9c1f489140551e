"""Changes that lose nothing of what is stored, but of what is written meanwhile."""

from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import RenameColumn, TableChange
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.engines import stores_rows
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.probes import value_probes


def can_clone(context: TableContext) -> bool:
    """Tell whether the table of *context* can be changed on a copy that shares its data parts."""
    if context.live is None or context.cluster or context.catalog:
        return False
    engine = context.live.engine
    return engine.is_merge_tree and engine.name == engine.plain_name


def rests_on_rows(change: TableChange, context: TableContext) -> bool:
    """Tell whether *change* loses nothing because of what is stored, and only because of that."""
    live = context.live
    if live is None or not stores_rows(live.engine):
        return False
    for other in context.changes:
        if isinstance(other, RenameColumn):
            live = evolve_table(live, other)
    return any(value_probes([change], live))


def loses_late_values(change: TableChange, context: TableContext) -> bool:
    """Tell whether *change* in place would lose a value that an INSERT writes meanwhile.

    RENAME COLUMN does not rename the column in the parts of an INSERT that began before it:
    readers get the default in place of its values, and the next merge removes them
    (measured on 26.9: tests/apply/rebuild/test_renamed_column.py; no change of type does so).
    """
    live = context.live
    if live is None or not stores_rows(live.engine):
        return False
    return isinstance(change, RenameColumn) or rests_on_rows(change, context)


def unless_right_is_missing(
    change: TableChange, assessed: Assessment, context: TableContext
) -> Assessment:
    """Return *assessed*, or that the user may not do what keeps the values of others meanwhile."""
    if not context.missing_right or assessed.risk not in {Risk.SAFE, Risk.REWRITE}:
        return assessed
    if not can_clone(context) or not loses_late_values(change, context):
        return assessed
    return Assessment(Risk.IMPOSSIBLE, context.missing_right)
