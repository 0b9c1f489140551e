"""Read live tables in a constant number of queries, however many tables there are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby

from moose_dagster.clients.clickhouse import ClickHouse, Row
from moose_dagster.live.texts import as_sql, is_text, readable
from moose_dagster.risk.engines import is_table
from moose_dagster.sql.create import column_definition
from moose_dagster.sql.parse import (
    ColumnList,
    has_deprecated_keys,
    parse_column_list,
    parse_storage,
)
from moose_dagster.sql.quoting import UnreadableTextError, quoted_text
from moose_dagster.sql.shown_secrets import redacted_engine, redacted_keys, redacted_settings
from moose_dagster.state.canonical import canonical_state
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import (
    Column,
    Default,
    DefaultKind,
    Engine,
    Table,
    Unread,
    with_elements,
)
from moose_dagster.state.tokens import bracketed

# Beyond this many names the IN list would near the server's max_query_size of 256 KiB.
_MOST_NAMES = 2_000
_TABLES = f"""
SELECT database, name, toString(uuid), engine, {readable("engine_full")}, {readable("comment")},
    {readable("create_table_query")}, total_rows, total_bytes
FROM system.tables WHERE database IN %(databases)s"""
_COLUMNS = f"""
SELECT database, table, {readable("name")}, {readable("type")}, default_kind,
    {readable("default_expression")},
    {readable("comment")}, compression_codec
FROM system.columns WHERE database IN %(databases)s"""
_FACTS = """
SELECT database, name, toString(uuid), total_rows, total_bytes
FROM system.tables WHERE database IN %(databases)s"""
_KINDS: Mapping[str, DefaultKind] = {
    "DEFAULT": "DEFAULT",
    "MATERIALIZED": "MATERIALIZED",
    "ALIAS": "ALIAS",
    "EPHEMERAL": "EPHEMERAL",
}


@dataclass(frozen=True, slots=True)
class HostNumber:
    """A host of a cluster, as `shardNum()` of clusterAllReplicas counts it.

    Attributes:
        cluster: The name of the cluster.
        number: Its number, from 1 on.
    """

    cluster: str
    number: int

    def reading(self, sql: str) -> str:
        """Return *sql*, which ends in its conditions, as it reads a system table of this host."""
        start, _, rest = sql.partition("FROM system.")
        table, _, conditions = rest.partition(" WHERE ")
        place = f"clusterAllReplicas({quoted_text(self.cluster)}, system.{table})"
        return f"{start}FROM {place} WHERE shardNum() = {self.number} AND {conditions}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a live table is besides its schema.

    Attributes:
        uuid: The id that the server gave the table; "" or zeros where its database gives none.
        rows: How many rows it stores; None where the engine can't tell without a scan.
        bytes: How many bytes it takes on disk; None where the engine can't tell without a scan.
        not_understood: The parts of the live table that this library can't read.
    """

    uuid: str
    rows: int | None
    bytes: int | None
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveTables:
    """The live side of a plan of tables.

    Attributes:
        state: The schemas.
        facts: What each table is besides its schema.
        server_settings: The value that the server gives each setting of a table, by name.
        readonly_settings: The settings that the server refuses to change.
    """

    state: State
    facts: Mapping[TableId, Facts] = field(default_factory=dict[TableId, Facts])
    server_settings: Mapping[str, str] = field(default_factory=dict[str, str])
    readonly_settings: frozenset[str] = frozenset()


