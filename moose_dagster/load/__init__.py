"""Messages of topics as rows of tables: loads, dead letters, replays and producers."""

from moose_dagster.load.options import LoadOptions
from moose_dagster.load.replay import replay_messages
from moose_dagster.load.results import LoadResult, PartitionLoad, ReplayedQueue, ReplayResult
from moose_dagster.load.run import load_messages

__all__ = [
    "LoadOptions",
    "LoadResult",
    "PartitionLoad",
    "ReplayResult",
    "ReplayedQueue",
    "load_messages",
    "replay_messages",
]
