"""Read the rebuilds that were begun and not ended."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.plan.checkpoint import Checkpoint, Event, replayed
from moose_dagster.sql.ledger import REBUILDS
from moose_dagster.sql.quoting import quoted_table
from moose_dagster.state.tables import TableId


def read_checkpoints(clickhouse: ClickHouse, database: str, project: str) -> Sequence[Checkpoint]:
    """Return how far each open rebuild of *project* has come, the oldest first.

    Args:
        clickhouse: The server, on which the ledger exists.
        database: The ledger's database.
        project: The owner's name.
    """
    table = quoted_table(TableId(database, REBUILDS))
    rows = clickhouse.query(
        f"SELECT stamp, database, name, event, detail FROM {table} WHERE project = %(project)s "
        f"AND (stamp, database, name) NOT IN (SELECT stamp, database, name FROM {table} "
        "WHERE project = %(project)s AND event = %(ended)s) ORDER BY stamp, database, name, position",
        {"project": project, "ended": Event.ENDED.value},
    )
    return [
        replayed(stamp, [(event, detail) for *_, event, detail in events])
        for (stamp, _, _), events in groupby(rows, key=itemgetter(0, 1, 2))
    ]
