"""The names a run gives to what it makes."""

import re
from dataclasses import dataclass
from hashlib import sha256

from moose_dagster.state.names import TableId

# ClickHouse names files after tables: three bytes for each that is no letter, digit or _, and 213
# bytes of database and table together.
_ESCAPED = re.compile(rb"\W")
_MOST_BYTES = 140
_MOST_CHARACTERS = 25


@dataclass(frozen=True, slots=True)
class Names:
    """The names a run gives to what it makes: the trash database and a stamp such as `20260131T235959`."""

    trash: str = "moose_dagster_trash"
    stamp: str = "{time}"

    def in_trash(self, table: TableId) -> TableId:
        """Return where a dropped table, or the copy of one about to lose something, is kept."""
        return TableId(self.trash, f"{_fitting(table)}__{self.stamp}")

    def staging(self, table: TableId) -> TableId:
        """Return where portions of a table are filled before they are moved; `{}` is the number of the attempt."""
        return TableId(self.trash, f"stage__{{}}__{_fitting(table)}__{self.stamp}")

    def replacement(self, table: TableId) -> TableId:
        """Return where a table is built anew before it takes its place."""
        return TableId(self.trash, f"rebuild__{_fitting(table)}__{self.stamp}")


def _fitting(table: TableId) -> str:
    """Return a name for *table* that fits into a file name together with the trash database and a stamp."""
    name = f"{table.database}__{table.name}"
    if len(_ESCAPED.sub(b"%00", name.encode())) <= _MOST_BYTES:
        return name
    kept = "".join(character for character in name if character.isascii())[:_MOST_CHARACTERS]
    return f"{kept}__{sha256(name.encode()).hexdigest()[:16]}"
