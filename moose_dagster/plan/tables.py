"""Turn two states of tables and the life cycles into a plan."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.diff.table_changes import RenameColumn, RenameTable, TableChange, table_of
from moose_dagster.diff.tables import Renames, diff_tables
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import step_for
from moose_dagster.plan.dependencies import block_dependents
from moose_dagster.plan.hosts import healing_actions, healing_context, without_healed
from moose_dagster.plan.rename_hints import rename_hints
from moose_dagster.plan.steps import Action, Plan, Route, Step, steps_blocked, steps_to_apply
from moose_dagster.plan.strategy import action_for
from moose_dagster.risk.context import READONLY_SETTINGS, TableContext
from moose_dagster.risk.dependents import Reader
from moose_dagster.risk.levels import Assessment
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.proved import can_clone, loses_late_values, rests_on_rows
from moose_dagster.risk.server_limits import ServerLimits
from moose_dagster.risk.tables import risk_of
from moose_dagster.state.graph import Graph
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table


@dataclass(frozen=True, slots=True)
class TablePlanInputs:
    """What a plan of tables rests on besides the two states.

    Attributes:
        life_cycles: The life cycle of each declared resource.
        removed: The life cycle that counts for each table that left the code.
        removal_block: Why no table that left the code may be dropped now, or "".
        not_understood: The parts of live tables that this library can't read, by table.
        readonly_settings: The table settings that no ALTER changes.
        proofs: What probes found, by table and by column name; "" is the TTL of the table.
        not_compared: The declared facets that the server does not understand, by table.
        renames: The declared renames of tables and columns.
        clusters: The cluster of each resource that is on one.
        catalogs: The engine of each database whose tables every host has without ON CLUSTER.
        other_replicas: How many other hosts have a replica of each live table.
        host_changes: What some hosts lack of a table that others have.
        on_hosts: The table by each host that answered, where hosts differ; None where it is absent.
        cluster_obstacles: Why no change can be sent to all hosts of a table's cluster.
        readers: The materialized views that read or fill each table.
        graph: What reads what.
        retyped: What type changes do to the views that read the column, by table and column.
        unadopted: The resources that this run may only change without loss.
        owners: The other project that manages each resource, where there is one.
        unapproved: The approval that each resource waits for.
        removal_remarks: What to say besides of resources that left the code, "" for nothing.
        limits: What the server lacks.
        missing_rights: What this user lacks to exchange tables, by table.
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
    catalogs: Mapping[str, str] = field(default_factory=dict[str, str])
    other_replicas: Mapping[TableId, int] = field(default_factory=dict[TableId, int])
    host_changes: Mapping[TableId, tuple[TableChange, ...]] = field(
        default_factory=dict[TableId, tuple[TableChange, ...]]
    )
    on_hosts: Mapping[TableId, Mapping[str, Table | None]] = field(
        default_factory=dict[TableId, Mapping[str, Table | None]]
    )
    cluster_obstacles: Mapping[TableId, str] = field(default_factory=dict[TableId, str])
    readers: Mapping[TableId, tuple[Reader, ...]] = field(
        default_factory=dict[TableId, tuple[Reader, ...]]
    )
    graph: Graph = field(default_factory=Graph)
    retyped: Mapping[TableId, Mapping[str, Assessment]] = field(
        default_factory=dict[TableId, Mapping[str, Assessment]]
    )
    unadopted: frozenset[ResourceId] = frozenset()
    owners: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    unapproved: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    removal_remarks: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    limits: ServerLimits = field(default_factory=ServerLimits)
    missing_rights: Mapping[TableId, str] = field(default_factory=dict[TableId, str])


