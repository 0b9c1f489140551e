"""Store the values that old rows only compute, before a change would compute others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.risk.context import in_key
from moose_dagster.risk.types import gains_members, same_empty_value
from moose_dagster.sql.quoting import quoted_name, quoted_text
from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.types import loses_nullable


def materialize_old_defaults(planned: Sequence[TableChange], live: Table) -> Iterator[str]:
    """Yield the ALTER commands, each a statement of its own, that store what old rows read now.

    ClickHouse reads a DEFAULT, or else the empty value of the type, for every old part that does
    not store the column, so the value of old rows would follow a change. What is stored is left
    alone.
    """
    if not live.engine.is_merge_tree:
        # MATERIALIZE COLUMN overwrites stored values of Memory; Null, Buffer and Merge refuse it.
        return
    # They are sent before the renames.
    live_names = {
        change.desired: change.live.name
        for change in planned
        if isinstance(change, changes.RenameColumn)
    }
    for name in dict.fromkeys(_columns_read_differently(planned, live, live_names)):
        column = live.column(name)
        # Every part stores a key, and the server refuses to touch it.
        if column and not in_key(name, live):
            yield from materialize_column(column, live)


def _columns_read_differently(
    planned: Iterable[TableChange], live: Table, live_names: dict[str, str]
) -> Iterator[str]:
    for declared in planned:
        if not isinstance(declared, changes.ChangeDefault | changes.ChangeType):
            continue
        name = live_names.get(declared.live.name, declared.live.name)
        # What is blocked is shown as it starts from what the other changes of the table leave.
        change = replace(declared, live=live.column(name) or declared.live)
        if not change.live.is_stored:
            continue
        if _changes_unstored_values(change) and change.desired.is_stored:
            yield name
        if _changes_computed_values(change):
            yield from _computed_from(name, live)


def _changes_unstored_values(change: changes.ChangeDefault | changes.ChangeType) -> bool:
    """Tell whether rows that do not store the column read another value after *change*."""
    # After DEFAULT 1 became DEFAULT 2, ClickHouse 26.9 reads 2 for rows that read 1 before.
    if isinstance(change, changes.ChangeDefault):
        return True
    if change.live.default:
        return loses_nullable(change.live.type, change.desired.type)
    return not same_empty_value(change.live.type, change.desired.type)


def _changes_computed_values(change: changes.ChangeDefault | changes.ChangeType) -> bool:
    """Tell whether what is computed from the column may be another value after *change*."""
    if isinstance(change, changes.ChangeDefault):
        return not change.desired.is_stored
    return not gains_members(change.live.type, change.desired.type)


def _computed_from(name: str, live: Table) -> Iterator[str]:
    """Yield the stored columns whose default is computed from the column *name*."""
    for column in live.columns:
        default = column.default
        if column.name == name or default is None or not uses(default.expression, name):
            continue
        if column.is_stored:
            yield column.name
        else:
            yield from _computed_from(column.name, live)


def materialize_column(column: Column, live: Table) -> Iterator[str]:
    """Yield the ALTER commands that store what rows without *column* read of it."""
    name = quoted_name(column.name)
    default = column.default
    # MATERIALIZE computes stored values again under MATERIALIZED and takes no column without a
    # default; under DEFAULT it stores what is missing. An UPDATE would compute the MATERIALIZED
    # columns that use this one again.
    if default is None:
        yield f"MODIFY COLUMN {name} DEFAULT {_empty_value(column, live)}"
    elif default.kind == "MATERIALIZED":
        yield f"MODIFY COLUMN {name} DEFAULT {default.expression}"
    yield f"MATERIALIZE COLUMN {name}"
    if default is None:
        yield f"MODIFY COLUMN {name} REMOVE DEFAULT"
    elif default.kind == "MATERIALIZED":
        yield f"MODIFY COLUMN {name} {default}"


def _empty_value(column: Column, live: Table) -> str:
    """Return what rows read that do not store *column*, as an expression."""
    empty = f"defaultValueOfTypeName({quoted_text(column.type)})"
    group, dot, _ = column.name.partition(".")
    if not dot or not column.type.startswith("Array("):
        return empty
    siblings = (
        other.name
        for other in live.columns
        if other != column and other.name.startswith(f"{group}.")
    )
    # A missing array of a Nested column is as long as those beside it.
    sibling = next(siblings, "")
    return f"arrayResize({empty}, length({quoted_name(sibling)}))" if sibling else empty
