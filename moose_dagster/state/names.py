"""Names of tables and views, which share one namespace on a server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from moose_dagster.state.topics import TopicId

NIL_UUID = "00000000-0000-0000-0000-000000000000"
"""The uuid that a server shows of a table whose database gives none, such as one of Memory."""


@dataclass(frozen=True, slots=True, order=True)
class TableId:
    """Where a table lives: `database.name`.

    Attributes:
        database: Its database, without quotes.
        name: Its own name, without quotes; it may hold dots.
    """

    database: str
    name: str

    def __str__(self) -> str:
        return f"{self.database}.{self.name}"

    @staticmethod
    def parse(text: str) -> "TableId | None":
        """Return the table that `database.name` means, or None where *text* lacks one part."""
        database, _, name = text.partition(".")
        return TableId(database, name) if database and name else None


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
    """Return those of *resources* that are of *kind*; a view does not count as a table."""
    return {
        resource: value
        for resource, value in resources.items()
        if isinstance(resource, kind) and type(resource) is kind
    }
