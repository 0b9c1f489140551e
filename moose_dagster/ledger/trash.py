"""Read what lies in the trash, as the ledger and the server know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.trash import Cause, TrashedTable
from moose_dagster.ledger.schema import TRASH
from moose_dagster.live.tables import table_exists
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """A table in the trash.

    Attributes:
        what: Where it comes from, its name in the trash, and why it is there.
        kept_at: When it was put there, in UTC.
        expires_at: When a purge may remove it, in UTC.
        run_id: The run that put it there.
        rows: How many it holds; None where its engine does not say.
        bytes: What it takes on disk, hard links counted in full; None likewise.
        expired: Whether a purge may remove it by the server's clock, which has set the times.
    """

    what: TrashedTable
    kept_at: datetime
    expires_at: datetime
    run_id: str
    rows: int | None
    bytes: int | None
    expired: bool


def read_trash(clickhouse: ClickHouse, database: str, project: str) -> Sequence[TrashEntry]:
    """Return what *project* has in the trash, newest first; none where there is no ledger.

    Args:
        clickhouse: The server.
        database: The ledger's database.
        project: The owner's name.
    """
    if not table_exists(clickhouse, TableId(database, TRASH)):
        return ()
    entries = f"{quoted_table(TableId(database, TRASH))} WHERE project = %(project)s"
    # A restore writes a second entry for a name, and the last one counts.
    rows = clickhouse.query(
        "SELECT e.database, e.name, e.kept_database, e.kept_name, e.cause, e.reason, e.cluster, "
        "e.kept_at, e.expires_at, e.run_id, t.total_rows, t.total_bytes, e.expires_at <= now64(6) "
        f"FROM (SELECT * FROM {entries} "
        "ORDER BY kept_at DESC LIMIT 1 BY kept_database, kept_name) AS e "
        "INNER JOIN (SELECT database, name, total_rows, total_bytes FROM system.tables "
        f"WHERE database IN (SELECT kept_database FROM {entries})) AS t "
        "ON t.database = e.kept_database AND t.name = e.kept_name "
        "ORDER BY e.kept_at DESC, e.kept_name",
        {"project": project},
    )
    return [
        TrashEntry(
            TrashedTable(TableId(*row[:2]), TableId(*row[2:4]), Cause(row[4]), row[5], row[6]),
            row[7].replace(tzinfo=timezone.utc),
            row[8].replace(tzinfo=timezone.utc),
            *row[9:12],
            expired=bool(row[12]),
        )
        for row in rows
    ]
