"""The context of the changes of one table, and whether it may be rebuilt for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moose_dagster.diff.table_changes import (
    ColumnChange,
    DropColumn,
    ElementChange,
    StorageChange,
    TableChange,
)
from moose_dagster.risk.dependents import Reader
from moose_dagster.risk.engines import alters_in_place, is_stateless, is_table, stores_rows
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.server_limits import ServerLimits
from moose_dagster.state.catalogs import REPLICATED
from moose_dagster.state.counting import counted
from moose_dagster.state.graph import Reader as NamedReader
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Engine, Table
from moose_dagster.state.tokens import bare_name, tokens

# ClickHouse 24.8 and 25.8 do not flag these in system.merge_tree_settings; ALTER answers 472.
READONLY_SETTINGS = frozenset(
    {
        "index_granularity",
        "index_granularity_bytes",
        "enable_mixed_granularity_parts",
        "share_nested_offsets",
        "allow_tuple_element_aggregation",
        "table_disk",
    }
)


@dataclass(frozen=True, slots=True)
class TableContext:
    """What is known of a change besides its two sides.

    Attributes:
        live: The live table; None for one to create.
        changes: Every change of the table in this plan.
        not_understood: What of the live table this library can't read.
        readonly_settings: The settings that the server fixes when a table is created.
        proofs: What probes found, by column name; "" is the table's TTL, `CONSTRAINT c` the
            constraint c.
        cluster: The cluster whose hosts all have the table; "" for this server alone.
        catalog: The engine of the table's database where every host has its tables without ON
            CLUSTER: Replicated or Shared; "" for others.
        other_replicas: How many other hosts have a replica of the table.
        cluster_obstacle: Why no change can be sent to all hosts of the cluster, "" for nothing.
        readers: The materialized views that read or fill the table when it is altered.
        named_readers: What reads the table once the plan is done, by its live and declared name.
        retyped: What type changes do to the views that read the column, by its declared name.
        limits: What the server lacks of what is declared.
        missing_right: What this user lacks to exchange the table, as half a sentence; "" for
            nothing.
        column_order: The names of the declared columns, which a rebuild puts into this order.
    """

    live: Table | None = None
    changes: tuple[TableChange, ...] = ()
    not_understood: tuple[str, ...] = ()
    readonly_settings: frozenset[str] = READONLY_SETTINGS
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
    cluster: str = ""
    catalog: str = ""
    other_replicas: int = 0
    cluster_obstacle: str = ""
    readers: tuple[Reader, ...] = ()
    named_readers: Mapping[TableId, tuple[NamedReader, ...]] = field(
        default_factory=dict[TableId, tuple[NamedReader, ...]]
    )
    retyped: Mapping[str, Assessment] = field(default_factory=dict[str, Assessment])
    limits: ServerLimits = field(default_factory=ServerLimits)
    missing_right: str = ""
    column_order: tuple[str, ...] = ()

    @property
    def statement_cluster(self) -> str:
        """The cluster that statements are sent ON; "" where they reach every host by themselves."""
        return "" if self.catalog else self.cluster


def in_key(column: str, table: Table) -> bool:
    """Tell whether a key or an engine argument of *table* uses *column*."""
    keys = [*table.order_by, *(table.primary_key or ()), table.partition_by, table.sample_by]
    return any(
        bare_name(token) == column
        for text in (*keys, *table.engine.arguments)
        for token in tokens(text)
    )


def assess_rebuild(why: str, context: TableContext) -> Assessment:
    """Return the risk of rebuilding the table, and of what it would lack."""
    engine = context.live.engine if context.live is not None else Engine("MergeTree")
    if not is_table(engine.name):
        return Assessment(
            Risk.IMPOSSIBLE, f"only tables are changed, and the live one is a {engine.name}"
        )
    if not stores_rows(engine) and not is_stateless(engine):
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a table of {engine.name} is never rebuilt")
    if context.not_understood:
        parts = ", ".join(context.not_understood)
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a rebuilt table would lack {parts}")
    if context.cluster and stores_rows(engine):
        return Assessment(
            Risk.IMPOSSIBLE,
            f"{why}, and a copy on one host would miss the rows on the other hosts of the cluster",
        )
    if context.other_replicas and stores_rows(engine):
        hosts = counted(context.other_replicas, "other host")
        return Assessment(
            Risk.IMPOSSIBLE,
            f"{why}, and {hosts} would keep the former table, with which this one replicates",
        )
    if context.catalog == REPLICATED and stores_rows(engine):
        return Assessment(
            Risk.IMPOSSIBLE,
            f"{why}, and a database of engine Replicated lets no table take the place of another",
        )
    return Assessment(Risk.REBUILD, f"{why}; the table must be rebuilt")


def unless_in_key(column: Column, assessed: Assessment, context: TableContext) -> Assessment:
    """Return *assessed*, or the risk of a rebuild where *column* is part of a key."""
    if context.live is None or not in_key(column.name, context.live):
        return assessed
    return with_rebuild(assessed, "the column is part of a key", context)


def unless_engine_refuses(
    change: ColumnChange | ElementChange | StorageChange,
    assessed: Assessment,
    context: TableContext,
) -> Assessment:
    """Return *assessed*, or the risk of a rebuild where the engine has no ALTER that keeps rows."""
    live = context.live
    if live is None or live.engine.is_merge_tree:
        return assessed
    if assessed.risk in {Risk.REBUILD, Risk.IMPOSSIBLE}:
        return assessed
    keeps_values = assessed.risk in {Risk.SAFE, Risk.REWRITE} or isinstance(change, DropColumn)
    if keeps_values and alters_in_place(live.engine, change):
        return assessed
    obstacle = f"this ALTER of a {live.engine.name} table is not known to keep its rows"
    return with_rebuild(assessed, obstacle, context)


def with_rebuild(assessed: Assessment, obstacle: str, context: TableContext) -> Assessment:
    """Return *assessed* for a change that only a rebuild can make, because of *obstacle*."""
    rebuild = assess_rebuild(obstacle, context)
    if rebuild.risk is Risk.IMPOSSIBLE or assessed.risk in {Risk.SAFE, Risk.REWRITE}:
        return rebuild
    return Assessment(assessed.risk, f"{assessed.why}, and {obstacle}")
