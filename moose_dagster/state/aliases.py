"""Which columns read others through the expressions of ALIAS columns."""

from collections.abc import Iterable

from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Column, Table


def through_aliases(table: Table, names: Iterable[str]) -> frozenset[str]:
    """Return *names* and each ALIAS column of *table* that reads one of them, even indirectly."""
    reached = frozenset(names)
    while True:
        reading = {column.name for column in table.columns if _reads(column, reached)}
        if reading <= reached:
            return reached
        reached |= reading


def _reads(column: Column, names: Iterable[str]) -> bool:
    if column.default is None or column.default.kind != "ALIAS":
        return False
    return any(uses(column.default.expression, name) for name in names)
