"""Changes of every kind."""

from typing import TypeAlias

from moose_dagster.diff.table_changes import TableChange, table_of
from moose_dagster.diff.topic_changes import TopicChange, topic_of
from moose_dagster.diff.view_changes import ViewChange, view_of
from moose_dagster.state.names import ResourceId

Change: TypeAlias = TableChange | TopicChange | ViewChange


def resource_of(change: Change) -> ResourceId:
    """Return the table, view or topic that *change* is about."""
    if isinstance(change, TopicChange):
        return topic_of(change)
    return view_of(change) if isinstance(change, ViewChange) else table_of(change)
