"""How bad a change could be. Only this file, `type_risk.py` and `policy.py` know what is dangerous."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import assert_never

from moose_dagster.diff.changes import (
    AddColumn,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeEngine,
    ChangeOrderBy,
    ChangePartitionBy,
    ChangePrimaryKey,
    ChangeSampleBy,
    ChangeSetting,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    CreateTable,
    DropColumn,
    DropTable,
    TableChange,
)
from moose_dagster.plan.policy import Risk
from moose_dagster.plan.proof import Proof
from moose_dagster.plan.reason import Assessment
from moose_dagster.plan.type_risk import type_risk
from moose_dagster.plan.view_readers import Reader, broken_reader
from moose_dagster.state.tables import Column, Default, DefaultKind, Table, primary_key_of
from moose_dagster.state.tokens import tokens

# ClickHouse 24.8 and 25.8 do not flag these in system.merge_tree_settings; ALTER answers 472.
READONLY_SETTINGS = frozenset(
    {"index_granularity", "index_granularity_bytes", "enable_mixed_granularity_parts", "share_nested_offsets",
     "allow_tuple_element_aggregation", "table_disk"}
)  # fmt: skip
_PLACES = frozenset({"storage_policy", "disk"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a change: the live table, its other changes, and what is known of the server."""

    live: Table | None = None
    changes: tuple[TableChange, ...] = ()
    not_understood: tuple[str, ...] = ()
    readonly_settings: frozenset[str] = READONLY_SETTINGS
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
    """What probes found, by column name; `""` is the table's TTL."""
    readers: tuple[Reader, ...] = ()
    """The materialized views that read the table, as they stand when it is altered."""


def risk_of(change: TableChange, around: Surroundings) -> Assessment:
    """Return how bad *change* could be where it stands."""
    return broken_reader(change, around.readers) or _risk_for_rows(change, around)


def _risk_for_rows(change: TableChange, around: Surroundings) -> Assessment:
    match change:
        case CreateTable() | AddColumn():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case ChangeCodec() | ChangeColumnComment() | ChangeTableComment():
            return Assessment(Risk.SAFE, "stored values stay as they are")
        case DropTable():
            return Assessment(Risk.DESTRUCTIVE, "the table would disappear with its rows")
        case DropColumn():
            return _rebuilt_if_key(change.column, Risk.DESTRUCTIVE, "its stored values would be lost", around)
        case ChangeType():
            return _type_change(change, around)
        case ChangeDefault():
            return _default_change(change.live.default, change.desired.default)
        case ChangeColumnTtl():
            return _ttl_change(change.desired.ttl, around.proofs.get(change.live.name))
        case ChangeTableTtl():
            return _ttl_change(change.desired, around.proofs.get(""))
        case ChangeOrderBy() | ChangePrimaryKey():
            return _key_change(change, around)
        case ChangeSampleBy():
            return _sample_change(change, around)
        case ChangeSetting():
            return _setting_change(change, around)
        case ChangeEngine() | ChangePartitionBy():
            return _rebuild("the server has no ALTER for it", around)
        case _:
            assert_never(change)


def in_key(column: str, table: Table) -> bool:
    """Tell whether a key or an engine argument of *table* uses *column*."""
    keys = [*table.order_by, *(table.primary_key or ()), table.partition_by, table.sample_by]
    return any(_bare(token) == column for text in (*keys, *table.engine.arguments) for token in tokens(text))


def extends_order_by(change: ChangeOrderBy, around: Surroundings) -> bool:
    """Tell whether ORDER BY only gains columns that the same plan adds without a default (done in place)."""
    added = {c.column.name for c in around.changes if isinstance(c, AddColumn) and c.column.default is None}
    length = len(change.live)
    tail = change.desired[length:]
    if around.live is not None and change.primary_key not in {None, primary_key_of(around.live)}:
        return False
    return bool(tail) and change.desired[:length] == change.live and all(_bare(name) in added for name in tail)


def _bare(token: str) -> str:
    return token[1:-1].replace("\\`", "`") if token.startswith("`") else token


def _rebuild(why: str, around: Surroundings) -> Assessment:
    if around.live is not None and not around.live.engine.name.endswith("MergeTree"):
        return Assessment(
            Risk.IMPOSSIBLE, f"{why}, and only MergeTree tables are built anew, no {around.live.engine.name}"
        )
    if around.not_understood:
        parts = ", ".join(around.not_understood)
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a rebuilt table would lack {parts}")
    return Assessment(Risk.REBUILD, f"{why}; the table must be built anew")


