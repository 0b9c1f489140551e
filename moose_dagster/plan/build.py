"""Turn two states and the life cycles into a plan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from moose_dagster.diff.changes import Change, DropTable, table_of
from moose_dagster.diff.tables import diff
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.describe import difference_of, subject_of
from moose_dagster.plan.policy import Risk, Verdict, verdict_on
from moose_dagster.plan.proof import Proof
from moose_dagster.plan.risk import READONLY_SETTINGS, Assessment, Surroundings, risk_of
from moose_dagster.plan.steps import Action, Plan, Step
from moose_dagster.plan.strategy import action_for
from moose_dagster.state.tables import State, TableId

_ADVICE: Mapping[Risk, str] = {
    Risk.DATA_DEPENDENT: "Keep the live definition, or make the change once a check of the data allows it.",
    Risk.REBUILD: "Declare FULLY_MANAGED to have the table rebuilt, or keep the live definition.",
    Risk.DESTRUCTIVE: "Declare FULLY_MANAGED to allow it, or keep it in the code.",
    Risk.IMPOSSIBLE: "Keep the live definition, or change the table by hand.",
    Risk.SAFE: "",
    Risk.REWRITE: "",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan may rest on besides the two states.

    `removed` holds the life cycle under which each table that left the code was last managed;
    `held_removals` says why none of them may be dropped now, or is empty.
    """

    life_cycles: Mapping[TableId, LifeCycle]
    removed: Mapping[TableId, LifeCycle] = field(default_factory=dict[TableId, LifeCycle])
    held_removals: str = ""
    not_understood: Mapping[TableId, tuple[str, ...]] = field(default_factory=dict[TableId, tuple[str, ...]])
    readonly_settings: frozenset[str] = READONLY_SETTINGS
    proofs: Mapping[TableId, Mapping[str, Proof]] = field(default_factory=dict[TableId, Mapping[str, Proof]])


def build_plan(live: State, desired: State, known: Known) -> Plan:
    """Return the plan that brings *live* as near to *desired* as the life cycles allow."""
    grouped = defaultdict[TableId, list[Change]](list)
    for change in diff(live, desired):
        grouped[table_of(change)].append(change)
    steps, actions = list[Step](), list[Action]()
    for table, changes in grouped.items():
        around = surroundings_of(table, changes, live, known)
        decided = _decide(changes, around, known)
        steps.extend(decided)
        action = action_for(table, decided, around)
        if action:
            actions.append(action)
    return Plan(tuple(steps), tuple(sorted(actions, key=_order)), tuple(_notes(grouped, known)))


def surroundings_of(table: TableId, changes: Sequence[Change], live: State, known: Known) -> Surroundings:
    """Return what stands around the changes of one table."""
    return Surroundings(
        live=live.tables.get(table),
        changes=tuple(changes),
        not_understood=known.not_understood.get(table, ()),
        readonly_settings=known.readonly_settings,
        proofs=known.proofs.get(table, {}),
    )


def _decide(changes: Iterable[Change], around: Surroundings, known: Known) -> list[Step]:
    steps = list[Step]()
    for change in changes:
        life_cycle = _life_cycle(change, known)
        assessment = risk_of(change, around)
        verdict = verdict_on(life_cycle, assessment.risk)
        reason = _reason(change, assessment, life_cycle, verdict)
        if isinstance(change, DropTable) and verdict is Verdict.APPLY and known.held_removals:
            verdict, reason = Verdict.BLOCK, f"{change.table}: {known.held_removals}"
        steps.append(Step(change, life_cycle, assessment.risk, verdict, reason))
    return steps


def _life_cycle(change: Change, known: Known) -> LifeCycle:
    table = table_of(change)
    if isinstance(change, DropTable):
        return known.removed[table]
    return known.life_cycles[table]


def _reason(change: Change, assessment: Assessment, life_cycle: LifeCycle, verdict: Verdict) -> str:
    text = f"{subject_of(change)}: {assessment.why}"
    if verdict is Verdict.BLOCK:
        return f"{text} ({life_cycle.value}). {_ADVICE[assessment.risk]}"
    if verdict is Verdict.DRIFT:
        return f"{difference_of(change)} ({life_cycle.value}: nothing is written)."
    return f"{text}."


def _notes(tables: Iterable[TableId], known: Known) -> Iterable[str]:
    changed = {*tables, *known.not_understood}
    for table in sorted(changed):
        parts = known.not_understood.get(table)
        if parts:
            yield f"{table}: not compared, this library has no word for it: {', '.join(parts)}."


def _order(action: Action) -> tuple[int, TableId]:
    return (1 if action.target is None else 0, action.table)
