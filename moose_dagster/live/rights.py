"""Ask the server whether this user may let another table take the place of one."""

from collections.abc import Iterable, Mapping

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.names import TableId

_TO_EXCHANGE = "DROP TABLE, INSERT"


def missing_rights(clickhouse: ClickHouse, tables: Iterable[TableId]) -> Mapping[TableId, str]:
    """Return what this user lacks to exchange each of *tables*, as half a sentence.

    Tables for which nothing is missing, or for which the server can't tell, are left out.

    Raises:
        ServerUnreachable: The server went away.
    """
    missing = dict[TableId, str]()
    for table in tables:
        place = quoted_table(table)
        try:
            may = clickhouse.query(f"CHECK GRANT {_TO_EXCHANGE} ON {place}")[0][0]
        except ServerError:
            continue  # ClickHouse 24.8 has no CHECK GRANT; the EXCHANGE itself tells (497)
        if not may:
            user = quoted_name(str(clickhouse.query("SELECT currentUser()")[0][0]))
            missing[table] = (
                "what is written meanwhile is kept by exchanging tables, which this user may not "
                f"do: GRANT {_TO_EXCHANGE} ON {place} TO {user}"
            )
    return missing
