"""What the tables and views of a server are called; they share one namespace."""

from dataclasses import dataclass


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
