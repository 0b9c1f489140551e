"""Engines by their name alone."""

from enum import Enum

from moose_dagster.declare.engines.config import EngineConfig
from moose_dagster.declare.engines.merge_tree import (
    AggregatingMergeTreeEngine,
    CoalescingMergeTreeEngine,
    CollapsingMergeTreeEngine,
    GraphiteMergeTreeEngine,
    MergeTreeEngine,
    ReplacingMergeTreeEngine,
    SummingMergeTreeEngine,
    VersionedCollapsingMergeTreeEngine,
)
from moose_dagster.declare.engines.replicated import (
    ReplicatedAggregatingMergeTreeEngine,
    ReplicatedCoalescingMergeTreeEngine,
    ReplicatedCollapsingMergeTreeEngine,
    ReplicatedMergeTreeEngine,
    ReplicatedReplacingMergeTreeEngine,
    ReplicatedSummingMergeTreeEngine,
    ReplicatedVersionedCollapsingMergeTreeEngine,
)
from moose_dagster.declare.engines.special import (
    LogEngine,
    MemoryEngine,
    NullEngine,
    SetEngine,
    StripeLogEngine,
    TinyLogEngine,
)


class ClickHouseEngines(Enum):
    """Engines by name; one that needs arguments is written as a class: `KafkaEngine(...)`."""

    MergeTree = "MergeTree"
    ReplacingMergeTree = "ReplacingMergeTree"
    SummingMergeTree = "SummingMergeTree"
    AggregatingMergeTree = "AggregatingMergeTree"
    CoalescingMergeTree = "CoalescingMergeTree"
    CollapsingMergeTree = "CollapsingMergeTree"
    VersionedCollapsingMergeTree = "VersionedCollapsingMergeTree"
    GraphiteMergeTree = "GraphiteMergeTree"
    ReplicatedMergeTree = "ReplicatedMergeTree"
    ReplicatedReplacingMergeTree = "ReplicatedReplacingMergeTree"
    ReplicatedAggregatingMergeTree = "ReplicatedAggregatingMergeTree"
    ReplicatedSummingMergeTree = "ReplicatedSummingMergeTree"
    ReplicatedCoalescingMergeTree = "ReplicatedCoalescingMergeTree"
    ReplicatedCollapsingMergeTree = "ReplicatedCollapsingMergeTree"
    ReplicatedVersionedCollapsingMergeTree = "ReplicatedVersionedCollapsingMergeTree"
    Memory = "Memory"
    Log = "Log"
    TinyLog = "TinyLog"
    StripeLog = "StripeLog"
    Null = "Null"
    Set = "Set"
    S3 = "S3"
    S3Queue = "S3Queue"
    Buffer = "Buffer"
    Distributed = "Distributed"
    Merge = "Merge"
    IcebergS3 = "IcebergS3"
    Kafka = "Kafka"


_BY_NAME: dict[str, EngineConfig] = {
    config.kind: config
    for config in (
        MergeTreeEngine(),
        ReplacingMergeTreeEngine(),
        SummingMergeTreeEngine(),
        AggregatingMergeTreeEngine(),
        CoalescingMergeTreeEngine(),
        CollapsingMergeTreeEngine(),
        VersionedCollapsingMergeTreeEngine(),
        GraphiteMergeTreeEngine(),
        ReplicatedMergeTreeEngine(),
        ReplicatedReplacingMergeTreeEngine(),
        ReplicatedAggregatingMergeTreeEngine(),
        ReplicatedSummingMergeTreeEngine(),
        ReplicatedCoalescingMergeTreeEngine(),
        ReplicatedCollapsingMergeTreeEngine(),
        ReplicatedVersionedCollapsingMergeTreeEngine(),
        MemoryEngine(),
        LogEngine(),
        TinyLogEngine(),
        StripeLogEngine(),
        NullEngine(),
        SetEngine(),
    )
}


def engine_config(name: ClickHouseEngines) -> EngineConfig | None:
    """Return the engine *name* without arguments, or None if it needs some."""
    return _BY_NAME.get(name.value)
