"""What a load came to."""

from collections.abc import Iterable
from dataclasses import dataclass

from moose_dagster.state.names import TableId
from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True)
class PartitionLoad:
    """What became of one partition.

    Attributes:
        topic: The topic.
        table: The table that got the rows.
        partition: The number of the partition.
        first_offset: Where this load began.
        next_offset: The offset after the last message that is loaded or rejected.
        loaded: How many messages became rows.
        bytes: How many bytes these messages have.
        rejected: How many messages were not valid.
        lost: How many messages the topic deleted before they were loaded.
        lag: How many messages the partition had at the start of the load that are not loaded.
        notes: What somebody should know, as sentences.
        problem: Why the load of this partition stopped early; "" where it did not.
    """

    topic: TopicId
    table: TableId
    partition: int
    first_offset: int
    next_offset: int
    loaded: int = 0
    bytes: int = 0
    rejected: int = 0
    lost: int = 0
    lag: int = 0
    notes: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load came to.

    Attributes:
        partitions: What became of each partition.
        problems: Why a topic or a partition was not loaded as far as it could be.
    """

    partitions: tuple[PartitionLoad, ...] = ()
    problems: tuple[str, ...] = ()

    def of_table(self, table: TableId) -> "LoadResult":
        """Return what was loaded into *table*."""
        return LoadResult(tuple(part for part in self.partitions if part.table == table))

    @property
    def loaded(self) -> int:
        """How many messages became rows."""
        return _sum(part.loaded for part in self.partitions)

    @property
    def bytes(self) -> int:
        """How many bytes these messages have."""
        return _sum(part.bytes for part in self.partitions)

    @property
    def rejected(self) -> int:
        """How many messages were not valid."""
        return _sum(part.rejected for part in self.partitions)

    @property
    def lost(self) -> int:
        """How many messages the topics deleted before they were loaded."""
        return _sum(part.lost for part in self.partitions)

    @property
    def lag(self) -> int:
        """How many messages the topics had at the start that are not loaded."""
        return _sum(part.lag for part in self.partitions)

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody should know, as sentences."""
        return tuple(note for part in self.partitions for note in part.notes)


@dataclass(frozen=True, slots=True)
class ReplayedQueue:
    """What became of the dead letters of one stream.

    Attributes:
        queue: The dead letter queue.
        table: The table of the stream.
        passing: How many dead letters are valid now.
        failing: How many are not valid yet.
        loaded: How many became rows, those of an interrupted replay included.
        errors: What is wrong with the first three that are not valid, without their values.
    """

    queue: TopicId
    table: TableId
    passing: int = 0
    failing: int = 0
    loaded: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay came to.

    Attributes:
        queues: What became of each queue.
        problems: Why a queue was not replayed.
    """

    queues: tuple[ReplayedQueue, ...] = ()
    problems: tuple[str, ...] = ()


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)
