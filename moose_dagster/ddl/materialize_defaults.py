"""Values that old rows only read of a column are stored before a change would make them read another."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from moose_dagster.diff.table_changes import ChangeDefault, ChangeType, RenameColumn, TableChange
from moose_dagster.plan.steps import Step
from moose_dagster.risk.context import in_key
from moose_dagster.risk.types import gains_members, same_empty_value
from moose_dagster.sql.quoting import quoted_name, quoted_text
from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.types import loses_nullable


def materialize_old_defaults(steps: Iterable[Step[TableChange]], live: Table) -> Iterator[str]:
    """Yield the ALTER commands, each a statement of its own, that store what old rows read now."""
    # ClickHouse reads a DEFAULT, or else the empty value of the type, for every old part that does
    # not store the column, so the value of old rows would follow a change. What is stored is left
    # alone.
    changes = tuple(step.change for step in steps)
    # They are sent before the renames.
    earlier = {
        change.desired: change.live.name for change in changes if isinstance(change, RenameColumn)
    }
    for name in dict.fromkeys(_read_otherwise(changes, live, earlier)):
        column = live.column(name)
        if column and not in_key(
            name, live
        ):  # every part stores a key, and the server refuses to touch it
            yield from _write_out(column, live)


def _read_otherwise(
    changes: Iterable[TableChange], live: Table, earlier: dict[str, str]
) -> Iterator[str]:
    for planned in changes:
        if not isinstance(planned, ChangeDefault | ChangeType):
            continue
        name = earlier.get(planned.live.name, planned.live.name)
        # What is blocked is shown as it starts from what the other changes of the table leave.
        change = replace(planned, live=live.column(name) or planned.live)
        if not change.live.is_stored:
            continue
        if _follows(change) and change.desired.is_stored:
            yield name
        if _alters_values(change):
            yield from _computed_from(name, live)


def _follows(change: ChangeDefault | ChangeType) -> bool:
    """Tell whether rows that do not store the column read another value of it after *change*."""
    if isinstance(change, ChangeDefault):
        return True
    if change.live.default:
        return loses_nullable(change.live.type, change.desired.type)
    return not same_empty_value(change.live.type, change.desired.type)


def _alters_values(change: ChangeDefault | ChangeType) -> bool:
    """Tell whether what is computed from the stored values of the column may be another value after *change*."""
    if isinstance(change, ChangeDefault):
        return not change.desired.is_stored
    return not gains_members(change.live.type, change.desired.type)


def _computed_from(name: str, live: Table) -> Iterator[str]:
    """Yield the columns whose rows may read what their default makes of the column *name*."""
    for column in live.columns:
        if (
            column.name == name
            or column.default is None
            or not uses(column.default.expression, name)
        ):
            continue
        if not column.is_stored:
            yield from _computed_from(column.name, live)
        else:
            yield column.name


def _write_out(column: Column, live: Table) -> Iterator[str]:
    name, default = quoted_name(column.name), column.default
    # MATERIALIZE computes stored values anew under MATERIALIZED and takes no column without a
    # default; under DEFAULT it stores what is missing. An UPDATE would compute the MATERIALIZED
    # columns that use this one anew.
    if default is None:
        yield f"MODIFY COLUMN {name} DEFAULT {_empty(column, live)}"
    elif default.kind == "MATERIALIZED":
        yield f"MODIFY COLUMN {name} DEFAULT {default.expression}"
    yield f"MATERIALIZE COLUMN {name}"
    if default is None:
        yield f"MODIFY COLUMN {name} REMOVE DEFAULT"
    elif default.kind == "MATERIALIZED":
        yield f"MODIFY COLUMN {name} {default}"


def _empty(column: Column, live: Table) -> str:
    """Return what rows read that do not store *column*, as an expression."""
    empty = f"defaultValueOfTypeName({quoted_text(column.type)})"
    group, dot, _ = column.name.partition(".")
    beside = (
        other.name
        for other in live.columns
        if other != column and other.name.startswith(f"{group}.")
    )
    # A missing array of a Nested column is as long as those beside it.
    length = next(beside, "") if dot and column.type.startswith("Array(") else ""
    return f"arrayResize({empty}, length({quoted_name(length)}))" if length else empty
