"""How bad a change of a table could be for its rows."""

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import (
    ColumnChange,
    ElementChange,
    StorageChange,
    TableChange,
)
from moose_dagster.risk.columns import column_change, sample_suffix, ttl_change
from moose_dagster.risk.context import (
    READONLY_SETTINGS,
    TableContext,
    assess_rebuild,
    in_key,
    unless_engine_refuses,
    unless_in_key,
)
from moose_dagster.risk.dependents import broken_reader
from moose_dagster.risk.engines import alters_in_place, is_stateless, stores_rows
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.named_readers import broken_named_reader
from moose_dagster.risk.one_uuid import without_shared_uuid
from moose_dagster.risk.proved import unless_right_is_missing
from moose_dagster.risk.server_limits import unsupported_by_server
from moose_dagster.state.counting import counted
from moose_dagster.state.tables import Constraint, Table, is_descending, primary_key_of
from moose_dagster.state.tokens import bare_name

_READ_POSITIONS = frozenset({"enable_block_number_column", "enable_block_offset_column"})
_PLACES = frozenset({"storage_policy", "disk"})


def risk_of(change: TableChange, context: TableContext) -> Assessment:
    """Return how bad *change* could be where it stands."""
    if context.cluster_obstacle:
        return Assessment(Risk.IMPOSSIBLE, context.cluster_obstacle)
    return (
        without_shared_uuid(change, context)
        or unsupported_by_server(change, context.limits)
        or broken_reader(change, context.readers)
        or _of_incremental_readers(change, context)
        or _of_readers(change, context)
        or _risk_for_rows(change, context)
    )


def _of_incremental_readers(change: TableChange, context: TableContext) -> Assessment | None:
    """Assess a rebuild under a view for which the server keeps how far it has read the table."""
    every = (reader for of_name in context.named_readers.values() for reader in of_name)
    incremental = next((reader for reader in every if reader.is_incremental), None)
    if incremental is None or context.live is None:
        return None
    if isinstance(change, changes.ChangeSetting) and change.name in _READ_POSITIONS:
        is_needed = change.desired not in {"1", "true"}
        why = f"the {incremental} needs it, and every refresh would fail"
        return Assessment(Risk.IMPOSSIBLE, why, "Keep the setting.") if is_needed else None
    own = _risk_for_rows(change, context)
    is_lossy = own.risk is Risk.DESTRUCTIVE and needs_rebuild(change, context.live)
    if own.risk is not Risk.REBUILD and not is_lossy:
        return None
    return Assessment(
        Risk.IMPOSSIBLE,
        f"{own.why}, and the {incremental} would miss every row that it has not read by then, as "
        "the server keeps how far it has read this table",
        "Refresh and remove the view first, and declare one of another name afterwards.",
    )


def _of_readers(change: TableChange, context: TableContext) -> Assessment | None:
    """Assess *change* by what it does to readers, unless the stored rows suffer more."""
    readers = broken_named_reader(change, context.named_readers)
    if isinstance(change, changes.ChangeType):
        readers = context.retyped.get(change.desired.name)
    if readers is None or readers.risk is Risk.IMPOSSIBLE:
        return readers
    stored = _risk_for_rows(change, context)
    if stored.risk is readers.risk:
        return Assessment(stored.risk, f"{stored.why}; {readers.why}")
    severity = tuple(Risk)
    is_worse = severity.index(stored.risk) > severity.index(readers.risk)
    return None if is_worse or stored.risk is Risk.DATA_DEPENDENT else readers


def _risk_for_rows(change: TableChange, context: TableContext) -> Assessment:
    match change:
        case changes.CreateTable():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case changes.RenameTable():
            return Assessment(Risk.SAFE, "its rows are kept")
        case changes.DropTable():
            return Assessment(Risk.DESTRUCTIVE, "the table would disappear with its rows")
        case _ if context.live is not None and context.live.unread.definition:
            return Assessment(
                Risk.IMPOSSIBLE, "it could not be read as a whole, and such a table is not altered"
            )
        case _:
            assessed = unless_engine_refuses(change, _risk_of_facet(change, context), context)
            return unless_right_is_missing(change, assessed, context)


