"""Values that old rows only read of a column are stored before a change would make them read another."""

from collections.abc import Iterable, Iterator

from moose_dagster.diff.table_changes import ChangeDefault, ChangeType, TableChange
from moose_dagster.plan.alter_column import is_computed, loses_nullable
from moose_dagster.plan.empty_value import same_empty_value
from moose_dagster.plan.steps import Step
from moose_dagster.plan.surroundings import in_key
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.tables import Column, Table


def written_out(steps: Iterable[Step[TableChange]], live: Table) -> Iterator[str]:
    """Yield the ALTER commands, each a statement of its own, that store what old rows read now."""
    # ClickHouse reads a DEFAULT, or else the empty value of the type, for every old part that does not
    # store the column, so the value of old rows would follow a change. What is stored is left alone.
    for column in dict.fromkeys(_read_otherwise(steps)):
        if not in_key(column.name, live):  # every part stores a key, and the server refuses to touch it
            yield from _write_out(column)


def _read_otherwise(steps: Iterable[Step[TableChange]]) -> Iterator[Column]:
    for step in steps:
        match step.change:
            case ChangeDefault(live=live, desired=desired):
                follows = True
            case ChangeType(live=live, desired=desired):
                same = same_empty_value(live.type, desired.type)
                follows = loses_nullable(step.change) if live.default else not same
            case _:
                continue
        if follows and not any(map(is_computed, (live, desired))):
            yield live


def _write_out(column: Column) -> Iterator[str]:
    name = quoted_name(column.name)
    if column.default is None:
        yield f"UPDATE {name} = {name} WHERE 1"
    elif column.default.kind == "MATERIALIZED":
        # MATERIALIZE computes stored values anew under MATERIALIZED, and keeps them under DEFAULT.
        yield f"MODIFY COLUMN {name} DEFAULT {column.default.expression}"
        yield f"MATERIALIZE COLUMN {name}"
        yield f"MODIFY COLUMN {name} {column.default}"
    else:
        yield f"MATERIALIZE COLUMN {name}"
