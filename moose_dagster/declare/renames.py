"""The earlier names of tables and columns that the code gives."""

from collections.abc import Collection, Iterator, Mapping

from moose_dagster.declare.faults import Fault
from moose_dagster.sql.elements import unquoted
from moose_dagster.state.names import TableId
from moose_dagster.state.tokens import split_top_level


def earlier_table(renamed_from: str, database: str) -> TableId | None:
    """Return the table that *renamed_from* names, or None if it can't be read.

    Args:
        renamed_from: `name` or `database.name`.
        database: Where a table without a database is.
    """
    parts = [unquoted(part) for part in split_top_level(renamed_from, ".")]
    if not all(parts) or len(parts) not in {1, 2}:
        return None
    return TableId(*parts) if len(parts) > 1 else TableId(database, parts[0])


def column_rename_faults(renames: Mapping[str, str], columns: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with *renames*, the earlier name of a column by its declared name."""
    for name, earlier in renames.items():
        others = [other for other, its in renames.items() if its == earlier and other != name]
        if not earlier.strip():
            yield Fault("RenamedFrom is empty; write the earlier name or take it off.", (name,))
        elif earlier == name:
            yield Fault(
                f"RenamedFrom names {earlier}, which is the name it has; take it off.", (name,)
            )
        elif earlier in columns:
            yield Fault(
                f"RenamedFrom names {earlier}, which is declared as well; drop one of the two.",
                (name,),
            )
        elif others:
            yield Fault(
                f"RenamedFrom names {earlier}, and so does that of {others[0]}; keep one.", (name,)
            )


def table_rename_faults(
    renames: Mapping[TableId, TableId], tables: Collection[TableId]
) -> Iterator[tuple[TableId, str]]:
    """Yield each faulty table of *renames*, declared to earlier, with what is wrong with it."""
    for table, earlier in renames.items():
        others = [other for other, its in renames.items() if its == earlier and other != table]
        if earlier == table:
            yield table, f"renamed_from names {earlier}, which is the name it has; take it out."
        elif earlier in tables:
            yield (
                table,
                f"renamed_from names {earlier}, which is declared as well; drop one of the two.",
            )
        elif others:
            yield table, f"renamed_from names {earlier}, and so does that of {others[0]}; keep one."