def build_table_plan(live: State, desired: State, inputs: TablePlanInputs) -> Plan:
    """Return the plan that brings *live* as near to *desired* as the life cycles allow."""
    grouped = defaultdict[TableId, list[TableChange]](list)
    for change in diff_tables(live, desired, inputs.renames):
        grouped[table_of(change)].append(change)
    steps = list[Step[TableChange]]()
    actions = list[Action]()
    blocked_actions = list[Action]()
    for table, healing in inputs.host_changes.items():
        grouped[table] = without_healed(grouped.get(table, ()), healing)
        context = context_of(table, healing, live, inputs)
        context = healing_context(context, desired.tables[table], inputs.on_hosts[table])
        on_hosts = [step_for(change, risk_of(change, context), inputs) for change in healing]
        steps.extend(on_hosts)
        actions.extend(healing_actions(table, steps_to_apply(on_hosts), context))
        blocked_actions.extend(healing_actions(table, steps_blocked(on_hosts), context))
    for table, changes in grouped.items():
        if not changes:
            continue
        context = context_of(table, changes, live, inputs)
        if table in desired.tables:
            names = tuple(column.name for column in desired.tables[table].columns)
            context = replace(context, column_order=names)
        judged = [step_for(change, risk_of(change, context), inputs) for change in changes]
        decided = block_dependents(judged, context)
        steps.extend(decided)
        action = action_for(table, steps_to_apply(decided), context)
        if action:
            actions.append(action)
            context = replace(context, live=action.target)
        blocked = action_for(table, steps_blocked(decided), context)
        if blocked:
            blocked_actions.append(blocked)
    rebuilt = {action.table for action in actions if action.route is Route.REBUILD}
    notes = (
        *_notes(grouped, inputs),
        *rename_hints(steps),
        *_order_notes(live, desired, rebuilt),
        *_in_place_notes(actions),
    )
    return Plan(
        steps=tuple(steps),
        actions=tuple(sorted(actions, key=_order)),
        blocked_actions=tuple(blocked_actions),
        notes=notes,
    )


def context_of(
    table: TableId, changes: Sequence[TableChange], live: State, inputs: TablePlanInputs
) -> TableContext:
    """Return the context that the changes of one table are judged in."""
    live_table = live.tables.get(table)
    live_name = table
    if isinstance(changes[0], RenameTable):
        live_name = changes[0].live
        live_table = replace(live.tables[live_name], id=table)
    return TableContext(
        live=live_table,
        changes=tuple(changes),
        not_understood=inputs.not_understood.get(table, ()),
        readonly_settings=inputs.readonly_settings,
        proofs=inputs.proofs.get(table, {}),
        cluster=inputs.clusters.get(table, ""),
        catalog=inputs.catalogs.get(table.database, ""),
        other_replicas=inputs.other_replicas.get(live_name, 0),
        cluster_obstacle=inputs.cluster_obstacles.get(live_name)
        or inputs.cluster_obstacles.get(table, ""),
        readers=inputs.readers.get(live_name, ()),
        named_readers={name: inputs.graph.desired.readers_of(name) for name in {table, live_name}},
        retyped=inputs.retyped.get(table, {}),
        limits=inputs.limits,
        missing_right=inputs.missing_rights.get(table, ""),
    )


def _notes(tables: Iterable[TableId], inputs: TablePlanInputs) -> Iterable[str]:
    changed = {*tables, *inputs.not_understood}
    for table in sorted(changed):
        parts = inputs.not_understood.get(table)
        if parts:
            yield f"{table}: not understood, and so not compared: {', '.join(parts)}."
    for table, facets in inputs.not_compared.items():
        yield (
            f"{table}: not compared, because the server does not understand it as declared: "
            f"{', '.join(facets)}."
        )


def _order_notes(live: State, desired: State, rebuilt: Collection[TableId]) -> Iterator[str]:
    for table_id, table in desired.tables.items():
        live_table = live.tables.get(table_id)
        if live_table is None or live_table is table or table_id in rebuilt:
            continue
        declared = [column.name for column in table.columns if live_table.column(column.name)]
        names = [column.name for column in live_table.columns if table.column(column.name)]
        if names != declared:
            yield (
                f"{table_id}: its columns are in another order than declared, which only an INSERT "
                "without a column list notices; the next rebuild takes the declared order."
            )


def _in_place_notes(actions: Iterable[Action]) -> Iterator[str]:
    """Yield for which tables a value that is written in the moment of the ALTER is lost."""
    for action in actions:
        context = action.context
        if action.route is not Route.ALTER or can_clone(context):
            continue
        late = [step for step in action.steps if loses_late_values(step.change, context)]
        if not late:
            continue
        why = f"on the cluster {context.cluster}" if context.cluster else "of its engine"
        if context.catalog and not context.cluster:
            why = f"in a database of engine {context.catalog}"
        in_place = (
            f"{action.table}: it is altered in place, as no copy can take the place of a table "
            f"{why}."
        )
        if any(rests_on_rows(step.change, context) for step in late):
            yield (
                f"{in_place} A value that does not fit and is written in the moment between the "
                "last check and the ALTER is lost."
            )
        if any(isinstance(step.change, RenameColumn) for step in late):
            yield (
                f"{in_place} What an INSERT that began before the RENAME COLUMN writes to the "
                "renamed column can be lost."
            )


def _order(action: Action) -> tuple[int, TableId]:
    return (1 if action.target is None else 0, action.table)
