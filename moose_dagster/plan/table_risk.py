"""How bad a change could be. Only the `*_risk.py` files and `policy.py` know what is dangerous."""

from typing_extensions import assert_never

from moose_dagster.diff.table_changes import (
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
from moose_dagster.plan.column_risk import column_change, such_as, ttl_change
from moose_dagster.plan.engines import alters_columns, is_stateless, renames_columns, stores_rows
from moose_dagster.plan.policy import Risk
from moose_dagster.plan.reason import Assessment
from moose_dagster.plan.server_limits import beyond
from moose_dagster.plan.surroundings import (
    READONLY_SETTINGS,
    Surroundings,
    in_key,
    rebuild,
    unless_rebuilt,
)
from moose_dagster.plan.view_readers import broken_reader
from moose_dagster.state.counting import counted
from moose_dagster.state.tables import Constraint, Table, primary_key_of
from moose_dagster.state.tokens import bare_name

_PLACES = frozenset({"storage_policy", "disk"})


def risk_of(change: TableChange, around: Surroundings) -> Assessment:
    """Return how bad *change* could be where it stands."""
    return beyond(change, around.limits) or broken_reader(change, around.readers) or _risk_for_rows(change, around)


def _risk_for_rows(change: TableChange, around: Surroundings) -> Assessment:
    match change:
        case CreateTable():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case RenameTable():
            return Assessment(Risk.SAFE, "the rows go with it")
        case DropTable():
            return Assessment(Risk.DESTRUCTIVE, "the table would disappear with its rows")
        case _ if around.live is not None and around.live.unread.definition:
            return Assessment(Risk.IMPOSSIBLE, "it could not be read as a whole, and such a table is not altered")
        case ChangeColumnComment() | ChangeTableComment():
            return Assessment(Risk.SAFE, "stored values stay as they are")
        case DropColumn():
            return unless_rebuilt(change.column, Risk.DESTRUCTIVE, "its stored values would be lost", around)
        case ChangeType():
            return column_change(change, around)
        case RenameColumn():
            return _column_rename(change, around)
        case _ if around.live is not None and not alters_columns(around.live.engine.name):
            return rebuild(f"a table of {around.live.engine.name} takes no such ALTER", around)
        case AddColumn():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case ChangeDefault() | ChangeCodec():
            return column_change(change, around)
        case ChangeStatistics() | ChangeColumnSettings():
            return Assessment(Risk.SAFE, "stored values stay as they are")
        case AddPart() | DropPart() | ChangePart():
            return _part_change(change, around)
        case ChangeColumnTtl():
            return ttl_change(change.desired.ttl, around.proofs.get(change.live.name))
        case ChangeTableTtl():
            return ttl_change(change.desired, around.proofs.get(""))
        case ChangeSetting():
            return _setting_change(change, around)
        case _:
            return _layout_change(change, around)


def _layout_change(
    change: ChangeOrderBy | ChangePrimaryKey | ChangeSampleBy | ChangePartitionBy | ChangeEngine, around: Surroundings
) -> Assessment:
    match change:
        case ChangeOrderBy() | ChangePrimaryKey():
            return _key_change(change, around)
        case ChangeSampleBy():
            return _sample_change(change, around)
        case ChangeEngine() if around.live and stores_rows(change.live.name) and is_stateless(change.desired.name):
            return Assessment(Risk.DESTRUCTIVE, f"{change.desired.name} holds no rows; the stored ones stay behind")
        case ChangeEngine() | ChangePartitionBy():
            return rebuild("the server has no ALTER for it", around)
        case _:
            assert_never(change)


def extends_order_by(change: ChangeOrderBy, around: Surroundings) -> bool:
    """Tell whether ORDER BY only gains columns that the same plan adds without a default (done in place)."""
    added = {c.column.name for c in around.changes if isinstance(c, AddColumn) and c.column.default is None}
    length = len(change.live)
    tail = change.desired[length:]
    if around.live is not None and change.primary_key not in {None, primary_key_of(around.live)}:
        return False
    return bool(tail) and change.desired[:length] == change.live and all(bare_name(name) in added for name in tail)


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


def _column_rename(change: RenameColumn, around: Surroundings) -> Assessment:
    if around.live is not None and in_key(change.live.name, around.live):
        return rebuild("the column is part of a key", around)
    if around.live is not None and not renames_columns(around.live.engine.name):
        return rebuild(f"a table of {around.live.engine.name} takes no such ALTER", around)
    if _nested_of(change.live.name) != _nested_of(change.desired):
        return rebuild("the server renames no column into, out of or between Nested ones", around)
    return Assessment(Risk.SAFE, "its values go with it")


def _nested_of(column: str) -> str:
    nested, _, element = column.partition(".")
    return nested if element else ""


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
    if proof.not_asked:
        return Assessment(Risk.DATA_DEPENDENT, proof.not_asked)
    if proof.rows == 0:
        return Assessment(Risk.SAFE, "every stored row fulfils it")
    rows = f"{counted(proof.rows, 'stored row')} {'breaks' if proof.rows == 1 else 'break'}"
    why = f"{rows} it, and such rows could not be inserted again{such_as(proof)}"
    return Assessment(Risk.DESTRUCTIVE, why)


def _key_change(change: ChangeOrderBy | ChangePrimaryKey, around: Surroundings) -> Assessment:
    if isinstance(change, ChangeOrderBy) and extends_order_by(change, around):
        return Assessment(Risk.SAFE, "only columns added with it are appended")
    return rebuild("the server can't sort stored rows anew", around)


def _sample_change(change: ChangeSampleBy, around: Surroundings) -> Assessment:
    primary_key = primary_key_of(around.live) if around.live else ()
    if not change.desired or change.desired in primary_key:
        return Assessment(Risk.SAFE, "only how samples are drawn changes")
    return rebuild("the sampling key is not part of the primary key", around)


def _setting_change(change: ChangeSetting, around: Surroundings) -> Assessment:
    if change.name in around.readonly_settings | READONLY_SETTINGS or change.name.startswith("add_minmax_index_"):
        return rebuild("the setting is fixed when a table is made", around)
    if change.name in _PLACES and change.desired is None:
        return Assessment(Risk.IMPOSSIBLE, "where data lies can't be reset; declare the live value")
    return Assessment(Risk.SAFE, "stored values stay as they are")
