"""Changes of every kind."""

from typing import TypeAlias

from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.diff.topic_changes import (
    ChangePartitions,
    ChangeReplicationFactor,
    ChangeTopicConfig,
    CreateTopic,
    DropTopic,
    TopicChange,
    topic_of,
)
from moose_dagster.diff.view_changes import (
    ChangeDictionary,
    ChangeRefresh,
    ChangeViewComment,
    ChangeViewKind,
    ChangeViewQuery,
    ChangeViewStorage,
    ChangeViewTarget,
    CreateView,
    DropView,
    ViewChange,
    view_of,
)
from moose_dagster.state.resources import ResourceId

Change: TypeAlias = TableChange | TopicChange | ViewChange


def resource_of(change: Change) -> ResourceId:
    """Return the table, view or topic that *change* is about."""
    match change:
        case (
            CreateView()
            | DropView()
            | ChangeViewKind()
            | ChangeViewQuery()
            | ChangeViewTarget()
            | ChangeViewStorage()
            | ChangeRefresh()
            | ChangeViewComment()
            | ChangeDictionary()
        ):
            return view_of(change)
        case CreateTopic() | DropTopic() | ChangePartitions() | ChangeReplicationFactor() | ChangeTopicConfig():
            return topic_of(change)
        case _:
            return table_of(change)
