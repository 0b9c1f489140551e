"""How bad a change could be. Only this file, `type_risk.py` and `policy.py` know what is dangerous."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import assert_never

from moose_dagster.diff.changes import (
    AddColumn,
    AddPart,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnSettings,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeEngine,
    ChangeOrderBy,
    ChangePart,
    ChangePartitionBy,
    ChangePrimaryKey,
    ChangeSampleBy,
    ChangeSetting,
    ChangeStatistics,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    CreateTable,
    DropColumn,
    DropPart,
    DropTable,
    RenameColumn,
    RenameTable,
    TableChange,
)
from moose_dagster.plan.engines import alters_columns, is_stateless, renames_columns, stores_rows
from moose_dagster.plan.policy import Risk
from moose_dagster.plan.proof import Proof
from moose_dagster.plan.reason import Assessment
from moose_dagster.plan.type_risk import type_risk
from moose_dagster.state.tables import Column, Constraint, Default, DefaultKind, Table, primary_key_of
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
    """What probes found, by column name; `""` is the table's TTL, `CONSTRAINT c` the constraint c."""
    cluster: str = ""
    """The cluster whose hosts all carry the table, "" for this server alone."""


def risk_of(change: TableChange, around: Surroundings) -> Assessment:
    """Return how bad *change* could be where it stands."""
    match change:
        case CreateTable():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case RenameTable():
            return Assessment(Risk.SAFE, "the rows go with it")
        case ChangeColumnComment() | ChangeTableComment():
            return Assessment(Risk.SAFE, "stored values stay as they are")
        case DropTable():
            return Assessment(Risk.DESTRUCTIVE, "the table would disappear with its rows")
        case DropColumn():
            return _unless_rebuilt(change.column, Risk.DESTRUCTIVE, "its stored values would be lost", around)
        case ChangeType():
            return _type_change(change, around)
        case RenameColumn():
            return _column_rename(change, around)
        case _ if around.live is not None and not alters_columns(around.live.engine.name):
            return _rebuild(f"a table of {around.live.engine.name} takes no such ALTER", around)
        case AddColumn():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case ChangeCodec() | ChangeStatistics() | ChangeColumnSettings():
            return Assessment(Risk.SAFE, "stored values stay as they are")
        case AddPart() | DropPart() | ChangePart():
            return _part_change(change, around)
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
        case ChangeEngine() if around.live and stores_rows(change.live.name) and is_stateless(change.desired.name):
            return Assessment(Risk.DESTRUCTIVE, f"{change.desired.name} holds no rows; the stored ones stay behind")
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


def is_built_anew(change: TableChange, live: Table) -> bool:
    """Tell whether a column change that loses values can't be made by ALTER on *live*."""
    match change:
        case DropColumn():
            return in_key(change.column.name, live) or not alters_columns(live.engine.name)
        case ChangeType():
            return in_key(change.live.name, live) or not alters_columns(live.engine.name)
        case ChangeEngine():
            return True
        case _:
            return False


def _rebuild(why: str, around: Surroundings) -> Assessment:
    engine = around.live.engine.name if around.live is not None else "MergeTree"
    if not stores_rows(engine) and not is_stateless(engine):
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a table of {engine} is never built anew")
    if around.not_understood:
        parts = ", ".join(around.not_understood)
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a rebuilt table would lack {parts}")
    if around.cluster and stores_rows(engine):
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a copy on one host would miss the rows of the cluster's others")
    return Assessment(Risk.REBUILD, f"{why}; the table must be built anew")


def _unless_rebuilt(column: Column, risk: Risk, why: str, around: Surroundings) -> Assessment:
    if around.live is None:
        return Assessment(risk, why)
    if in_key(column.name, around.live):
        obstacle = "the column is part of a key"
    elif not alters_columns(around.live.engine.name):
        obstacle = f"a table of {around.live.engine.name} takes no such ALTER"
    else:
        return Assessment(risk, why)
    rebuild = _rebuild(obstacle, around)
    if rebuild.risk is Risk.IMPOSSIBLE or risk in {Risk.SAFE, Risk.REWRITE}:
        return rebuild
    return Assessment(risk, f"{why}, and {obstacle}")


def _column_rename(change: RenameColumn, around: Surroundings) -> Assessment:
    if around.live is not None and in_key(change.live.name, around.live):
        return _rebuild("the column is part of a key", around)
    if around.live is not None and not renames_columns(around.live.engine.name):
        return _rebuild(f"a table of {around.live.engine.name} takes no such ALTER", around)
    return Assessment(Risk.SAFE, "its values go with it")


def _part_change(change: AddPart | DropPart | ChangePart, around: Surroundings) -> Assessment:
    if isinstance(change, DropPart):
        kind = Risk.SAFE if isinstance(change.part, Constraint) else Risk.REWRITE
        return Assessment(kind, "no stored value depends on it")
    part = change.part if isinstance(change, AddPart) else change.desired
    if not isinstance(part, Constraint):
        return Assessment(Risk.REWRITE, "it is built for the stored rows as well")
    proof = around.proofs.get(f"CONSTRAINT {part.name}")
    if proof is None:
        return Assessment(Risk.DATA_DEPENDENT, "stored rows may break it, which no probe could tell")
    if proof.rows == 0:
        return Assessment(Risk.SAFE, "every stored row fulfils it")
    rows = "1 stored row breaks" if proof.rows == 1 else f"{proof.rows} stored rows break"
    return Assessment(Risk.DESTRUCTIVE, f"{rows} it, and such rows could not be inserted again")


def _type_change(change: ChangeType, around: Surroundings) -> Assessment:
    if change.live.default and change.live.default.kind in {"ALIAS", "EPHEMERAL"}:
        return Assessment(Risk.SAFE, "the column stores nothing")
    if around.live is not None and is_stateless(around.live.engine.name):
        return _unless_rebuilt(change.live, Risk.SAFE, f"{around.live.engine.name} stores nothing", around)
    risk, why = type_risk(change.live.type, change.desired.type)
    proof = around.proofs.get(change.live.name)
    if proof is not None and (risk is Risk.DATA_DEPENDENT or proof.error):
        risk, why = _proved(proof)
    return _unless_rebuilt(change.live, risk, why, around)


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
