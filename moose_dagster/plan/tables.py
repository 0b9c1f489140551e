"""Turn two states of tables and the life cycles into a plan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.diff.table_changes import RenameTable, TableChange, table_of
from moose_dagster.diff.tables import Renames, diff_tables
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import step_for
from moose_dagster.plan.dependencies import block_dependents
from moose_dagster.plan.rename_hints import rename_hints
from moose_dagster.plan.steps import Action, Plan, Step, steps_blocked, steps_to_apply
from moose_dagster.plan.strategy import action_for
from moose_dagster.risk.context import READONLY_SETTINGS, TableContext
from moose_dagster.risk.dependents import Reader
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.server_limits import ServerLimits
from moose_dagster.risk.tables import risk_of
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.resources import State


@dataclass(frozen=True, slots=True)
class TablePlanInputs:
    """What a plan may rest on besides the two states.

    `not_understood` names parts of live tables this library can't read, `not_compared` declared
    facets the server could not spell. `removed` holds the life cycle under which each table that
    left the code was last managed;
    `removal_block` says why none of them may be dropped now, or is empty, `said` what the code says
    of some of them; `unadopted` are resources that the project meets for the first time,
    `unapproved` those that lose something only with the approval it names; `limits` is what the
    server lacks.
    """

    life_cycles: Mapping[ResourceId, LifeCycle]
    removed: Mapping[ResourceId, LifeCycle] = field(default_factory=dict[ResourceId, LifeCycle])
    removal_block: str = ""
    not_understood: Mapping[TableId, tuple[str, ...]] = field(
        default_factory=dict[TableId, tuple[str, ...]]
    )
    readonly_settings: frozenset[str] = READONLY_SETTINGS
    proofs: Mapping[TableId, Mapping[str, Proof]] = field(
        default_factory=dict[TableId, Mapping[str, Proof]]
    )
    not_compared: Mapping[TableId, tuple[str, ...]] = field(
        default_factory=dict[TableId, tuple[str, ...]]
    )
    renames: Renames = field(default_factory=Renames)
    clusters: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    readers: Mapping[TableId, tuple[Reader, ...]] = field(
        default_factory=dict[TableId, tuple[Reader, ...]]
    )
    unadopted: frozenset[ResourceId] = frozenset()
    unapproved: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    said: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    limits: ServerLimits = field(default_factory=ServerLimits)


def build_table_plan(live: State, desired: State, known: TablePlanInputs) -> Plan:
    """Return the plan that brings *live* as near to *desired* as the life cycles allow."""
    grouped = defaultdict[TableId, list[TableChange]](list)
    for change in diff_tables(live, desired, known.renames):
        grouped[table_of(change)].append(change)
    steps, actions, later = list[Step[TableChange]](), list[Action](), list[Action]()
    for table, changes in grouped.items():
        context = context_of(table, changes, live, known)
        decided = block_dependents(
            [step_for(change, risk_of(change, context), known) for change in changes], context
        )
        steps.extend(decided)
        action = action_for(table, steps_to_apply(decided), context)
        if action:
            actions.append(action)
            context = replace(context, live=action.target)
        held = action_for(table, steps_blocked(decided), context)
        if held:
            later.append(held)
    notes = (*_notes(grouped, known), *rename_hints(steps))
    return Plan(
        tuple(steps), tuple(sorted(actions, key=_order)), blocked_actions=tuple(later), notes=notes
    )


def context_of(
    table: TableId, changes: Sequence[TableChange], live: State, known: TablePlanInputs
) -> TableContext:
    """Return what stands around the changes of one table."""
    there, earlier = live.tables.get(table), table
    if isinstance(changes[0], RenameTable):
        earlier = changes[0].live
        there = replace(live.tables[earlier], id=table)
    return TableContext(
        live=there,
        changes=tuple(changes),
        not_understood=known.not_understood.get(table, ()),
        readonly_settings=known.readonly_settings,
        proofs=known.proofs.get(table, {}),
        cluster=known.clusters.get(table, ""),
        readers=known.readers.get(earlier, ()),
        limits=known.limits,
    )


def _notes(tables: Iterable[TableId], known: TablePlanInputs) -> Iterable[str]:
    changed = {*tables, *known.not_understood}
    for table in sorted(changed):
        parts = known.not_understood.get(table)
        if parts:
            yield f"{table}: not compared, as it is not understood: {', '.join(parts)}."
    for table, facets in known.not_compared.items():
        yield f"{table}: could not be compared, the server does not understand the declared {', '.join(facets)}."


def _order(action: Action) -> tuple[int, TableId]:
    return (1 if action.target is None else 0, action.table)
