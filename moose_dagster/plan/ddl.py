"""Turn an action into the statements that make it, in order."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from moose_dagster.diff.changes import (
    AddColumn,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeOrderBy,
    ChangeSampleBy,
    ChangeSetting,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    DropColumn,
    TableChange,
)
from moose_dagster.plan.alter_column import declared_defaults, loses_nullable, modify_column, remove_properties
from moose_dagster.plan.empty_value import same_empty_value
from moose_dagster.plan.steps import Action, Route, Step
from moose_dagster.plan.table_risk import in_key
from moose_dagster.sql.create import column_definition, create_table, key, setting_value
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.tables import Column, Table, TableId

# ClickHouse names files after tables: three bytes for each that is no letter, digit or _, and 213 bytes of
# database and table together.
_ESCAPED = re.compile(rb"\W")
_MOST_BYTES = 140
_MOST_CHARACTERS = 25
_NOT_STORED = frozenset({"ALIAS", "EPHEMERAL"})


@dataclass(frozen=True, slots=True)
class Names:
    """The names a run gives to what it makes: the trash database and a stamp such as `20260131T235959`."""

    trash: str = "moose_dagster_trash"
    stamp: str = "{time}"

    def kept(self, table: TableId) -> TableId:
        """Return where a dropped table, or the copy of one about to lose something, is kept."""
        return TableId(self.trash, f"{_fitting(table)}__{self.stamp}")

    def shadow(self, table: TableId) -> TableId:
        """Return where a table is built anew before it takes its place."""
        return TableId(self.trash, f"rebuild__{_fitting(table)}__{self.stamp}")


def _fitting(table: TableId) -> str:
    """Return a name for *table* that fits into a file name together with the trash database and a stamp."""
    name = f"{table.database}__{table.name}"
    if len(_ESCAPED.sub(b"%00", name.encode())) <= _MOST_BYTES:
        return name
    kept = "".join(character for character in name if character.isascii())[:_MOST_CHARACTERS]
    return f"{kept}__{sha256(name.encode()).hexdigest()[:16]}"


def statements_of(action: Action, names: Names) -> tuple[str, ...]:
    """Return the statements of *action*, in the order they are sent."""
    return tuple(_statements(action, names))


def _statements(action: Action, names: Names) -> Iterator[str]:
    live, target = action.around.live, action.target
    match action.route:
        case Route.CREATE if target is not None:
            yield create_table(target)
        case Route.DROP:
            yield f"RENAME TABLE {quoted_table(action.table)} TO {quoted_table(names.kept(action.table))}"
        case Route.REBUILD if live is not None and target is not None:
            yield from _rebuild(live, target, names)
        case Route.ALTER if live is not None and target is not None:
            if action.snapshot:
                yield from _snapshot(action.table, names)
            yield from _alter(action.steps, live, target)
        case _:
            raise ValueError(f"{action.table}: {action.route.value} without the table it needs")


def _snapshot(table: TableId, names: Names) -> Iterator[str]:
    kept = quoted_table(names.kept(table))
    yield f"CREATE TABLE {kept} AS {quoted_table(table)}"
    # Hard links, no copy of data; CLONE AS leaves an empty table on ClickHouse 25.8.
    yield f"ALTER TABLE {kept} ATTACH PARTITION ALL FROM {quoted_table(table)}"


def _rebuild(live: Table, target: Table, names: Names) -> Iterator[str]:
    shadow = names.shadow(live.id)
    stored = ", ".join(quoted_name(name) for name in copied_columns(live, target))
    yield create_table(target, shadow)
    yield f"SYSTEM STOP MERGES {quoted_table(shadow)}"
    yield f"INSERT INTO {quoted_table(shadow)} ({stored}) SELECT {stored} FROM {quoted_table(live.id)}"
    yield f"SYSTEM START MERGES {quoted_table(shadow)}"
    yield f"EXCHANGE TABLES {quoted_table(live.id)} AND {quoted_table(shadow)}"
    yield f"RENAME TABLE {quoted_table(shadow)} TO {quoted_table(names.kept(live.id))}"


def copied_columns(live: Table, target: Table) -> tuple[str, ...]:
    """Return the columns a rebuild copies: stored on both sides, MATERIALIZED ones as they are."""
    live_columns = {column.name for column in live.columns if not _has_kind(column, _NOT_STORED)}
    return tuple(
        column.name for column in target.columns if column.name in live_columns and not _has_kind(column, _NOT_STORED)
    )


def _has_kind(column: Column, kinds: Collection[str]) -> bool:
    return column.default is not None and column.default.kind in kinds


def _alter(steps: tuple[Step[TableChange], ...], live: Table, target: Table) -> Iterator[str]:
    table = f"ALTER TABLE {quoted_table(live.id)} "
    for written_out in _written_out(steps, live):
        yield table + written_out
    removals = list(_removals(steps))
    if removals:
        yield table + ", ".join(removals)
    commands = [*_column_commands(steps, target), *_table_commands(steps, target)]
    if commands:
        yield table + ", ".join(commands)
    for command in _setting_commands(steps):
        yield table + command
    for command in declared_defaults(steps, target):
        yield table + command


def _written_out(steps: Iterable[Step[TableChange]], live: Table) -> Iterator[str]:
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
        if follows and not any(_has_kind(column, _NOT_STORED) for column in (live, desired)):
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


def _removals(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    for step in steps:
        yield from remove_properties(step.change)


def _column_commands(steps: Iterable[Step[TableChange]], target: Table) -> Iterator[str]:
    modified = dict[str, list[Step[TableChange]]]()
    for step in steps:
        match step.change:
            case AddColumn():
                change = step.change
                place = f"AFTER {quoted_name(change.after)}" if change.after else "FIRST"
                yield f"ADD COLUMN {column_definition(change.column)} {place}"
            case ChangeType() | ChangeDefault() | ChangeCodec() | ChangeColumnTtl() | ChangeColumnComment():
                modified.setdefault(step.change.live.name, []).append(step)
            case _:
                continue
    for name, changed in modified.items():
        column = target.column(name)
        if column is not None:
            yield from modify_column(column, [step.change for step in changed])
    for step in steps:
        if isinstance(step.change, DropColumn):
            yield f"DROP COLUMN {quoted_name(step.change.column.name)}"


def _table_commands(steps: Sequence[Step[TableChange]], target: Table) -> Iterator[str]:
    for step in steps:
        match step.change:
            case ChangeOrderBy():
                yield f"MODIFY ORDER BY {key(step.change.desired)}"
            case ChangeSampleBy():
                yield f"MODIFY SAMPLE BY {target.sample_by}" if target.sample_by else "REMOVE SAMPLE BY"
            case ChangeTableComment():
                yield f"MODIFY COMMENT {quoted_text(target.comment)}"
            case _:
                continue
    # Last: ClickHouse reads everything behind MODIFY TTL as further TTLs.
    if any(isinstance(step.change, ChangeTableTtl) for step in steps):
        yield f"MODIFY TTL {target.ttl}" if target.ttl else "REMOVE TTL"


def _setting_commands(steps: Iterable[Step[TableChange]]) -> Iterator[str]:
    # One statement each: ClickHouse reads everything behind MODIFY and RESET SETTING as further settings.
    changes = [step.change for step in steps if isinstance(step.change, ChangeSetting)]
    reset = [change.name for change in changes if change.desired is None]
    if reset:
        yield f"RESET SETTING {', '.join(reset)}"
    pairs = [f"{change.name} = {setting_value(change.desired)}" for change in changes if change.desired is not None]
    if pairs:
        yield f"MODIFY SETTING {', '.join(pairs)}"
