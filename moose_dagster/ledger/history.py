"""Read what was sent to the servers: the ledger's history, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ledger.schema import HISTORY
from moose_dagster.live.tables import table_exists
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.names import TableId

_RESOURCE = "if(database = '', name, concat(database, '.', name))"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement or request that was sent.

    Attributes:
        sent_at: When it was sent, in UTC.
        run_id: The run that sent it.
        plan: The fingerprint of the plan it belongs to; "" for none.
        resource: The table, view or topic it is about.
        statement: As it may be shown, without secrets.
        milliseconds: How long it took.
        error: The server's message; "" where it went well.
    """

    sent_at: datetime
    run_id: str
    plan: str
    resource: str
    statement: str
    milliseconds: int
    error: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the history is read.

    Attributes:
        resource: One resource, with or without its database; "" for all.
        run: One run, or how its id begins; "" for all.
        limit: The most statements, newest first.
    """

    resource: str = ""
    run: str = ""
    limit: int = 50


def read_history(
    clickhouse: ClickHouse, database: str, project: str, only: Filter
) -> Sequence[Statement]:
    """Return the newest statements of *project*, none where there is no ledger.

    Args:
        clickhouse: The server.
        database: The ledger's database.
        project: The owner's name.
        only: Which of them.
    """
    if not table_exists(clickhouse, TableId(database, HISTORY)):
        return ()
    rows = clickhouse.query(
        f"SELECT sent_at, run_id, plan, {_RESOURCE}, statement, milliseconds, error "
        f"FROM {quoted_table(TableId(database, HISTORY))} "
        "WHERE project = %(project)s AND startsWith(run_id, %(run)s) "
        f"AND has(['', name, {_RESOURCE}], %(resource)s) "
        "ORDER BY sent_at DESC LIMIT %(limit)s",
        {"project": project, "run": only.run, "resource": only.resource, "limit": only.limit},
    )
    # The client leaves the zone of a UTC column unsaid.
    return [Statement(row[0].replace(tzinfo=timezone.utc), *row[1:]) for row in rows]
