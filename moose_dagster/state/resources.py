"""What a resource is called, whatever its kind."""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId

ResourceId: TypeAlias = TableId | TopicId | ViewId

R = TypeVar("R", bound=ResourceId)
V = TypeVar("V")


def of_kind(resources: Mapping[ResourceId, V], kind: type[R]) -> dict[R, V]:
    """Return those of *resources* that are of *kind*; a view is no table here."""
    return {one: value for one, value in resources.items() if isinstance(one, kind) and type(one) is kind}
