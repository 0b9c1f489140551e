"""Changes that make no sense while another one of their table is blocked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from moose_dagster.diff.table_changes import (
    AddPart,
    ChangeColumnComment,
    ChangeDefault,
    ChangeEngine,
    ChangeOrderBy,
    ChangePart,
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
from moose_dagster.plan.surroundings import Surroundings
from moose_dagster.sql.ttl import ttl_elements
from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Projection

_UNSTORED = frozenset({"ALIAS", "EPHEMERAL"})
_PROJECTION_MODE = "deduplicate_merge_projection_mode"
Blocked: TypeAlias = Sequence[TableChange]
Rule: TypeAlias = Callable[[TableChange, Blocked, Surroundings], str]


def waiting(steps: Sequence[Step[TableChange]], around: Surroundings) -> list[Step[TableChange]]:
    """Return *steps* of one table, those blocked that can't be made without a blocked one."""
    blocked = [step.change for step in steps if step.verdict is Verdict.BLOCK]
    if not blocked:
        return list(steps)
    held = [_held(step, blocked, around) for step in steps]
    # What waits may hold up others in its turn.
    return held if held == list(steps) else waiting(held, around)


def _held(step: Step[TableChange], blocked: Blocked, around: Surroundings) -> Step[TableChange]:
    if step.verdict is not Verdict.APPLY:
        return step
    why = next((why for rule in _RULES if (why := rule(step.change, blocked, around))), "")
    if not why:
        return step
    reason = f"{subject_of(step.change)}: waits until {why} ({step.life_cycle.value})."
    return replace(step, verdict=Verdict.BLOCK, reason=reason)


def _for_a_name(change: TableChange, blocked: Blocked, _around: Surroundings) -> str:
    text = describe(change)
    names = (other.desired for other in blocked if isinstance(other, RenameColumn))
    name = next((name for name in names if text.column == name or uses(text.declared, name)), None)
    return f"the column may be renamed to {name}" if name else ""


def _for_a_type(change: TableChange, blocked: Blocked, _around: Surroundings) -> str:
    """Statistics may not fit the type that stays."""
    retyped = {other.live.name for other in blocked if isinstance(other, ChangeType)}
    depends = isinstance(change, ChangeStatistics) and change.live.name in retyped
    return "the type of the column may change" if depends else ""


def _for_being_stored(change: TableChange, blocked: Blocked, _around: Surroundings) -> str:
    """A column that stays an ALIAS takes neither codec nor TTL, and its expression has the type it has."""
    aliases = {name for other in blocked if isinstance(other, ChangeDefault) for name in _unstored(other)}
    depends = not isinstance(change, ChangeColumnComment | RenameColumn)
    return "the column may be stored" if depends and _column_of(change) in aliases else ""


def _for_an_engine(change: TableChange, blocked: Blocked, around: Surroundings) -> str:
    """What a merge does with projections must be said as long as the engine merges rows."""
    if around.live is None or not any(isinstance(other, ChangeEngine) for other in blocked):
        return ""
    if isinstance(change, ChangeSetting) and change.name == _PROJECTION_MODE:
        return "the engine may change"
    part = change.part if isinstance(change, AddPart) else change.desired if isinstance(change, ChangePart) else None
    merges = around.live.engine.name.removeprefix("Replicated").removeprefix("Shared") != "MergeTree"
    unsaid = _PROJECTION_MODE not in around.live.settings
    return "the engine may change" if isinstance(part, Projection) and merges and unsaid else ""


def _for_a_key(change: TableChange, blocked: Blocked, _around: Surroundings) -> str:
    """A TTL that rolls rows up groups them by the first columns of the primary key."""
    depends = isinstance(change, ChangeTableTtl) and any(element.rolls_up for element in ttl_elements(change.desired))
    keys = any(isinstance(other, ChangeOrderBy | ChangePrimaryKey) for other in blocked)
    return "the key may change" if depends and keys else ""


def _unstored(change: ChangeDefault) -> Iterator[str]:
    if change.live.default is not None and change.live.default.kind in _UNSTORED:
        yield change.live.name


def _column_of(change: TableChange) -> str:
    return describe(change).column if not isinstance(change, AddPart | ChangePart) else ""


_RULES: Sequence[Rule] = (_for_a_name, _for_a_type, _for_being_stored, _for_an_engine, _for_a_key)
