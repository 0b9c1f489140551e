"""What is asked of the rows that were written after the proofs of a table's changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moose_dagster.ddl.batches import Window, condition_of
from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import ChangeColumnTtl, ChangeType, RenameColumn, TableChange
from moose_dagster.plan.steps import Action, Step
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.probes import Probe, Rows, added_to, columns_read, value_probes
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One question about rows that are about to be copied.

    Attributes:
        condition: The condition of a row that the change would lose or alter, as SQL.
        finding: What is said of such a row, after the number of them and "with".
    """

    condition: str
    finding: str


def row_checks_of(action: Action, live: Table) -> tuple[RowCheck, ...]:
    """Return what must be true of no row of *live* that *action* copies."""
    for change in action.context.changes:
        if isinstance(change, RenameColumn):
            live = evolve_table(live, change)
    return tuple(_checks(action.steps, live))


def columns_for_checks(action: Action, live: Table) -> tuple[str, ...]:
    """Return what the conditions of *action* read besides the columns of *live*, as SQL."""
    changes = action.context.changes
    renames = (change for change in changes if isinstance(change, RenameColumn))
    names = {change.desired: change.live.name for change in renames}
    return tuple(columns_read(Rows(live.id, added_to(live.id, changes), names)))


def count_unfit(
    checks: Sequence[RowCheck], columns: Sequence[str], source: TableId, windows: Sequence[Window]
) -> str:
    """Return the query for the number of rows in *windows* that each of *checks* finds.

    Args:
        checks: What is asked.
        columns: What the conditions read besides the columns of the table.
        source: The table.
        windows: Which of its rows; none for all.
    """
    read = [f"ifNull({check.condition}, 0) AS {_name(i)}" for i, check in enumerate(checks)]
    counts = ", ".join(f"countIf({_name(i)})" for i in range(len(checks)))
    where = f" WHERE {condition_of(windows)}" if windows else ""
    inside = f"SELECT {', '.join([*read, *columns])} FROM {quoted_table(source)}{where}"
    return f"SELECT {counts} FROM ({inside})"


def _checks(steps: Sequence[Step[TableChange]], live: Table) -> Iterator[RowCheck]:
    for step in steps:
        if isinstance(step.change, ChangeType) and not step.change.desired.is_stored:
            continue  # an ALIAS takes its place: nothing is converted
        for probe in value_probes([step.change], live):
            condition = _condition(step, probe)
            if condition:
                yield RowCheck(condition, _finding(step.change))


def _finding(change: TableChange) -> str:
    match change:
        case ChangeType(desired=desired):
            return f"a value of {desired.name} that {desired.type} does not keep"
        case ChangeColumnTtl(desired=desired):
            return f"a value of {desired.name} that its TTL would delete"
        case _:
            return "an age at which the TTL would delete it"


def _condition(step: Step[TableChange], probe: Probe) -> str:
    if step.risk is not Risk.DESTRUCTIVE or probe.impossible:
        return probe.condition
    # Losing values is what was allowed; what can't be converted at all fails here and not in the
    # copy.
    return f"ignore({probe.condition})" if isinstance(step.change, ChangeType) else ""


def _name(number: int) -> str:
    return f"moose_dagster_{number}"
