"""Remove the small tables that a killed run has left in the ledger's database."""

import re

from moose_dagster.errors import ServerError
from moose_dagster.ledger.guarded import GuardedClickHouse
from moose_dagster.ledger.lock import Lock
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId

_KINDS = ("scratch", "lock")


def remove_leftovers(lock: Lock, project: str) -> None:
    """Drop the scratch tables and former locks of *project*, whose *lock* is held.

    Raises:
        ServerUnreachable: The server went away.
        LockLost: Another run has the lock now.
    """
    clickhouse = GuardedClickHouse(lock.clickhouse, lock)
    database = lock.table.database
    own = re.compile(rf"({'|'.join(_KINDS)})__{re.escape(project)}__[0-9a-f]{{32}}")
    rows = clickhouse.query(
        "SELECT name FROM system.tables "
        "WHERE database = %(database)s AND position(comment, %(token)s) = 0",
        {"database": database, "token": lock.holder.token},
    )
    for (name,) in rows:
        if own.fullmatch(name):
            try:
                clickhouse.command(
                    f"DROP TABLE IF EXISTS {quoted_table(TableId(database, name))} SYNC"
                )
            except ServerError:
                continue  # it is empty and in nobody's way; the next run tries again
