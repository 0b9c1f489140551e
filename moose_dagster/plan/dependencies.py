"""Block the changes of a table that can't be made while another one is blocked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.plan.describe import describe, subject_of
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Step
from moose_dagster.risk.context import TableContext
from moose_dagster.sql.ttl import ttl_elements
from moose_dagster.state.rename import text_of, uses
from moose_dagster.state.tables import Projection, TableElement, primary_key_of

_PROJECTION_MODE = "deduplicate_merge_projection_mode"
Blocked: TypeAlias = Sequence[TableChange]
Rule: TypeAlias = Callable[[TableChange, Blocked, TableContext], str]
"""Change, blocked changes of its table, context -> what it waits for, or "" for nothing."""


def block_dependents(
    steps: Sequence[Step[TableChange]], context: TableContext
) -> list[Step[TableChange]]:
    """Return *steps* of one table, with those blocked that depend on a blocked one."""
    blocked = [step.change for step in steps if step.verdict is Verdict.BLOCK]
    if not blocked:
        return list(steps)
    decided = [_block_dependent(step, blocked, context) for step in steps]
    # A step that is blocked now may block others in its turn.
    return decided if decided == list(steps) else block_dependents(decided, context)


def _block_dependent(
    step: Step[TableChange], blocked: Blocked, context: TableContext
) -> Step[TableChange]:
    if step.verdict is not Verdict.APPLY:
        return step
    reasons = (rule(step.change, blocked, context) for rule in _RULES)
    why = next(filter(None, reasons), "")
    if not why:
        return step
    reason = f"{subject_of(step.change)}: waits until {why} ({step.life_cycle.value})."
    return replace(step, verdict=Verdict.BLOCK, reason=reason)


def _needs_new_place(_change: TableChange, blocked: Blocked, _context: TableContext) -> str:
    """Every change of a table is sent to its declared name, and waits for it."""
    rename = next((other for other in blocked if isinstance(other, changes.RenameTable)), None)
    return f"{rename.live} may be renamed" if rename else ""


def _needs_new_name(change: TableChange, blocked: Blocked, _context: TableContext) -> str:
    """A change that uses the new name of a column waits for the rename."""
    text = describe(change)
    for other in blocked:
        if not isinstance(other, changes.RenameColumn):
            continue
        if text.column == other.desired or uses(text.declared, other.desired):
            return f"the column may be renamed to {other.desired}"
    return ""


def _needs_new_type(change: TableChange, blocked: Blocked, _context: TableContext) -> str:
    """Statistics, keys and expressions may not fit the type that stays."""
    retyped = {other.live.name for other in blocked if isinstance(other, changes.ChangeType)}
    if isinstance(change, changes.ChangeStatistics) and change.live.name in retyped:
        return "the type of the column may change"
    name = next((name for name in retyped if _computes_with(change, name)), "")
    return f"the type of {name} may change" if name else ""


def _needs_new_column(change: TableChange, blocked: Blocked, _context: TableContext) -> str:
    """A key or expression needs the columns that it names."""
    added = [other.column.name for other in blocked if isinstance(other, changes.AddColumn)]
    name = next((name for name in added if _computes_with(change, name)), "")
    return f"the column {name} may be added" if name else ""


def _computes_with(change: TableChange, column: str) -> bool:
    """Tell whether the declared key or expression of *change* uses *column*."""
    match change:
        case changes.AddColumn():
            default = change.column.default
            return change.column.name != column and uses(
                f"{default.expression if default else ''} {change.column.ttl}", column
            )
        case changes.ChangeDefault():
            default = change.desired.default
            return change.live.name != column and uses(
                default.expression if default else "", column
            )
        case changes.ChangeColumnTtl():
            return uses(change.desired.ttl, column)
        case changes.AddElement():
            return uses(text_of(change.element), column)
        case changes.ChangeElement():
            return uses(text_of(change.desired), column)
        case (
            changes.ChangeOrderBy()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
            | changes.ChangeSampleBy()
            | changes.ChangeTableTtl()
            | changes.ChangeEngine()
        ):
            return uses(describe(change).declared, column)
        case (
            changes.CreateTable()
            | changes.DropTable()
            | changes.RenameTable()
            | changes.DropColumn()
            | changes.RenameColumn()
            | changes.ChangeType()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.DropElement()
            | changes.ChangeSetting()
            | changes.ChangeTableComment()
        ):
            return False
        case _:
            assert_never(change)


def _needs_free_column(change: TableChange, blocked: Blocked, _context: TableContext) -> str:
    """A column stays as long as a key or expression that stays computes with it."""
    if not isinstance(change, changes.DropColumn):
        return ""
    name = change.column.name
    other = next((other for other in blocked if uses(_live_text(other), name)), None)
    return f"the {describe(other).facet} that uses it may change" if other else ""


def _live_text(change: TableChange) -> str:
    """Return the live key or expression that stays while *change* is blocked."""
    match change:
        case changes.ChangeDefault():
            return change.live.default.expression if change.live.default else ""
        case changes.DropColumn():
            default = change.column.default
            return f"{default.expression if default else ''} {change.column.ttl}"
        case changes.ChangeColumnTtl():
            return change.live.ttl
        case changes.DropElement():
            return text_of(change.element)
        case changes.ChangeElement():
            return text_of(change.live)
        case (
            changes.ChangeOrderBy()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
            | changes.ChangeSampleBy()
            | changes.ChangeTableTtl()
            | changes.ChangeEngine()
        ):
            return describe(change).live
        case (
            changes.CreateTable()
            | changes.DropTable()
            | changes.RenameTable()
            | changes.AddColumn()
            | changes.RenameColumn()
            | changes.ChangeType()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeStatistics()
            | changes.ChangeColumnSettings()
            | changes.AddElement()
            | changes.ChangeSetting()
            | changes.ChangeTableComment()
        ):
            return ""
        case _:
            assert_never(change)


def _needs_stored_column(change: TableChange, blocked: Blocked, _context: TableContext) -> str:
    """A column that stays an ALIAS has no codec and no TTL, and its type is that of its text."""
    if isinstance(change, changes.ChangeColumnComment | changes.RenameColumn):
        return ""
    unstored = {
        other.live.name
        for other in blocked
        if isinstance(other, changes.ChangeDefault) and not other.live.is_stored
    }
    return "the column may be stored" if _column_of(change) in unstored else ""


def _needs_new_engine(change: TableChange, blocked: Blocked, context: TableContext) -> str:
    """As long as the engine merges rows, a setting must say what happens to projections."""
    engine_is_blocked = any(isinstance(other, changes.ChangeEngine) for other in blocked)
    if context.live is None or not engine_is_blocked:
        return ""
    if isinstance(change, changes.ChangeSetting) and change.name == _PROJECTION_MODE:
        return "the engine may change"
    name = context.live.engine.name.removeprefix("Replicated").removeprefix("Shared")
    lacks_mode = name != "MergeTree" and _PROJECTION_MODE not in context.live.settings
    adds_projection = isinstance(_added_element(change), Projection)
    return "the engine may change" if adds_projection and lacks_mode else ""


def _needs_new_key(change: TableChange, blocked: Blocked, context: TableContext) -> str:
    """A sampling key is in the primary key, and a TTL rolls rows up by its first columns."""
    keys = any(
        isinstance(other, changes.ChangeOrderBy | changes.ChangePrimaryKey) for other in blocked
    )
    if not keys:
        return ""
    if isinstance(change, changes.ChangeSampleBy):
        live_key = primary_key_of(context.live) if context.live else ()
        is_in_key = not change.desired or change.desired in live_key
        return "" if is_in_key else "the key may change"
    rolls_up = isinstance(change, changes.ChangeTableTtl) and any(
        element.rolls_up for element in ttl_elements(change.desired)
    )
    return "the key may change" if rolls_up else ""


def _added_element(change: TableChange) -> TableElement | None:
    if isinstance(change, changes.AddElement):
        return change.element
    return change.desired if isinstance(change, changes.ChangeElement) else None


def _column_of(change: TableChange) -> str:
    is_element = isinstance(change, changes.AddElement | changes.ChangeElement)
    return "" if is_element else describe(change).column


_RULES: Sequence[Rule] = (
    _needs_new_place,
    _needs_new_name,
    _needs_new_type,
    _needs_new_column,
    _needs_free_column,
    _needs_stored_column,
    _needs_new_engine,
    _needs_new_key,
)
