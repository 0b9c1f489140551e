"""What a resource is called, whatever its kind."""

from typing import TypeAlias

from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId

ResourceId: TypeAlias = TableId | TopicId | ViewId
