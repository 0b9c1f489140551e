"""Read of a table what a rebuild has to know: its parts, what changes its rows, who writes, and the room on disk."""

from collections.abc import Sequence

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.plan.rebuild import Part
from moose_dagster.state.tables import TableId

_ACTIVE = "FROM system.parts WHERE active AND database = %(database)s AND table = %(table)s"
# Parts of lightweight updates; they hold no rows of their own.
_PATCH = "startsWith(partition_id, 'patch-')"


def read_parts(clickhouse: ClickHouse, table: TableId) -> Sequence[Part]:
    """Return the active parts of *table*."""
    rows = clickhouse.query(
        f"SELECT partition_id, min_block_number, max_block_number, rows, bytes_on_disk {_ACTIVE} AND NOT {_PATCH}",
        _named(table),
    )
    return [Part(*row) for row in rows]


def read_marker(clickhouse: ClickHouse, table: TableId) -> str:
    """Return what is another text after each mutation or lightweight update of *table*."""
    rows = clickhouse.query(
        "SELECT concat((SELECT toString(max(toUInt64OrZero(extract(mutation_id, '[0-9]+')))) FROM system.mutations "
        "WHERE database = %(database)s AND table = %(table)s), '/', "
        f"(SELECT toString(max(max_block_number)) {_ACTIVE} AND {_PATCH}))",
        _named(table),
    )
    return str(rows[0][0])


def running_mutations(clickhouse: ClickHouse, table: TableId) -> int:
    """Return how many mutations of *table* are not done."""
    rows = clickhouse.query(
        "SELECT count() FROM system.mutations WHERE database = %(database)s AND table = %(table)s AND NOT is_done",
        _named(table),
    )
    return int(rows[0][0])


def running_merges(clickhouse: ClickHouse, table: TableId) -> int:
    """Return how many merges of *table* are at work."""
    rows = clickhouse.query(
        "SELECT count() FROM system.merges WHERE database = %(database)s AND table = %(table)s", _named(table)
    )
    return int(rows[0][0])


def read_uuid(clickhouse: ClickHouse, table: TableId) -> str:
    """Return the uuid of *table*, or "" where there is none of that name."""
    rows = clickhouse.query(
        "SELECT toString(uuid) FROM system.tables WHERE database = %(database)s AND name = %(table)s", _named(table)
    )
    return str(rows[0][0]) if rows else ""


def free_bytes(clickhouse: ClickHouse, table: TableId) -> int:
    """Return the room on the disks that hold *table*, in bytes."""
    rows = clickhouse.query(
        "SELECT sum(unreserved_space) FROM system.disks WHERE name IN (SELECT arrayJoin(disks) FROM "
        "system.storage_policies WHERE policy_name IN (SELECT storage_policy FROM system.tables "
        "WHERE database = %(database)s AND name = %(table)s))",
        _named(table),
    )
    return int(rows[0][0])


def server_time(clickhouse: ClickHouse) -> float:
    """Return the server's clock, in seconds."""
    return float(clickhouse.query("SELECT toFloat64(now64(6))")[0][0])


def running_inserts(clickhouse: ClickHouse, before: float) -> int:
    """Return how many inserts that began before that second of the server's clock are still at work."""
    rows = clickhouse.query(
        "SELECT count() FROM system.processes WHERE query_kind IN ('Insert', 'AsyncInsertFlush') "
        "AND toFloat64(now64(6)) - elapsed < %(before)s",
        {"before": before},
    )
    return int(rows[0][0])


def statements_at_work(clickhouse: ClickHouse, comment: str) -> int:
    """Return how many statements sent with the `log_comment` *comment* are still at work."""
    rows = clickhouse.query(
        "SELECT count() FROM system.processes WHERE Settings['log_comment'] = %(comment)s", {"comment": comment}
    )
    return int(rows[0][0])


def _named(table: TableId) -> dict[str, object]:
    return {"database": table.database, "table": table.name}
