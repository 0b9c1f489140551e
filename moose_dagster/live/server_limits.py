"""Ask the server which codecs and settings of declared tables it can't take."""

from collections.abc import Collection, Iterable, Mapping

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.live.replicated_tables import unmakeable_replicas
from moose_dagster.live.unfit_expressions import unfit_expressions
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.server_limits import (
    ServerLimits,
    encrypting_codecs,
    merge_tree_settings_of,
    nearest,
)
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table

_BAD_ARGUMENTS = 36
_UNKNOWN_SETTING = 115
# Measured: the query itself ends ClickHouse 25.8 with `terminate`, 24.8 lacks the function, 26.9
# answers.
_TELLS_KEYS_SINCE = (26, 9)
_ENGINES = "SELECT name FROM system.table_engines"


def limits_of(
    clickhouse: ClickHouse,
    tables: Iterable[Table],
    server_settings: Mapping[str, str],
    clusters: Collection[TableId] = (),
) -> ServerLimits:
    """Return what the server lacks for *tables*.

    Args:
        clickhouse: The server.
        tables: What is to be made or altered.
        server_settings: The MergeTree settings of the server by their names; empty where they can't
            be read.
        clusters: The tables whose statements are sent ON CLUSTER.

    Raises:
        ServerUnreachable: The server went away.
    """
    tables = tuple(tables)
    codecs = set[str]()
    settings = set[str]()
    for table in tables:
        codecs |= encrypting_codecs(table.columns)
        settings |= merge_tree_settings_of(table)
    doubtful = settings - server_settings.keys() if server_settings else frozenset[str]()
    return ServerLimits(
        unfit_expressions=unfit_expressions(clickhouse, tables),
        keyless_codecs=keyless_codecs(clickhouse, codecs),
        unknown_settings={
            name: nearest(name, server_settings) for name in unknown_settings(clickhouse, doubtful)
        },
        unmakeable={
            **unmakeable_replicas(clickhouse, tables, clusters),
            **unknown_engines(clickhouse, tables),
        },
    )


def keyless_codecs(clickhouse: ClickHouse, codecs: Collection[str]) -> frozenset[str]:
    """Return those of *codecs* without a key; none where the server is too old to tell."""
    if not codecs or _version(clickhouse) < _TELLS_KEYS_SINCE:
        return frozenset()
    compressed = {
        codec: f"SELECT estimateCompressionRatio({quoted_text(codec)})(0)" for codec in codecs
    }
    return frozenset(
        codec for codec, sql in compressed.items() if _fails(clickhouse, sql, _BAD_ARGUMENTS)
    )


def unknown_engines(clickhouse: ClickHouse, tables: Iterable[Table]) -> dict[TableId, Assessment]:
    """Return what is to be said of each of *tables* whose engine the server lacks."""
    tables = [table for table in tables if table.engine.name.startswith("Shared")]
    known = {name for (name,) in clickhouse.query_once(_ENGINES)} if tables else frozenset[str]()
    return {
        table.id: Assessment(
            Risk.IMPOSSIBLE,
            f"the server has no engine {table.engine.name}, which only ClickHouse Cloud has",
            f"Declare {table.engine.plain_name}, of which ClickHouse Cloud makes a "
            f"{table.engine.name}.",
        )
        for table in tables
        if table.engine.name not in known
    }


def unknown_settings(clickhouse: ClickHouse, names: Collection[str]) -> frozenset[str]:
    """Return those of *names* that MergeTree does not even know as another name of a setting."""
    read = {name: f"SELECT getMergeTreeSetting({quoted_text(name)})" for name in names}
    return frozenset(
        name for name, sql in read.items() if _fails(clickhouse, sql, _UNKNOWN_SETTING)
    )


def _version(clickhouse: ClickHouse) -> tuple[int, ...]:
    ((version,),) = clickhouse.query_once("SELECT version()")
    return tuple(int(number) for number in str(version).split(".")[:2])


def _fails(clickhouse: ClickHouse, sql: str, code: int) -> bool:
    """Tell whether the server refuses *sql* with exactly that *code*."""
    try:
        clickhouse.query(sql)
    except ServerError as error:
        return error.code == code
    return False
