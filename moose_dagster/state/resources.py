"""All resources of one side as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.tables import Table
from moose_dagster.state.topics import Topic, TopicId
from moose_dagster.state.views import View


@dataclass(frozen=True, slots=True)
class State:
    """Every resource of one side, live or desired.

    Attributes:
        tables: The tables, by name.
        topics: The topics, by name.
        views: The views, materialized views and dictionaries, by name.
    """

    tables: Mapping[TableId, Table] = field(default_factory=dict[TableId, Table])
    topics: Mapping[TopicId, Topic] = field(default_factory=dict[TopicId, Topic])
    views: Mapping[ViewId, View] = field(default_factory=dict[ViewId, View])

    def __getitem__(self, resource: ResourceId) -> Table | Topic | View:
        """Return the table, topic or view called *resource*, which must exist."""
        value = self.get(resource)
        if value is None:
            raise KeyError(resource)
        return value

    def get(self, resource: ResourceId) -> Table | Topic | View | None:
        """Return the table, topic or view called *resource*, or None."""
        match resource:
            case ViewId():
                return self.views.get(resource)
            case TableId():
                return self.tables.get(resource)
            case _:
                return self.topics.get(resource)

    def joined(self, other: "State") -> "State":
        """Return the resources of both states as one."""
        return State(
            {**self.tables, **other.tables},
            {**self.topics, **other.topics},
            {**self.views, **other.views},
        )
