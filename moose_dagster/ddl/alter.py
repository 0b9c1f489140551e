"""The ALTER statements of one table, in the order that the server takes them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from moose_dagster.ddl.columns import (
    cleared,
    declared_defaults,
    dropped_statistics,
    modify_column,
    no_longer_stored,
    own_statements,
    remove_properties,
)
from moose_dagster.ddl.materialize_defaults import materialize_old_defaults
from moose_dagster.diff.table_changes import (
    AddColumn,
    AddElement,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeElement,
    ChangeOrderBy,
    ChangeSampleBy,
    ChangeSetting,
    ChangeStatistics,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    DropColumn,
    DropElement,
    RenameColumn,
    TableChange,
)
from moose_dagster.plan.steps import Action, Step
from moose_dagster.sql.create import column_definition, key, on_cluster, setting_value
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.rename import renamed, uses, uses_in
from moose_dagster.state.tables import Constraint, Index, Projection, Table, TableElement

Steps = tuple[Step[TableChange], ...]


def alter_statements(action: Action, live: Table, target: Table) -> Iterator[str]:
    """Yield the statements that turn *live* into *target*, each as few as the server allows."""
    steps, reopened = action.steps, _reopened(action.steps, live, target)
    renames = [step.change for step in steps if isinstance(step.change, RenameColumn)]
    alters: list[Iterable[str]] = [[command] for command in materialize_old_defaults(steps, live)]
    empty, drops = [*cleared(steps)], [*map(_drop, _dropped(steps))]
    # By itself: before ClickHouse 26 a column stays closed in the ALTER that drops its index (524).
    # And before a column is emptied or renamed, so that no index (80) or projection (524) refuses
    # what comes then.
    early = bool(empty or renames) or _uses_retyped(steps)
    alters += [
        [*map(_drop, reopened), *(drops if early else ())],
        map(_rename, renames),
        _removals(steps),
    ]
    alters += ([command] for command in dropped_statistics(steps))
    alters += [empty, no_longer_stored(steps)]
    # First, as a projection of a ReplacingMergeTree needs deduplicate_merge_projection_mode to be
    # there (344).
    alters += ([command] for command in _setting_commands(steps))
    alters.append([*(() if early else drops), *_main(steps, live, target, reopened)])
    alters.append(f"DROP COLUMN {quoted_name(name)}" for name in _late_names(steps, live))
    alters += ([command] for command in declared_defaults(steps, target))
    alters += ([command] for step in steps for command in own_statements(step.change))
    alters.append(_materialized(steps, reopened))
    table = f"ALTER TABLE {quoted_table(live.id)}{on_cluster(action.context.cluster)} "
    for commands in alters:
        joined = ", ".join(commands)
        if joined:
            yield table + joined


def _uses_retyped(steps: Steps) -> bool:
    """Tell whether an index or projection that is dropped or changed uses a column of another type."""
    return any(uses_in(element, name) for element in _dropped(steps) for name in _retyped(steps))


def _retyped(steps: Steps) -> set[str]:
    return {step.change.live.name for step in steps if isinstance(step.change, ChangeType)}


def _reopened(steps: Steps, live: Table, target: Table) -> tuple[TableElement, ...]:
    """Return the live indexes and projections that stay but would make the server refuse another change."""
    retyped = _retyped(steps)
    renames = [step.change for step in steps if isinstance(step.change, RenameColumn)]
    moved = {change.live.name for change in renames}
    after = live
    for change in renames:
        after = renamed(after, change.live.name, change.desired)
    kept = [
        element
        for element, new in zip(live.elements, after.elements, strict=True)
        if new in target.elements
    ]
    return tuple(
        element
        for element in kept
        if (
            isinstance(element, Projection)
            and any(uses_in(element, name) for name in retyped | moved)
        )
        or (isinstance(element, Index) and any(uses_in(element, name) for name in retyped))
    )


def _rename(change: RenameColumn) -> str:
    return f"RENAME COLUMN {quoted_name(change.live.name)} TO {quoted_name(change.desired)}"


def _removals(steps: Steps) -> Iterator[str]:
    for step in steps:
        yield from remove_properties(step.change)


def _main(
    steps: Steps, live: Table, target: Table, reopened: tuple[TableElement, ...]
) -> Iterator[str]:
    late = set(_late_names(steps, live))
    yield from _column_commands(steps, target)
    for step in steps:
        if isinstance(step.change, DropColumn) and step.change.column.name not in late:
            yield f"DROP COLUMN {quoted_name(step.change.column.name)}"
    yield from _table_commands(steps, target)
    yield from _element_adds(steps, target, reopened)
    # Last, as everything behind MODIFY TTL is read as further TTLs.
    for step in steps:
        if isinstance(step.change, ChangeTableTtl):
            yield f"MODIFY TTL {target.ttl}" if target.ttl else "REMOVE TTL"


def _column_commands(steps: Steps, target: Table) -> Iterator[str]:
    modified = dict[str, list[TableChange]]()
    there = {column.name for column in target.columns}
    for step in steps:
        change = step.change
        match change:
            case AddColumn():
                # The neighbour may still be waiting for its new name.
                place = "FIRST" if change.after is None else f"AFTER {quoted_name(change.after)}"
                place = f" {place}" if change.after is None or change.after in there else ""
                # Its settings come in a command of their own: before ClickHouse 26 they get lost
                # here without a word.
                yield f"ADD COLUMN {column_definition(replace(change.column, settings={}))}{place}"
            case (
                ChangeType()
                | ChangeDefault()
                | ChangeCodec()
                | ChangeColumnTtl()
                | ChangeColumnComment()
            ):
                modified.setdefault(change.live.name, []).append(change)
            case ChangeStatistics():
                modified.setdefault(change.live.name, []).append(change)
            case _:
                continue
    for name, changes in modified.items():
        column = target.column(name)
        if column is not None:
            yield from modify_column(column, changes)


def _table_commands(steps: Steps, target: Table) -> Iterator[str]:
    for step in steps:
        match step.change:
            case ChangeOrderBy():
                yield f"MODIFY ORDER BY {key(step.change.desired)}"
            case ChangeSampleBy():
                yield (
                    f"MODIFY SAMPLE BY {target.sample_by}"
                    if target.sample_by
                    else "REMOVE SAMPLE BY"
                )
            case ChangeTableComment():
                yield f"MODIFY COMMENT {quoted_text(target.comment)}"
            case _:
                continue


def _dropped(steps: Steps) -> Iterator[TableElement]:
    for step in steps:
        if isinstance(step.change, DropElement):
            yield step.change.element
        if isinstance(step.change, ChangeElement):
            yield step.change.live


def _element_adds(steps: Steps, target: Table, reopened: tuple[TableElement, ...]) -> Iterator[str]:
    for step in steps:
        if isinstance(step.change, AddElement):
            yield f"ADD {element_definition(step.change.element)}"
        if isinstance(step.change, ChangeElement):
            yield f"ADD {element_definition(step.change.desired)}"
    names = {(type(element), element.name) for element in reopened}
    yield from (
        f"ADD {element_definition(element)}"
        for element in target.elements
        if (type(element), element.name) in names
    )


def _drop(element: TableElement) -> str:
    return f"DROP {type(element).__name__.upper()} {quoted_name(element.name)}"


def _late_names(steps: Steps, live: Table) -> Iterator[str]:
    """Yield the dropped columns that a default or a TTL still needs when the main ALTER is checked (44)."""
    for step in steps:
        if isinstance(step.change, DropColumn):
            name = step.change.column.name
            others = (column for column in live.columns if column.name != name)
            texts = [
                text for c in others for text in (c.default.expression if c.default else "", c.ttl)
            ]
            constraints = [element.expression for element in live.constraints]
            if any(uses(text, name) for text in (*texts, *constraints, live.ttl, live.sample_by)):
                yield name


def _materialized(steps: Steps, reopened: tuple[TableElement, ...]) -> Iterator[str]:
    added = [step.change.element for step in steps if isinstance(step.change, AddElement)]
    changed = [step.change.desired for step in steps if isinstance(step.change, ChangeElement)]
    for element in (*added, *changed, *reopened):
        if not isinstance(element, Constraint):
            yield f"MATERIALIZE {type(element).__name__.upper()} {quoted_name(element.name)}"


def _setting_commands(steps: Steps) -> Iterator[str]:
    changes = [step.change for step in steps if isinstance(step.change, ChangeSetting)]
    reset = [change.name for change in changes if change.desired is None]
    if reset:
        yield f"RESET SETTING {', '.join(reset)}"
    pairs = [
        f"{change.name} = {setting_value(change.desired)}"
        for change in changes
        if change.desired is not None
    ]
    if pairs:
        yield f"MODIFY SETTING {', '.join(pairs)}"
