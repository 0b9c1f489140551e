"""Changes that make no sense while another one of their table is blocked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from moose_dagster.diff.table_changes import (
    AddElement,
    ChangeColumnComment,
    ChangeDefault,
    ChangeElement,
    ChangeEngine,
    ChangeOrderBy,
    ChangePrimaryKey,
    ChangeSetting,
    ChangeStatistics,
    ChangeTableTtl,
    ChangeType,
    RenameColumn,
    TableChange,
)
from moose_dagster.plan.describe import describe, subject_of
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Step
from moose_dagster.risk.context import TableContext
from moose_dagster.sql.ttl import ttl_elements
from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Projection

_PROJECTION_MODE = "deduplicate_merge_projection_mode"
Blocked: TypeAlias = Sequence[TableChange]
Rule: TypeAlias = Callable[[TableChange, Blocked, TableContext], str]


def block_dependents(
    steps: Sequence[Step[TableChange]], context: TableContext
) -> list[Step[TableChange]]:
    """Return *steps* of one table, those blocked that can't be made without a blocked one."""
    blocked = [step.change for step in steps if step.verdict is Verdict.BLOCK]
    if not blocked:
        return list(steps)
    held = [_block_dependent(step, blocked, context) for step in steps]
    # What waits may hold up others in its turn.
    return held if held == list(steps) else block_dependents(held, context)


def _block_dependent(
    step: Step[TableChange], blocked: Blocked, context: TableContext
) -> Step[TableChange]:
    if step.verdict is not Verdict.APPLY:
        return step
    why = next((why for rule in _RULES if (why := rule(step.change, blocked, context))), "")
    if not why:
        return step
    reason = f"{subject_of(step.change)}: waits until {why} ({step.life_cycle.value})."
    return replace(step, verdict=Verdict.BLOCK, reason=reason)


def _for_a_name(change: TableChange, blocked: Blocked, _around: TableContext) -> str:
    text = describe(change)
    names = (other.desired for other in blocked if isinstance(other, RenameColumn))
    name = next((name for name in names if text.column == name or uses(text.declared, name)), None)
    return f"the column may be renamed to {name}" if name else ""


def _for_a_type(change: TableChange, blocked: Blocked, _around: TableContext) -> str:
    """Statistics may not fit the type that stays."""
    retyped = {other.live.name for other in blocked if isinstance(other, ChangeType)}
    depends = isinstance(change, ChangeStatistics) and change.live.name in retyped
    return "the type of the column may change" if depends else ""


def _for_being_stored(change: TableChange, blocked: Blocked, _around: TableContext) -> str:
    """A column that stays an ALIAS takes neither codec nor TTL, and its expression has the type it has."""
    aliases = {
        name for other in blocked if isinstance(other, ChangeDefault) for name in _unstored(other)
    }
    depends = not isinstance(change, ChangeColumnComment | RenameColumn)
    return "the column may be stored" if depends and _column_of(change) in aliases else ""


def _for_an_engine(change: TableChange, blocked: Blocked, context: TableContext) -> str:
    """What a merge does with projections must be said as long as the engine merges rows."""
    if context.live is None or not any(isinstance(other, ChangeEngine) for other in blocked):
        return ""
    if isinstance(change, ChangeSetting) and change.name == _PROJECTION_MODE:
        return "the engine may change"
    element = (
        change.element
        if isinstance(change, AddElement)
        else change.desired
        if isinstance(change, ChangeElement)
        else None
    )
    unsaid = _PROJECTION_MODE not in context.live.settings
    return (
        "the engine may change"
        if isinstance(element, Projection)
        and context.live.engine.plain_name != "MergeTree"
        and unsaid
        else ""
    )


def _for_a_key(change: TableChange, blocked: Blocked, _around: TableContext) -> str:
    """A TTL that rolls rows up groups them by the first columns of the primary key."""
    depends = isinstance(change, ChangeTableTtl) and any(
        element.rolls_up for element in ttl_elements(change.desired)
    )
    keys = any(isinstance(other, ChangeOrderBy | ChangePrimaryKey) for other in blocked)
    return "the key may change" if depends and keys else ""


def _unstored(change: ChangeDefault) -> Iterator[str]:
    if not change.live.is_stored:
        yield change.live.name


def _column_of(change: TableChange) -> str:
    return describe(change).column if not isinstance(change, AddElement | ChangeElement) else ""


_RULES: Sequence[Rule] = (_for_a_name, _for_a_type, _for_being_stored, _for_an_engine, _for_a_key)
