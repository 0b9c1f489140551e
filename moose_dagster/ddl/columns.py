"""The ALTER commands of one column: only what changed is sent, the server keeps the rest."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.sql.create import column_definition, settings_list
from moose_dagster.sql.quoting import quoted_name, quoted_text
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.types import loses_nullable

FacetChange: TypeAlias = (
    changes.ChangeType
    | changes.ChangeDefault
    | changes.ChangeCodec
    | changes.ChangeColumnComment
    | changes.ChangeColumnTtl
    | changes.ChangeStatistics
)
"""A change of one facet of a live column, which MODIFY COLUMN makes."""


def add_column(change: changes.AddColumn, target: Table) -> str:
    """Return the ADD COLUMN of *change*."""
    # Its settings have a command of their own: before ClickHouse 26 they get lost here without a
    # word.
    definition = column_definition(replace(change.column, settings={}))
    # The other hosts have it.
    head = "ADD COLUMN IF NOT EXISTS" if change.hosts else "ADD COLUMN"
    if change.after is None:
        return f"{head} {definition} FIRST"
    # The neighbor may still wait for its new name.
    if target.column(change.after) is None:
        return f"{head} {definition}"
    return f"{head} {definition} AFTER {quoted_name(change.after)}"


def modify_columns(facets: Iterable[FacetChange], target: Table) -> Iterator[str]:
    """Yield at most one MODIFY COLUMN for each column; two of one column contradict each other."""
    by_column = defaultdict[str, list[FacetChange]](list)
    for change in facets:
        by_column[change.live.name].append(change)
    for name, of_column in by_column.items():
        column = target.column(name)
        if column is not None:
            yield from _modify_column(column, of_column)


def _modify_column(target: Column, facets: Sequence[FacetChange]) -> Iterator[str]:
    # A type alone keeps DEFAULT, CODEC, COMMENT and TTL on ClickHouse 24.8 to 26.9.
    parts = dict[type[FacetChange], str]()
    for change in facets:
        match change:
            case changes.ChangeType():
                parts[changes.ChangeType] = target.type
                if _needs_default(change, target):
                    # ClickHouse 26 refuses Nullable -> NOT NULL without a default, and leaves the
                    # column unreadable under one that uses other columns; the declared one, or
                    # none, follows.
                    empty = f"DEFAULT defaultValueOfTypeName({quoted_text(target.type)})"
                    parts[changes.ChangeDefault] = empty
            case changes.ChangeDefault():
                parts.setdefault(changes.ChangeDefault, str(target.default or ""))
            case changes.ChangeColumnComment():
                parts[changes.ChangeColumnComment] = f"COMMENT {quoted_text(target.comment)}"
            case changes.ChangeCodec():
                parts[changes.ChangeCodec] = f"CODEC({target.codec})" if target.codec else ""
            case changes.ChangeStatistics():
                statistics = target.statistics
                parts[changes.ChangeStatistics] = f"STATISTICS({statistics})" if statistics else ""
            case changes.ChangeColumnTtl():
                parts[changes.ChangeColumnTtl] = f"TTL {target.ttl}" if target.ttl else ""
            case _:
                assert_never(change)
    ordered = [parts[kind] for kind in _ORDER if parts.get(kind)]
    if ordered and ordered == [parts.get(changes.ChangeColumnTtl)]:
        # Alone, ClickHouse 25.8 reads TTL as the name of a type.
        ordered.insert(0, target.type)
    if ordered:
        yield f"MODIFY COLUMN {quoted_name(target.name)} {' '.join(ordered)}"


_ORDER: Sequence[type[FacetChange]] = (
    changes.ChangeType,
    changes.ChangeDefault,
    changes.ChangeColumnComment,
    changes.ChangeCodec,
    changes.ChangeStatistics,
    changes.ChangeColumnTtl,
)
"""The order of the parts of a MODIFY COLUMN."""


def remove_properties(facets: Iterable[FacetChange]) -> Iterator[str]:
    """Yield the REMOVE command of each property that the code no longer declares."""
    for change in facets:
        live = change.live
        desired = change.desired
        match change:
            case changes.ChangeDefault():
                word = live.default.kind if live.default and not desired.default else ""
            case changes.ChangeCodec():
                word = "" if desired.codec else "CODEC"
            case changes.ChangeColumnTtl():
                word = "" if desired.ttl else "TTL"
            case changes.ChangeType() | changes.ChangeColumnComment() | changes.ChangeStatistics():
                word = ""  # another type and comment replace them; statistics have a DROP
            case _:
                assert_never(change)
        if word:
            yield f"MODIFY COLUMN {quoted_name(live.name)} REMOVE {word}"


def drop_statistics(facets: Iterable[FacetChange]) -> Iterator[str]:
    """Yield what drops statistics, each to be sent alone.

    It precedes a new type that takes no statistics (708).
    """
    for change in facets:
        if isinstance(change, changes.ChangeStatistics) and not change.desired.statistics:
            yield f"DROP STATISTICS {quoted_name(change.live.name)}"


def clear_unstored(facets: Iterable[FacetChange]) -> Iterator[str]:
    """Yield what removes the stored values of a column that becomes an ALIAS or EPHEMERAL one.

    Parts that keep them fail in each later mutation of the table (16, 47): of an EPHEMERAL column
    under every ClickHouse up to 26.9, of an ALIAS before 26.
    """
    for change in _no_longer_stored(facets):
        yield f"CLEAR COLUMN {quoted_name(change.live.name)}"


def unstore_retyped(facets: Sequence[FacetChange]) -> Iterator[str]:
    """Yield what lets a column of another type become an ALIAS or EPHEMERAL one.

    The server would convert stored values of a column that no longer has any (16), and the
    expression to the live type.
    """
    retyped = {change.live.name for change in facets if isinstance(change, changes.ChangeType)}
    for change in _no_longer_stored(facets):
        if change.live.name in retyped and change.desired.default is not None:
            value = f"defaultValueOfTypeName({quoted_text(change.live.type)})"
            kind = change.desired.default.kind
            yield f"MODIFY COLUMN {quoted_name(change.live.name)} {kind} {value}"


def _no_longer_stored(facets: Iterable[FacetChange]) -> Iterator[changes.ChangeDefault]:
    for change in facets:
        is_default = isinstance(change, changes.ChangeDefault)
        if is_default and change.live.is_stored and not change.desired.is_stored:
            yield change


def end_temporary_defaults(facets: Iterable[FacetChange], target: Table) -> Iterator[str]:
    """Yield what ends the default which a column has only to lose its Nullable."""
    for change in facets:
        column = target.column(change.live.name)
        if not isinstance(change, changes.ChangeType) or column is None:
            continue
        if _needs_default(change, column):
            default = column.default or "REMOVE DEFAULT"
            yield f"MODIFY COLUMN {quoted_name(column.name)} {default}"


def _needs_default(change: changes.ChangeType, target: Column) -> bool:
    return target.is_stored and loses_nullable(change.live.type, change.desired.type)


def set_settings_of(column: Column) -> Iterator[str]:
    """Yield what gives a new column its settings, to be sent alone.

    The server reads everything after a comma as one more setting.
    """
    if column.settings:
        settings = settings_list(column.settings)
        yield f"MODIFY COLUMN {quoted_name(column.name)} MODIFY SETTING {settings}"


def change_settings(change: changes.ChangeColumnSettings) -> Iterator[str]:
    """Yield what changes and resets settings of a column, each to be sent alone."""
    live = change.live.settings
    desired = change.desired.settings
    modify = f"MODIFY COLUMN {quoted_name(change.live.name)}"
    changed = {name: value for name, value in desired.items() if live.get(name) != value}
    if changed:
        yield f"{modify} MODIFY SETTING {settings_list(changed)}"
    undeclared = [name for name in live if name not in desired]
    if undeclared:
        yield f"{modify} RESET SETTING {', '.join(undeclared)}"
