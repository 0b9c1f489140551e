"""The names a run gives to what it makes."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256

from moose_dagster.state.catalogs import REPLICATED
from moose_dagster.state.names import TableId

# ClickHouse names files after tables: three bytes for each that is not a letter, digit or _, and
# 213 bytes of database and table together.
_ESCAPED = re.compile(rb"\W")
_MOST_BYTES = 140
_MOST_CHARACTERS = 25
STAGING = "staging__"
"""What the name of every staging table begins with."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names a run gives to what it makes.

    Attributes:
        trash: The trash database.
        stamp: The time of the run, such as `20260131T235959`, which makes the names unique.
        prefix: What the names of dropped tables and copies begin with.
    """

    trash: str = "moose_dagster_trash"
    stamp: str = "{time}"
    prefix: str = ""

    def another(self, number: int) -> "Names":
        """Return the names of an earlier run's work that this run goes on with, by its *number*."""
        return replace(self, stamp=f"{self.stamp}_c{number}")

    def for_table(self, table: TableId, catalog: str) -> "Names":
        """Return the names for *table*, which stays in a database of engine Replicated.

        Args:
            table: The table.
            catalog: The engine of its database, "" where that says nothing.
        """
        if catalog != REPLICATED:
            return self
        # The server moves no table between it and another database (48).
        return replace(self, trash=table.database, prefix="trash__")

    def in_trash(self, table: TableId) -> TableId:
        """Return the name in the trash of a dropped table, or of a copy of a table."""
        return TableId(self.trash, f"{self.prefix}{_fitting(table)}__{self.stamp}")

    def staging(self, table: TableId) -> TableId:
        """Return where batches of a table are filled; `{}` stands for the number of the attempt."""
        return TableId(self.trash, f"{STAGING}{{}}__{_fitting(table)}__{self.stamp}")

    def replacement(self, table: TableId) -> TableId:
        """Return where the new table of a rebuild is made before it takes its place."""
        return TableId(self.trash, f"rebuild__{_fitting(table)}__{self.stamp}")

    def former(self, table: TableId) -> TableId:
        """Return the name that the former table has from the exchange until it is in the trash."""
        return TableId(self.trash, f"former__{_fitting(table)}__{self.stamp}")


def _fitting(table: TableId) -> str:
    """Return a name for *table* that fits into a file name with the trash database and a stamp."""
    name = f"{table.database}__{table.name}"
    if len(_ESCAPED.sub(b"%00", name.encode())) <= _MOST_BYTES:
        return name
    ascii_name = "".join(character for character in name if character.isascii())
    return f"{ascii_name[:_MOST_CHARACTERS]}__{sha256(name.encode()).hexdigest()[:16]}"
