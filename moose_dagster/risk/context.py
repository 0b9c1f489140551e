"""What stands around the changes of one table, and whether the table may be built anew for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moose_dagster.diff.table_changes import TableChange
from moose_dagster.risk.dependents import Reader
from moose_dagster.risk.engines import alters_columns, is_stateless, is_table, stores_rows
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.server_limits import ServerLimits
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.tokens import bare_name, tokens

# ClickHouse 24.8 and 25.8 do not flag these in system.merge_tree_settings; ALTER answers 472.
READONLY_SETTINGS = frozenset(
    {"index_granularity", "index_granularity_bytes", "enable_mixed_granularity_parts", "share_nested_offsets",
     "allow_tuple_element_aggregation", "table_disk"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableContext:
    """What stands around a change: the live table, its other changes, and what is known of the server."""

    live: Table | None = None
    changes: tuple[TableChange, ...] = ()
    not_understood: tuple[str, ...] = ()
    readonly_settings: frozenset[str] = READONLY_SETTINGS
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
    """What probes found, by column name; `""` is the table's TTL, `CONSTRAINT c` the constraint c."""
    cluster: str = ""
    """The cluster whose hosts all carry the table, "" for this server alone."""
    readers: tuple[Reader, ...] = ()
    """The materialized views that read the table or write to it, as they stand when it is altered."""
    limits: ServerLimits = field(default_factory=ServerLimits)
    """What the server lacks of what is declared."""


def in_key(column: str, table: Table) -> bool:
    """Tell whether a key or an engine argument of *table* uses *column*."""
    keys = [*table.order_by, *(table.primary_key or ()), table.partition_by, table.sample_by]
    return any(
        bare_name(token) == column
        for text in (*keys, *table.engine.arguments)
        for token in tokens(text)
    )


def assess_rebuild(why: str, context: TableContext) -> Assessment:
    """Return the risk of building the table anew, and of what it would lack."""
    engine = context.live.engine.name if context.live is not None else "MergeTree"
    if not is_table(engine):
        return Assessment(
            Risk.IMPOSSIBLE, f"only tables are changed, and what is live is a {engine}"
        )
    if not stores_rows(engine) and not is_stateless(engine):
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a table of {engine} is never built anew")
    if context.not_understood:
        parts = ", ".join(context.not_understood)
        return Assessment(Risk.IMPOSSIBLE, f"{why}, and a rebuilt table would lack {parts}")
    if context.cluster and stores_rows(engine):
        return Assessment(
            Risk.IMPOSSIBLE,
            f"{why}, and a copy on one host would miss the rows of the cluster's others",
        )
    return Assessment(Risk.REBUILD, f"{why}; the table must be built anew")


def assess_in_place(column: Column, risk: Risk, why: str, context: TableContext) -> Assessment:
    """Return *risk*, or that of a rebuild where the server has no ALTER for *column*."""
    if context.live is None:
        return Assessment(risk, why)
    if in_key(column.name, context.live):
        obstacle = "the column is part of a key"
    elif not alters_columns(context.live.engine.name):
        obstacle = f"a table of {context.live.engine.name} takes no such ALTER"
    else:
        return Assessment(risk, why)
    anew = assess_rebuild(obstacle, context)
    if anew.risk is Risk.IMPOSSIBLE or risk in {Risk.SAFE, Risk.REWRITE}:
        return anew
    return Assessment(risk, f"{why}, and {obstacle}")