def _risk_of_facet(
    change: ColumnChange | ElementChange | StorageChange, context: TableContext
) -> Assessment:
    """Return how bad *change* is in a table that takes every ALTER."""
    match change:
        case changes.AddColumn():
            return Assessment(Risk.SAFE, "nothing stored is touched")
        case changes.DropColumn():
            lost = Assessment(Risk.DESTRUCTIVE, "its stored values would be lost")
            return unless_in_key(change.column, lost, context)
        case changes.RenameColumn():
            return _column_rename(change, context)
        case changes.ChangeType() | changes.ChangeDefault() | changes.ChangeCodec():
            return column_change(change, context)
        case (
            changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.ChangeColumnComment()
            | changes.ChangeTableComment()
        ):
            return Assessment(Risk.SAFE, "stored values stay as they are")
        case changes.AddElement() | changes.DropElement() | changes.ChangeElement():
            return _element_change(change, context)
        case changes.ChangeColumnTtl():
            return ttl_change(change.desired.ttl, context.proofs.get(change.live.name))
        case changes.ChangeTableTtl():
            return ttl_change(change.desired, context.proofs.get(""))
        case changes.ChangeSetting():
            return _setting_change(change, context)
        case changes.ChangeOrderBy() | changes.ChangePrimaryKey():
            return _key_change(change, context)
        case changes.ChangeSampleBy():
            return _sample_change(change, context)
        case changes.ChangeEngine():
            return _engine_change(change, context)
        # There is no syntax for it (62 on ClickHouse 24.8 to 26.9).
        case changes.ChangePartitionBy():
            return assess_rebuild("the server has no ALTER for it", context)
        case _:
            assert_never(change)


def _engine_change(change: changes.ChangeEngine, context: TableContext) -> Assessment:
    if context.live and stores_rows(change.live) and is_stateless(change.desired):
        why = f"{change.desired.name} stores no rows, so the table would lose its rows"
        return Assessment(Risk.DESTRUCTIVE, why)
    return assess_rebuild("the server has no ALTER for it", context)


def extends_order_by(change: changes.ChangeOrderBy, context: TableContext) -> bool:
    """Tell whether ORDER BY only gains columns that the same plan adds without a default."""
    added = {
        c.column.name
        for c in context.changes
        if isinstance(c, changes.AddColumn) and c.column.default is None
    }
    length = len(change.live)
    tail = change.desired[length:]
    if context.live is not None and change.primary_key not in {None, primary_key_of(context.live)}:
        return False
    if any(map(is_descending, change.desired)):
        # MODIFY ORDER BY takes no DESC (62), and without it the key would be another one.
        return False
    if not tail or change.desired[:length] != change.live:
        return False
    return all(bare_name(name) in added for name in tail)


def needs_rebuild(change: TableChange, live: Table) -> bool:
    """Tell whether a change that loses values can't be made by ALTER on *live*."""
    match change:
        case changes.CreateTable() | changes.DropTable() | changes.RenameTable():
            return False
        case changes.DropColumn() if in_key(change.column.name, live):
            return True
        case changes.ChangeType() if in_key(change.live.name, live):
            return True
        case changes.ChangeEngine():
            return True
        case changes.DropColumn() if not live.engine.is_merge_tree:
            return not alters_in_place(live.engine, change)
        case (
            changes.AddColumn()
            | changes.DropColumn()
            | changes.RenameColumn()
            | changes.ChangeType()
            | changes.ChangeDefault()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeColumnTtl()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.AddElement()
            | changes.DropElement()
            | changes.ChangeElement()
            | changes.ChangeOrderBy()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
            | changes.ChangeSampleBy()
            | changes.ChangeTableTtl()
            | changes.ChangeSetting()
            | changes.ChangeTableComment()
        ):
            return not live.engine.is_merge_tree
        case _:
            assert_never(change)


