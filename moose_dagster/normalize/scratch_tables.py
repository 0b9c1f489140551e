"""Make declared tables, empty, to read what the server makes of them.

The last step of the ladder, for a run that writes anyway: before a table is altered or rebuilt
because of a text, the server itself says whether that text means something else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import TableChange
from moose_dagster.errors import ServerError
from moose_dagster.live.tables import read_tables
from moose_dagster.sql.create import create_table
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Engine, Table

# A scratch table takes 5 to 7 ms on ClickHouse 26.9. A temporary table can't be used in its place:
# it has no sorting key and no indexes.
_MAY_BE_SPELLING = (
    changes.ChangeCodec,
    changes.ChangeColumnTtl,
    changes.ChangeDefault,
    changes.ChangeElement,
    changes.ChangeEngine,
    changes.ChangeOrderBy,
    changes.ChangePartitionBy,
    changes.ChangePrimaryKey,
    changes.ChangeSampleBy,
    changes.ChangeTableTtl,
    changes.ChangeType,
)


@dataclass(frozen=True, slots=True)
class ScratchTables:
    """What the server makes of declared tables.

    Attributes:
        tables: Each table as the server prints it.
        refused: The server's message about each table that it refused.
    """

    tables: Mapping[TableId, Table]
    refused: Mapping[TableId, str]


def may_be_spelling(change: TableChange) -> bool:
    """Tell whether *change* may be nothing but another spelling of the same."""
    return isinstance(change, _MAY_BE_SPELLING)


def read_scratch_tables(
    clickhouse: ClickHouse,
    tables: Iterable[Table],
    prefix: TableId,
    settings: Mapping[TableId, Mapping[str, str]],
) -> ScratchTables:
    """Make *tables*, empty, under names that begin with *prefix*, read them, and drop them.

    Args:
        clickhouse: The server.
        tables: The declared tables; those whose engine is not of the MergeTree family are passed
            over.
        prefix: How their names begin.
        settings: What the statement of each is sent with.

    Raises:
        ServerUnreachable: The server went away.
    """
    made = dict[TableId, Table]()
    refused = dict[TableId, str]()
    # Other engines may act when they are made; Replicated and Shared tables are made of their plain
    # kind.
    creatable = [table for table in tables if table.engine.is_merge_tree]
    if creatable:
        clickhouse.command(f"CREATE DATABASE IF NOT EXISTS {quoted_name(prefix.database)}")
    for table in creatable:
        name = TableId(prefix.database, f"{prefix.name}__{uuid4().hex}")
        try:
            clickhouse.command(
                create_table(replace(table, engine=_plain(table.engine)), name),
                settings.get(table.id),
            )
            made[name] = table
        except ServerError as error:
            refused[table.id] = str(error)
    try:
        read = read_tables(clickhouse, made.keys()).state.tables
    finally:
        for name in made:
            clickhouse.command(f"DROP TABLE IF EXISTS {quoted_table(name)} SYNC")
    found = {
        table.id: replace(
            read[name], id=table.id, engine=_named_as(read[name].engine, table.engine)
        )
        for name, table in made.items()
        if name in read
    }
    return ScratchTables(found, refused)


def _plain(engine: Engine) -> Engine:
    return Engine(engine.plain_name, engine.own_arguments)


def _named_as(read: Engine, desired: Engine) -> Engine:
    return desired if _plain(desired) != desired else read
