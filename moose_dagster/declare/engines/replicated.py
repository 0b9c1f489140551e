"""The MergeTree family with replicas: Replicated, and Shared on ClickHouse Cloud."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moose_dagster.declare.engines.config import Argument, texts
from moose_dagster.declare.engines.merge_tree import (
    AggregatingMergeTreeEngine,
    CoalescingMergeTreeEngine,
    CollapsingMergeTreeEngine,
    GraphiteMergeTreeEngine,
    MergeTreeEngine,
    MergeTreeFamily,
    ReplacingMergeTreeEngine,
    SummingMergeTreeEngine,
    VersionedCollapsingMergeTreeEngine,
)
from moose_dagster.declare.faults import Fault
from moose_dagster.state.tables import Column


@dataclass(frozen=True)
class Replica(MergeTreeFamily):
    """Where the replicas of a table meet.

    Attributes:
        keeper_path: The table's path in Keeper; None means the server's own choice.
        replica_name: The replica's name in it, such as `{replica}`; goes with `keeper_path`.
    """

    keeper_path: str | None = None
    replica_name: str | None = None

    def replica(self) -> Iterator[Argument]:
        """Yield both, where they are given."""
        return texts(self.keeper_path, self.replica_name)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield a fault when one is given without the other."""
        if (self.keeper_path is None) != (self.replica_name is None):
            yield Fault("keeper_path and replica_name go together; give both or neither.")
        yield from super().faults(columns)


@dataclass(frozen=True)
class ReplicatedMergeTreeEngine(MergeTreeEngine, Replica):
    """MergeTree with replicas."""

    kind = "ReplicatedMergeTree"


@dataclass(frozen=True)
class ReplicatedReplacingMergeTreeEngine(ReplacingMergeTreeEngine, Replica):
    """ReplacingMergeTree with replicas."""

    kind = "ReplicatedReplacingMergeTree"


@dataclass(frozen=True)
class ReplicatedAggregatingMergeTreeEngine(AggregatingMergeTreeEngine, Replica):
    """AggregatingMergeTree with replicas."""

    kind = "ReplicatedAggregatingMergeTree"


@dataclass(frozen=True)
class ReplicatedSummingMergeTreeEngine(SummingMergeTreeEngine, Replica):
    """SummingMergeTree with replicas."""

    kind = "ReplicatedSummingMergeTree"


@dataclass(frozen=True)
class ReplicatedCoalescingMergeTreeEngine(CoalescingMergeTreeEngine, Replica):
    """CoalescingMergeTree with replicas."""

    kind = "ReplicatedCoalescingMergeTree"


@dataclass(frozen=True)
class ReplicatedCollapsingMergeTreeEngine(CollapsingMergeTreeEngine, Replica):
    """CollapsingMergeTree with replicas."""

    kind = "ReplicatedCollapsingMergeTree"


@dataclass(frozen=True)
class ReplicatedVersionedCollapsingMergeTreeEngine(VersionedCollapsingMergeTreeEngine, Replica):
    """VersionedCollapsingMergeTree with replicas."""

    kind = "ReplicatedVersionedCollapsingMergeTree"


@dataclass(frozen=True)
class ReplicatedGraphiteMergeTreeEngine(GraphiteMergeTreeEngine, Replica):
    """GraphiteMergeTree with replicas."""

    kind = "ReplicatedGraphiteMergeTree"


@dataclass(frozen=True)
class SharedMergeTreeEngine(MergeTreeEngine, Replica):
    """MergeTree on ClickHouse Cloud."""

    kind = "SharedMergeTree"


@dataclass(frozen=True)
class SharedReplacingMergeTreeEngine(ReplacingMergeTreeEngine, Replica):
    """ReplacingMergeTree on ClickHouse Cloud."""

    kind = "SharedReplacingMergeTree"


@dataclass(frozen=True)
class SharedAggregatingMergeTreeEngine(AggregatingMergeTreeEngine, Replica):
    """AggregatingMergeTree on ClickHouse Cloud."""

    kind = "SharedAggregatingMergeTree"


@dataclass(frozen=True)
class SharedSummingMergeTreeEngine(SummingMergeTreeEngine, Replica):
    """SummingMergeTree on ClickHouse Cloud."""

    kind = "SharedSummingMergeTree"


@dataclass(frozen=True)
class SharedCoalescingMergeTreeEngine(CoalescingMergeTreeEngine, Replica):
    """CoalescingMergeTree on ClickHouse Cloud."""

    kind = "SharedCoalescingMergeTree"


@dataclass(frozen=True)
class SharedCollapsingMergeTreeEngine(CollapsingMergeTreeEngine, Replica):
    """CollapsingMergeTree on ClickHouse Cloud."""

    kind = "SharedCollapsingMergeTree"


@dataclass(frozen=True)
class SharedVersionedCollapsingMergeTreeEngine(VersionedCollapsingMergeTreeEngine, Replica):
    """VersionedCollapsingMergeTree on ClickHouse Cloud."""

    kind = "SharedVersionedCollapsingMergeTree"


@dataclass(frozen=True)
class SharedGraphiteMergeTreeEngine(GraphiteMergeTreeEngine, Replica):
    """GraphiteMergeTree on ClickHouse Cloud."""

    kind = "SharedGraphiteMergeTree"