def _column_rename(change: changes.RenameColumn, context: TableContext) -> Assessment:
    if context.live is not None and in_key(change.live.name, context.live):
        return assess_rebuild("the column is part of a key", context)
    if _nested_of(change.live.name) != _nested_of(change.desired):
        return assess_rebuild(
            "the server can't rename a column into, out of or between Nested columns", context
        )
    return Assessment(Risk.SAFE, "its values are kept")


def _nested_of(column: str) -> str:
    nested, _, element = column.partition(".")
    return nested if element else ""


def _element_change(
    change: changes.AddElement | changes.DropElement | changes.ChangeElement, context: TableContext
) -> Assessment:
    if isinstance(change, changes.DropElement):
        kind = Risk.SAFE if isinstance(change.element, Constraint) else Risk.REWRITE
        return Assessment(kind, "no stored value depends on it")
    element = change.element if isinstance(change, changes.AddElement) else change.desired
    # ClickHouse 24.8 to 26.9 do not check stored rows, and refuse later inserts of such (469).
    if not isinstance(element, Constraint):
        return Assessment(Risk.REWRITE, "it is built for the stored rows as well")
    proof = context.proofs.get(f"CONSTRAINT {element.name}")
    if proof is None:
        return Assessment(
            Risk.DATA_DEPENDENT, "stored rows may break it; they could not be checked"
        )
    if proof.skip_reason:
        return Assessment(Risk.DATA_DEPENDENT, proof.skip_reason)
    if proof.rows == 0:
        return Assessment(Risk.SAFE, "every stored row fulfills it")
    verb = "breaks" if proof.rows == 1 else "break"
    rows = f"{counted(proof.rows, 'stored row')} {verb} it"
    live = context.live
    if live is not None and stores_rows(live.engine) and not live.engine.is_merge_tree:
        # Without parts to move, the new table is filled by an INSERT, which is refused (469).
        why = f"{rows}, and the copy that a {live.engine.name} table needs for it would refuse them"
        return Assessment(Risk.IMPOSSIBLE, why)
    why = f"{rows}, and such rows could not be inserted again{sample_suffix(proof)}"
    return Assessment(Risk.DESTRUCTIVE, why)


def _key_change(
    change: changes.ChangeOrderBy | changes.ChangePrimaryKey, context: TableContext
) -> Assessment:
    if isinstance(change, changes.ChangeOrderBy) and extends_order_by(change, context):
        return Assessment(Risk.SAFE, "only columns added with it are appended")
    # MODIFY ORDER BY with a column of stored rows is error 36, even if the table is empty.
    return assess_rebuild("the server can't sort stored rows in another order", context)


def _sample_change(change: changes.ChangeSampleBy, context: TableContext) -> Assessment:
    primary_key = primary_key_of(context.live) if context.live else ()
    if not change.desired or change.desired in primary_key:
        return Assessment(Risk.SAFE, "only which rows SAMPLE reads changes")
    return assess_rebuild("the sampling key is not part of the primary key", context)


def _setting_change(change: changes.ChangeSetting, context: TableContext) -> Assessment:
    # Error 472. ClickHouse 24.8 and 25.8 flag none of them as read-only, so a list is needed.
    if change.name in context.readonly_settings | READONLY_SETTINGS or change.name.startswith(
        "add_minmax_index_"
    ):
        return assess_rebuild("the setting is fixed when a table is created", context)
    if change.name in _PLACES and change.desired is None:
        return Assessment(
            Risk.IMPOSSIBLE, "the place of stored data can't be reset", "Declare the live value."
        )
    return Assessment(Risk.SAFE, "stored values stay as they are")
