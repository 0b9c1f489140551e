"""Ask the server which expressions of declared tables don't fit, before anything is sent."""

import re
from collections.abc import Iterable, Sequence

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.risk.expressions import expressions_of, query_of
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table

# These are about texts that can't be parsed, wrong arguments and types, and unknown functions.
# Other codes, such as 36 of a dictionary or 47 of a Set that does not exist yet, tell nothing.
_UNFIT = frozenset({6, 27, 32, 38, 41, 42, 43, 46, 53, 62, 70, 72, 306, 386, 456})
# Below the server's max_query_size of 256 KiB.
_LONGEST_QUERY = 200_000
_MESSAGE = re.compile(
    r"DB::Exception: (.*?)(?:: [Ww]hile |\. \([A-Z_]+\)| \(version |\Z)", re.DOTALL
)
# The server adds a random number to the names of columns whose expressions it checks.
_NUMBERED = re.compile(r"_tmp_alter\d+")


def unfit_expressions(
    clickhouse: ClickHouse, tables: Iterable[Table]
) -> dict[TableId, dict[str, str]]:
    """Return what the server says against expressions of *tables*, by table and place.

    Raises:
        ServerUnreachable: The server went away.
    """
    found = {table.id: _unfit_in(clickhouse, table) for table in tables}
    return {table: places for table, places in found.items() if places}


def _unfit_in(clickhouse: ClickHouse, table: Table) -> dict[str, str]:
    expressions = tuple(expressions_of(table))
    values = [expression.value for expression in expressions]
    # One query for all of them, since nearly always all of them fit.
    if not values or not _error(clickhouse, table, values):
        return {}
    errors = dict[str, str]()
    for expression in expressions:
        error = _error(clickhouse, table, [expression.value])
        if error:
            errors.setdefault(expression.place, error)
    return errors


def _error(clickhouse: ClickHouse, table: Table, values: Sequence[str]) -> str:
    query = query_of(table, values)
    if len(query) > _LONGEST_QUERY:
        return ""
    try:
        clickhouse.query(query)
    except ServerError as error:
        if error.code not in _UNFIT:
            return ""
        return shown_message(error)
    return ""


def shown_message(error: ServerError) -> str:
    """Return what *error* says of the statement, without its code and the server's version."""
    text = _NUMBERED.sub("", str(error))
    match = _MESSAGE.search(text)
    return " ".join((match[1] if match else text).split())[:300]
