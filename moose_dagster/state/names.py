"""What the tables and views of a server are called; they share one namespace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from moose_dagster.state.topics import TopicId


@dataclass(frozen=True, slots=True, order=True)
class TableId:
    """Where a table lives: `database.name`."""

    database: str
    name: str

    def __str__(self) -> str:
        return f"{self.database}.{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class ViewId(TableId):
    """Where a view or dictionary lives; never equal to the id of a table of that name."""

    __str__ = TableId.__str__

    @property
    def place(self) -> TableId:
        """The bare name, as queries write it, whatever is there."""
        return TableId(self.database, self.name)


ResourceId: TypeAlias = TableId | TopicId | ViewId


R = TypeVar("R", bound=ResourceId)


V = TypeVar("V")


def of_kind(resources: Mapping[ResourceId, V], kind: type[R]) -> dict[R, V]:
    """Return those of *resources* that are of *kind*; a view is no table here."""
    return {
        one: value
        for one, value in resources.items()
        if isinstance(one, kind) and type(one) is kind
    }