def read_tables(
    clickhouse: ClickHouse, ids: Collection[TableId], host: HostNumber | None = None
) -> LiveTables:
    """Read those of *ids* that exist, in two queries and one that a connection asks once.

    Args:
        clickhouse: The server.
        ids: The tables.
        host: A host of a cluster to read them from; None for the server itself.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    table_rows, column_rows = _selected(clickhouse, ids, host)
    settings = clickhouse.query_once("SELECT name, value, readonly FROM system.merge_tree_settings")
    columns = dict[TableId, list[tuple[Column, str]]]()
    for table, rows in groupby(column_rows, key=lambda row: (row[0], row[1])):
        columns[TableId(*table)] = [_column(tuple(row[2:])) for row in rows]
    tables = list[Table]()
    facts = dict[TableId, Facts]()
    for row in table_rows:
        table, fact = _table(row, columns.get(TableId(row[0], row[1]), ()))
        tables.append(table)
        facts[table.id] = fact
    server_settings = {str(name): str(value) for name, value, _ in settings}
    return LiveTables(
        state=canonical_state(tables, server_settings),
        facts=facts,
        server_settings=server_settings,
        readonly_settings=frozenset(str(name) for name, _, readonly in settings if readonly),
    )


def existing(clickhouse: ClickHouse, ids: Iterable[TableId]) -> dict[TableId, str]:
    """Return the uuid of each of *ids* that exists."""
    selected = frozenset(ids)
    rows = clickhouse.query(
        "SELECT database, name, toString(uuid) FROM system.tables WHERE database IN %(databases)s",
        {"databases": sorted({table.database for table in selected})},
    )
    found = {TableId(database, name): str(uuid) for database, name, uuid in rows}
    return {table: uuid for table, uuid in found.items() if table in selected}


def table_exists(clickhouse: ClickHouse, table: TableId) -> bool:
    """Tell whether a table, view or dictionary is called *table*."""
    rows = clickhouse.query(
        "SELECT count() FROM system.tables WHERE database = %(database)s AND name = %(name)s",
        {"database": table.database, "name": table.name},
    )
    return bool(rows[0][0])


def read_facts(clickhouse: ClickHouse, ids: Collection[TableId]) -> dict[TableId, Facts]:
    """Return the facts of those of *ids* that exist, in one query; none for none."""
    if not ids:
        return {}
    parameters: dict[str, object] = {"databases": sorted({table.database for table in ids})}
    names = sorted({table.name for table in ids})
    by_name = ""
    if len(names) <= _MOST_NAMES:
        parameters["names"] = names
        by_name = " AND name IN %(names)s"
    rows = clickhouse.query(_FACTS + by_name, parameters)
    found = {
        TableId(database, name): Facts(uuid, count, size)
        for database, name, uuid, count, size in rows
    }
    return {table: facts for table, facts in found.items() if table in ids}


def _selected(
    clickhouse: ClickHouse, ids: Collection[TableId], host: HostNumber | None
) -> tuple[Sequence[Row], Sequence[Row]]:
    if not ids:
        return (), ()
    parameters: dict[str, object] = {"databases": sorted({table.database for table in ids})}
    names = sorted({table.name for table in ids})
    by_name = ""
    by_table = ""
    if len(names) <= _MOST_NAMES:
        parameters["names"] = names
        by_name = " AND name IN %(names)s"
        by_table = " AND table IN %(names)s"
    selected = frozenset(ids)
    of_tables = host.reading(_TABLES) if host else _TABLES
    of_columns = host.reading(_COLUMNS) if host else _COLUMNS
    skipping = " SETTINGS skip_unavailable_shards = 1" if host else ""
    tables = clickhouse.query(f"{of_tables}{by_name} ORDER BY database, name{skipping}", parameters)
    columns = clickhouse.query(
        f"{of_columns}{by_table} ORDER BY database, table, position{skipping}", parameters
    )
    return [row for row in tables if TableId(row[0], row[1]) in selected], columns


# Most columns of many tables are those of other tables too.
@lru_cache(maxsize=65_536)
def _column(row: tuple[str, ...]) -> tuple[Column, str]:
    """Return a column, and as it is printed: "" where its name, type or comment is not UTF-8."""
    name, column_type, kind, expression, comment, codec = row
    column = Column(
        name=name,
        type=column_type,
        default=Default(_KINDS[kind], redacted_keys(as_sql(expression))) if kind else None,
        codec=codec.removeprefix("CODEC(").removesuffix(")") if codec else "",
        comment=comment,
    )
    return column, column_definition(column) if all(
        map(is_text, (name, column_type, comment))
    ) else ""


def _table(row: Row, found: Sequence[tuple[Column, str]]) -> tuple[Table, Facts]:
    database, name, uuid, engine, engine_full, comment, create_table_query, rows, size = row
    unread = Unread(definition=True)
    why = _unread(row)
    if not (is_text(comment) and all(printed for _, printed in found)):
        unread = Unread(definition=True, columns=True)
        why = "all of it, as a name, a type or a comment is not valid UTF-8"
    if not why:
        try:
            return _whole_table(
                (*row[:4], as_sql(engine_full), comment, as_sql(create_table_query), rows, size),
                found,
            )
        except UnreadableTextError as error:
            why = f"everything but its columns, as {error}"
    columns = tuple(_shown(column) for column, _ in found)
    table = Table(
        TableId(database, name), columns, Engine(engine), comment=as_sql(comment), unread=unread
    )
    return table, Facts(uuid, rows, size, (why,))


def _shown(column: Column) -> Column:
    return replace(
        column, name=as_sql(column.name), type=as_sql(column.type), comment=as_sql(column.comment)
    )


def _whole_table(row: Row, found: Sequence[tuple[Column, str]]) -> tuple[Table, Facts]:
    database, name, uuid, engine, engine_full, comment, create_table_query, rows, size = row
    storage = parse_storage(engine_full or engine)
    columns = [column for column, _ in found]
    more = _more_than([printed for _, printed in found], create_table_query)
    table = Table(
        id=TableId(database, name),
        columns=tuple(_completed(column, more) for column in columns) if more else tuple(columns),
        engine=redacted_engine(storage.engine) if engine_full else Engine(engine),
        order_by=(storage.order_by,) if storage.order_by else (),
        primary_key=None if storage.primary_key is None else (storage.primary_key,),
        partition_by=storage.partition_by,
        sample_by=storage.sample_by,
        ttl=storage.ttl,
        settings=redacted_settings(storage.settings or {}),
        comment=comment,
    )
    if more:
        table = with_elements(table, more.elements)
    return table, Facts(uuid, rows, size, more.others if more else ())


def _unread(row: Row) -> str:
    """Return what is unknown of a table and why, as half a sentence, or "" where all is known."""
    database, _, _, engine, engine_full, _, create_table_query, *_ = row
    storage = parse_storage(as_sql(engine_full or engine))
    if has_deprecated_keys(storage.engine, storage.order_by):
        return "everything but its columns, as its keys are arguments of the engine (deprecated)"
    # The system tables of the embedded engine have no text, and nobody makes them.
    if engine_full or not is_table(engine) or database == "system":
        return ""
    if not create_table_query:
        return "everything but its columns, as the server can't print the table"
    function = bracketed(bracketed(as_sql(create_table_query))[2].removeprefix("AS "))[0].strip("`")
    return f"everything but its columns, as it is made of the table function {function}"


def _more_than(printed: Sequence[str], create_table_query: str) -> ColumnList | None:
    """Return what the server's own text says beyond the columns as we print them, or None."""
    columns = ", ".join(printed)
    return (
        None
        if f"({columns}) ENGINE = " in create_table_query
        else parse_column_list(create_table_query)
    )


def _completed(column: Column, more: ColumnList) -> Column:
    found = more.columns.get(column.name)
    return (
        replace(column, ttl=found.ttl, statistics=found.statistics, settings=found.settings)
        if found
        else column
    )