def _rebuilt_if_key(column: Column, risk: Risk, why: str, around: Surroundings) -> Assessment:
    if around.live is None or not in_key(column.name, around.live):
        return Assessment(risk, why)
    rebuild = _rebuild("the column is part of a key", around)
    if rebuild.risk is Risk.IMPOSSIBLE or risk in {Risk.SAFE, Risk.REWRITE}:
        return rebuild
    return Assessment(risk, f"{why}, and the column is part of a key")


def _type_change(change: ChangeType, around: Surroundings) -> Assessment:
    if change.live.default and change.live.default.kind in {"ALIAS", "EPHEMERAL"}:
        return Assessment(Risk.SAFE, "the column stores nothing")
    risk, why = type_risk(change.live.type, change.desired.type)
    proof = around.proofs.get(change.live.name)
    if risk is Risk.DATA_DEPENDENT and proof is not None:
        risk, why = _proved(proof)
    return _rebuilt_if_key(change.live, risk, why, around)


def _proved(proof: Proof) -> tuple[Risk, str]:
    if proof.error:
        return Risk.IMPOSSIBLE, f"stored values can't be converted ({proof.error})"
    if proof.rows:
        shown = f", such as {', '.join(proof.samples)}" if proof.samples else ""
        rows = "1 row" if proof.rows == 1 else f"{proof.rows} rows"
        return Risk.DESTRUCTIVE, f"{rows} would lose or change a value{shown}"
    return Risk.REWRITE, "every stored value was checked and fits; the column is rewritten"


def _default_change(live: Default | None, desired: Default | None) -> Assessment:
    kinds: tuple[DefaultKind | None, DefaultKind | None] = (live and live.kind, desired and desired.kind)
    if kinds[0] == kinds[1] and kinds[0] in {"ALIAS", "EPHEMERAL"}:
        return Assessment(Risk.SAFE, "the column stores nothing")
    if kinds[1] in {"ALIAS", "EPHEMERAL"}:
        return Assessment(Risk.DESTRUCTIVE, "the server would delete the column's stored values")
    if kinds[0] in {"ALIAS", "EPHEMERAL"}:
        return Assessment(Risk.DESTRUCTIVE, "rows written so far would read another value than before")
    if kinds[1] == "MATERIALIZED" and kinds[0] != "MATERIALIZED":
        return Assessment(Risk.DESTRUCTIVE, "writers that fill the column would fail")
    return Assessment(Risk.REWRITE, "values are written out first, so that old rows read as before")


def _ttl_change(desired: str, proof: Proof | None) -> Assessment:
    if not desired:
        return Assessment(Risk.SAFE, "rows only stay longer")
    if proof is None:
        return Assessment(Risk.DATA_DEPENDENT, "rows that have expired under it would be deleted")
    risk, _ = _proved(proof)
    if risk is Risk.REWRITE:
        return Assessment(Risk.SAFE, "no stored row has expired under it")
    rows = "1 row has" if proof.rows == 1 else f"{proof.rows} rows have"
    return Assessment(risk, f"{rows} expired under it and would be deleted")


def _key_change(change: ChangeOrderBy | ChangePrimaryKey, around: Surroundings) -> Assessment:
    if isinstance(change, ChangeOrderBy) and extends_order_by(change, around):
        return Assessment(Risk.SAFE, "only columns added with it are appended")
    return _rebuild("the server can't sort stored rows anew", around)


def _sample_change(change: ChangeSampleBy, around: Surroundings) -> Assessment:
    primary_key = primary_key_of(around.live) if around.live else ()
    if not change.desired or change.desired in primary_key:
        return Assessment(Risk.SAFE, "only how samples are drawn changes")
    return _rebuild("the sampling key is not part of the primary key", around)


def _setting_change(change: ChangeSetting, around: Surroundings) -> Assessment:
    if change.name in around.readonly_settings | READONLY_SETTINGS or change.name.startswith("add_minmax_index_"):
        return _rebuild("the setting is fixed when a table is made", around)
    if change.name in _PLACES and change.desired is None:
        return Assessment(Risk.IMPOSSIBLE, "where data lies can't be reset; declare the live value")
    return Assessment(Risk.SAFE, "stored values stay as they are")
