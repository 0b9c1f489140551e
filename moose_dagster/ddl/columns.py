"""The ALTER commands of one column: only what changed is sent, the server keeps the rest."""

from collections.abc import Iterable, Iterator, Sequence

from moose_dagster.diff.table_changes import (
    AddColumn,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnSettings,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeStatistics,
    ChangeType,
    TableChange,
)
from moose_dagster.plan.steps import Step
from moose_dagster.sql.create import settings_list
from moose_dagster.sql.quoting import quoted_name, quoted_text
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.types import loses_nullable


def modify_column(target: Column, changes: Sequence[TableChange]) -> Iterator[str]:
    """Yield at most one MODIFY COLUMN for *target*; two of one column in one ALTER contradict each other."""
    retyped = [change for change in changes if isinstance(change, ChangeType)]
    parts = [target.type] if retyped else []
    if retyped and _needs_default(retyped[0], target):
        # ClickHouse 26 refuses Nullable -> NOT NULL without a default, and leaves the column
        # unreadable under one that uses other columns; the declared one, or none, comes afterwards.
        parts.append(f"DEFAULT defaultValueOfTypeName({quoted_text(target.type)})")
    elif any(isinstance(change, ChangeDefault) for change in changes) and target.default:
        parts.append(str(target.default))
    if any(isinstance(change, ChangeColumnComment) for change in changes):
        parts.append(f"COMMENT {quoted_text(target.comment)}")
    if any(isinstance(change, ChangeCodec) for change in changes) and target.codec:
        parts.append(f"CODEC({target.codec})")
    if any(isinstance(change, ChangeStatistics) for change in changes) and target.statistics:
        parts.append(f"STATISTICS({target.statistics})")
    if any(isinstance(change, ChangeColumnTtl) for change in changes) and target.ttl:
        # Alone, ClickHouse 25.8 reads TTL as the name of a type.
        parts = parts or [target.type]
        parts.append(f"TTL {target.ttl}")
    if parts:
        yield f"MODIFY COLUMN {quoted_name(target.name)} {' '.join(parts)}"


def remove_properties(change: TableChange) -> Iterator[str]:
    """Yield the REMOVE command of a property that the code no longer declares."""
    match change:
        case ChangeDefault(live=live, desired=desired) if live.default and not desired.default:
            yield f"MODIFY COLUMN {quoted_name(live.name)} REMOVE {live.default.kind}"
        case ChangeCodec(live=live, desired=desired) if not desired.codec:
            yield f"MODIFY COLUMN {quoted_name(live.name)} REMOVE CODEC"
        case ChangeColumnTtl(live=live, desired=desired) if not desired.ttl:
            yield f"MODIFY COLUMN {quoted_name(live.name)} REMOVE TTL"
        case _:
            return


def cleared(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    """Yield what removes the stored values of a column that becomes an ALIAS or EPHEMERAL one.

    Parts that keep them fail in each later mutation of the table (16, 47): of an EPHEMERAL column
    under every ClickHouse up to 26.9, of an ALIAS before 26.
    """
    for step in steps:
        change = step.change
        if (
            isinstance(change, ChangeDefault)
            and not change.desired.is_stored
            and change.live.is_stored
        ):
            yield f"CLEAR COLUMN {quoted_name(change.live.name)}"


def no_longer_stored(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    """Yield what lets a column of another type become an ALIAS or EPHEMERAL one.

    The server would convert stored values of a column that no longer has any (16), and the
    expression to the live type.
    """
    changes = [step.change for step in steps]
    retyped = {change.live.name for change in changes if isinstance(change, ChangeType)}
    for change in changes:
        if (
            not isinstance(change, ChangeDefault)
            or change.desired.default is None
            or not change.live.is_stored
        ):
            continue
        if not change.desired.is_stored and change.live.name in retyped:
            value = f"defaultValueOfTypeName({quoted_text(change.live.type)})"
            yield f"MODIFY COLUMN {quoted_name(change.live.name)} {change.desired.default.kind} {value}"


def dropped_statistics(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    """Yield what drops statistics, each to be sent alone, and before another type that does not take them (708)."""
    for step in steps:
        if isinstance(step.change, ChangeStatistics) and not step.change.desired.statistics:
            yield f"DROP STATISTICS {quoted_name(step.change.live.name)}"


def own_statements(change: TableChange) -> Iterator[str]:
    """Yield the commands that take everything behind a comma for their own, so that each is sent alone."""
    match change:
        case AddColumn(column=column) if column.settings:
            yield f"MODIFY COLUMN {quoted_name(column.name)} MODIFY SETTING {settings_list(column.settings)}"
        case ChangeColumnSettings():
            live, desired = change.live.settings, change.desired.settings
            modify = f"MODIFY COLUMN {quoted_name(change.live.name)} "
            changed = {name: value for name, value in desired.items() if live.get(name) != value}
            if changed:
                yield f"{modify}MODIFY SETTING {settings_list(changed)}"
            gone = [name for name in live if name not in desired]
            if gone:
                yield f"{modify}RESET SETTING {', '.join(gone)}"
        case _:
            return


def declared_defaults(steps: Iterable[Step[TableChange]], target: Table) -> Iterator[str]:
    """Yield the command that ends the default which a column was given only to lose its Nullable."""
    for step in steps:
        column = (
            target.column(step.change.live.name) if isinstance(step.change, ChangeType) else None
        )
        if (
            isinstance(step.change, ChangeType)
            and column is not None
            and _needs_default(step.change, column)
        ):
            yield f"MODIFY COLUMN {quoted_name(column.name)} {column.default or 'REMOVE DEFAULT'}"


def _needs_default(change: ChangeType, target: Column) -> bool:
    return target.is_stored and loses_nullable(change.live.type, change.desired.type)
