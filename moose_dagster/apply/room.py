"""Make sure that the server has room for the definition of a table."""

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.state.names import TableId

_LEAST_BYTES = 1 << 20
_NOT_ENOUGH_SPACE = 243


def check_room(clickhouse: ClickHouse) -> None:
    """Make sure that an ALTER can be written down.

    ClickHouse 26.9 empties the file with the definition of a table that is altered while the disk
    is full, and the server does not start with such a file.

    Raises:
        ServerError: There is no room; nothing may be altered.
        ServerUnreachable: The server went away.
    """
    rows = clickhouse.query("SELECT free_space FROM system.disks WHERE name = 'default'")
    if rows and int(rows[0][0]) < _LEAST_BYTES:
        text = f"the disk of the server has {int(rows[0][0]):,} bytes of free space left"
        text += ", and an ALTER could lose the definition of the table. Make room and run again."
        raise ServerError(text, _NOT_ENOUGH_SPACE)


def has_definition(clickhouse: ClickHouse, table: TableId) -> bool:
    """Tell whether the server has the definition of *table* on its disk.

    Raises:
        ServerError: The server refuses the question.
        ServerUnreachable: The server went away.
    """
    rows = clickhouse.query(
        "SELECT create_table_query != '' FROM system.tables "
        "WHERE database = %(database)s AND name = %(table)s",
        {"database": table.database, "table": table.name},
    )
    return bool(rows and rows[0][0])
