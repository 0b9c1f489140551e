"""Who changed a table last, as the server's own log of queries tells."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.sql.quoting import quoted_name
from moose_dagster.state.names import TableId

OWN_COMMENT = "moose_dagster "
_DAYS = 30


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest DDL statement about a table that was not sent by this library.

    Attributes:
        at: When it was sent, in UTC.
        user: Who sent it.
        kind: ClickHouse's word for it, such as `Alter`.
        query_id: The id that finds the statement in `system.query_log`. The statement itself is not
            repeated here, because it may hold secrets.
    """

    at: datetime
    user: str
    kind: str
    query_id: str

    def __str__(self) -> str:
        at = f"{self.at:%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.kind} by {self.user} at {at} (query_id {self.query_id})"


def read_last_changes(
    clickhouse: ClickHouse, tables: Collection[TableId]
) -> Mapping[TableId, LastChange] | None:
    """Return who changed each of *tables* last in 30 days, None where the log can't be read."""
    if not tables:
        return {}
    names = {name: table for table in tables for name in _logged_as(table)}
    try:
        rows = clickhouse.query(
            "SELECT name, toString(toTimeZone(max(event_time), 'UTC')), "
            "argMax(user, event_time_microseconds), "
            "argMax(query_kind, event_time_microseconds), "
            "argMax(query_id, event_time_microseconds) "
            "FROM system.query_log ARRAY JOIN tables AS name "
            "WHERE type = 'QueryFinish' AND query_kind IN ('Alter', 'Create', 'Rename', 'Undrop') "
            f"AND event_date >= today() - {_DAYS} "
            "AND NOT startsWith(log_comment, %(own)s) AND name IN %(names)s "
            "GROUP BY name",
            {"own": OWN_COMMENT, "names": sorted(names)},
        )
    except (ServerError, ServerUnreachable):
        return None
    return {names[name]: LastChange(datetime.fromisoformat(at), *rest) for name, at, *rest in rows}


def _logged_as(table: TableId) -> set[str]:
    """Return how the log may spell a name: in backticks only where it needs them."""
    quoted = quoted_name(table.database), quoted_name(table.name)
    plain = table.database, table.name
    return {
        f"{database}.{name}" for database in (plain[0], quoted[0]) for name in (plain[1], quoted[1])
    }
