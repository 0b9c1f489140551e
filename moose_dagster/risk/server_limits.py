"""What a server can't take of what is declared, so that the plan blocks it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.risk.expressions import places_in
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.tokens import bracketed, split_top_level

_ENCRYPTING = "_GCM_SIV"


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A change that the server refuses.

    Attributes:
        change: The change.
        why: What the server says.
    """

    change: TableChange
    why: str


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What a server was asked about and lacks.

    Attributes:
        keyless_codecs: Codecs that encrypt, and for which it has no key: it takes the column, and
            refuses every insert.
        unknown_settings: Settings that no MergeTree table of it can have, each with the nearest one
            it knows, or "".
        unfit_expressions: By table and place, what the server says against an expression: it may
            take the column, and refuse every insert.
        unmakeable: By table, why the server can't create it with its engine.
        refused: The changes that it refuses, by table.
    """

    keyless_codecs: frozenset[str] = frozenset()
    unknown_settings: Mapping[str, str] = field(default_factory=dict[str, str])
    unfit_expressions: Mapping[TableId, Mapping[str, str]] = field(
        default_factory=dict[TableId, Mapping[str, str]]
    )
    unmakeable: Mapping[TableId, Assessment] = field(default_factory=dict[TableId, Assessment])
    refused: Mapping[TableId, Sequence[RefusedChange]] = field(
        default_factory=dict[TableId, Sequence[RefusedChange]]
    )


def encrypting_codecs(columns: Iterable[Column]) -> frozenset[str]:
    """Return the codecs of *columns* that need a key."""
    codecs = (codec for column in columns for codec in split_top_level(column.codec))
    names = (bracketed(codec)[0] for codec in codecs)
    return frozenset(name for name in names if name.endswith(_ENCRYPTING))


def merge_tree_settings_of(table: Table) -> frozenset[str]:
    """Return the settings of *table* that have to be MergeTree's."""
    return frozenset(table.settings) if table.engine.is_merge_tree else frozenset()


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *name* was meant to be, or ""."""
    return next(iter(get_close_matches(name, tuple(known), n=1, cutoff=0.7)), "")


def unsupported_by_server(change: TableChange, limits: ServerLimits) -> Assessment | None:
    """Return why the server can't make *change*, or None."""
    if isinstance(change, changes.CreateTable | changes.ChangeEngine):
        unmakeable = limits.unmakeable.get(changes.table_of(change))
        if unmakeable is not None:
            return unmakeable
    why = next(_reasons(change, limits), None)
    return Assessment(Risk.IMPOSSIBLE, why) if why else None


def _reasons(change: TableChange, limits: ServerLimits) -> Iterator[str]:
    no_reasons = dict[str, str]()
    table, places = places_in(change)
    unfit = limits.unfit_expressions.get(table, no_reasons) if table else no_reasons
    for place in places:
        if place in unfit:
            yield f"the server can't compute the {place}: {unfit[place]}"
    columns, settings = _columns_and_settings(change)
    for codec in sorted(encrypting_codecs(columns) & limits.keyless_codecs):
        yield (
            f"the server has no key for {codec} (encryption_codecs in its configuration), and "
            "would refuse every row that is inserted"
        )
    for name in settings:
        if name in limits.unknown_settings:
            known = limits.unknown_settings[name]
            hint = f", but has {known}" if known else ""
            yield f"the server has no table setting {name}{hint}"
    for refused in limits.refused.get(table_of(change), ()):
        if refused.change == change:
            yield f"the server refuses it: {refused.why}"


def is_told_by_a_definition(change: TableChange) -> bool:
    """Tell whether a server that is asked to make the table may refuse it because of *change*."""
    match change:
        case changes.CreateTable():
            return not _is_plain(change.table)
        case changes.AddColumn():
            return not _is_plain_column(change.column)
        case changes.ChangeSetting():
            return change.desired is not None
        case (
            changes.ChangeType()
            | changes.ChangeDefault()
            | changes.ChangeCodec()
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
        ):
            return True
        case (
            changes.DropTable()
            | changes.RenameTable()
            | changes.DropColumn()
            | changes.RenameColumn()
            | changes.ChangeColumnComment()
            | changes.DropElement()
            | changes.ChangeTableComment()
        ):
            return False
        case _:
            assert_never(change)


def _is_plain(table: Table) -> bool:
    """Tell whether *table* has nothing but columns and a key of columns."""
    texts = (table.partition_by, table.sample_by, table.ttl, table.settings, table.elements)
    names = {column.name for column in table.columns}
    return (
        not any(texts)
        and not table.engine.own_arguments
        and names.issuperset((*table.order_by, *(table.primary_key or ())))
        and all(map(_is_plain_column, table.columns))
    )


def _is_plain_column(column: Column) -> bool:
    return not (
        column.default or column.codec or column.ttl or column.statistics or column.settings
    )


def _columns_and_settings(change: TableChange) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    match change:
        case changes.CreateTable():
            return change.table.columns, tuple(sorted(change.table.settings))
        case changes.AddColumn():
            return (change.column,), ()
        case changes.ChangeCodec():
            return (change.desired,), ()
        case changes.ChangeSetting():
            return (), (() if change.desired is None else (change.name,))
        case (
            changes.DropTable()
            | changes.RenameTable()
            | changes.DropColumn()
            | changes.RenameColumn()
            | changes.ChangeType()
            | changes.ChangeDefault()
            | changes.ChangeColumnComment()
            | changes.ChangeColumnTtl()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.AddElement()
            | changes.DropElement()
            | changes.ChangeElement()
            | changes.ChangeEngine()
            | changes.ChangeOrderBy()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
            | changes.ChangeSampleBy()
            | changes.ChangeTableTtl()
            | changes.ChangeTableComment()
        ):
            return (), ()
        case _:
            assert_never(change)
