"""Read what a rebuild or a proof needs of a table: its parts, mutations, writers and bytes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.ddl.batches import DataPart, Window, condition_of
from moose_dagster.sql.quoting import quoted_table, quoted_text
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId

_ACTIVE = "FROM system.parts WHERE active AND database = %(database)s AND table = %(table)s"
# Rows that went away between two queries look as if they were hidden, once.
_TRIES = 2
# Parts of lightweight updates; they hold no rows of their own.
_PATCH = "startsWith(partition_id, 'patch-')"


def read_parts(clickhouse: ClickHouse, table: TableId) -> Sequence[DataPart]:
    """Return the active parts of *table*."""
    rows = clickhouse.query(
        "SELECT partition_id, min_block_number, max_block_number, rows, bytes_on_disk "
        f"{_ACTIVE} AND NOT {_PATCH}",
        _named(table),
    )
    return [DataPart(*row) for row in rows]


def read_blocks(
    clickhouse: ClickHouse, table: TableId, windows: Sequence[Window]
) -> Sequence[Window]:
    """Return a window for each block of inserted rows that *windows* hold."""
    rows = clickhouse.query(
        "SELECT _partition_id AS partition, _block_number AS block, count() "
        f"FROM {quoted_table(table)} WHERE {condition_of(windows)} "
        "GROUP BY partition, block ORDER BY partition, block"
    )
    return [
        Window(str(partition), int(block) - 1, int(block), int(count))
        for partition, block, count in rows
    ]


def data_marks(clickhouse: ClickHouse, tables: Collection[TableId]) -> Mapping[TableId, str]:
    """Return a text for each of *tables* that changes with each write, and with no merge.

    Only tables that have parts are in the answer.
    """
    rows = clickhouse.query(
        "SELECT database, table, "
        "hex(cityHash64(arraySort(groupArray((partition_id, block, version))))) FROM ("
        # Of a part that no mutation has touched, the version is its first block, which a merge
        # lowers.
        "SELECT database, table, partition_id, max(max_block_number) AS block, "
        "maxIf(data_version, data_version != min_block_number) AS version "
        f"FROM system.parts WHERE active AND (database, table) IN ({_pairs(tables)}) "
        "GROUP BY database, table, partition_id) GROUP BY database, table"
    )
    return {TableId(database, name): str(mark) for database, name, mark in rows}


def tables_with_deleted_rows(
    clickhouse: ClickHouse, tables: Collection[TableId]
) -> frozenset[TableId]:
    """Return those of *tables* with rows that a lightweight DELETE hides and an ALTER converts."""
    rows = clickhouse.query(
        "SELECT DISTINCT database, table FROM system.parts "
        f"WHERE active AND has_lightweight_delete AND (database, table) IN ({_pairs(tables)})"
    )
    return frozenset(TableId(*row) for row in rows)


def hidden_rows(clickhouse: ClickHouse, table: TableId) -> str:
    """Return how many rows of *table* this user can't see as half a sentence, "" for none.

    A row policy hides them from each SELECT, and from no ALTER and no EXCHANGE.
    """
    hidden = 0
    for _ in range(_TRIES):
        # In this order: what is written in between makes the difference smaller.
        stored = sum(part.rows for part in read_parts(clickhouse, table))
        if not stored:
            return ""
        seen = clickhouse.query(
            f"SELECT count() FROM {quoted_table(table)} SETTINGS apply_deleted_mask = 0"
        )[0][0]
        hidden = stored - int(seen)
        if hidden <= 0:
            return ""
    verb = "is" if hidden == 1 else "are"
    return f"{counted(hidden, 'row')} of the table {verb} hidden from this user by a row policy"


def column_bytes(
    clickhouse: ClickHouse, tables: Collection[TableId]
) -> Mapping[TableId, Mapping[str, int]]:
    """Return the uncompressed bytes of each column of *tables*, under `""` of whole parts."""
    sizes = defaultdict[TableId, dict[str, int]](dict)
    for database, table, name, size in clickhouse.query(
        "SELECT database, table, name, data_uncompressed_bytes FROM system.columns "
        f"WHERE (database, table) IN ({_pairs(tables)}) UNION ALL "
        "SELECT database, table, '', sum(data_uncompressed_bytes) FROM system.parts "
        f"WHERE active AND part_type != 'Wide' AND (database, table) IN ({_pairs(tables)}) "
        "GROUP BY database, table"
    ):
        sizes[TableId(database, table)][name] = int(size)
    return sizes


def read_marker(clickhouse: ClickHouse, table: TableId) -> str:
    """Return what is another text after each mutation or lightweight update of *table*."""
    rows = clickhouse.query(
        "SELECT concat((SELECT toString(max(toUInt64OrZero(extract(mutation_id, '[0-9]+')))) "
        "FROM system.mutations WHERE database = %(database)s AND table = %(table)s), '/', "
        f"(SELECT toString(max(max_block_number)) {_ACTIVE} AND {_PATCH}))",
        _named(table),
    )
    return str(rows[0][0])


def running_mutations(clickhouse: ClickHouse, table: TableId) -> int:
    """Return how many mutations of *table* are not done."""
    rows = clickhouse.query(
        "SELECT count() FROM system.mutations "
        "WHERE database = %(database)s AND table = %(table)s AND NOT is_done",
        _named(table),
    )
    return int(rows[0][0])


def running_merges(clickhouse: ClickHouse, table: TableId) -> int:
    """Return how many merges of *table* are running."""
    rows = clickhouse.query(
        "SELECT count() FROM system.merges WHERE database = %(database)s AND table = %(table)s",
        _named(table),
    )
    return int(rows[0][0])


def read_uuid(clickhouse: ClickHouse, table: TableId) -> str:
    """Return the uuid of *table*, or "" where there is none of that name."""
    rows = clickhouse.query(
        "SELECT toString(uuid) FROM system.tables "
        "WHERE database = %(database)s AND name = %(table)s",
        _named(table),
    )
    return str(rows[0][0]) if rows else ""


def free_bytes(clickhouse: ClickHouse, table: TableId) -> int:
    """Return the room on the disks that hold *table*, in bytes."""
    rows = clickhouse.query(
        "SELECT sum(unreserved_space) FROM system.disks WHERE name IN (SELECT arrayJoin(disks) "
        "FROM system.storage_policies WHERE policy_name IN (SELECT storage_policy "
        "FROM system.tables WHERE database = %(database)s AND name = %(table)s))",
        _named(table),
    )
    return int(rows[0][0])


def server_time(clickhouse: ClickHouse) -> float:
    """Return the server's clock, in seconds."""
    return float(clickhouse.query("SELECT toFloat64(now64(6))")[0][0])


def running_inserts(clickhouse: ClickHouse, before: float) -> int:
    """Return how many inserts are running that began *before* a second of the server's clock."""
    rows = clickhouse.query(
        "SELECT count() FROM system.processes WHERE query_kind IN ('Insert', 'AsyncInsertFlush') "
        "AND toFloat64(now64(6)) - elapsed < %(before)s",
        {"before": before},
    )
    return int(rows[0][0])


def running_statements(clickhouse: ClickHouse, comment: str) -> int:
    """Return how many statements with the `log_comment` *comment* are still running."""
    rows = clickhouse.query(
        "SELECT count() FROM system.processes WHERE Settings['log_comment'] = %(comment)s",
        {"comment": comment},
    )
    return int(rows[0][0])


def _pairs(tables: Collection[TableId]) -> str:
    return ", ".join(
        f"({quoted_text(table.database)}, {quoted_text(table.name)})" for table in tables
    )


def _named(table: TableId) -> dict[str, object]:
    return {"database": table.database, "table": table.name}
