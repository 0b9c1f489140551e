"""Say why the server could not make a Replicated or Shared table, before it is asked to."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.live.databases import read_catalogs
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.sql.quoting import text_in
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Table

_MACROS = "SELECT macro, substitution FROM system.macros"
# Cheap: what needs Keeper is computed only where it is selected.
_PATHS = "SELECT database, table, zookeeper_path, replica_name FROM system.replicas"
_HAS_KEEPER = "SELECT count() FROM system.tables WHERE database = 'system' AND name = 'zookeeper'"
_MACRO = re.compile(r"\{(\w+)\}")
# The server knows these without its configuration.
_BUILT_IN = frozenset({"uuid", "server_uuid"})


@dataclass(frozen=True, slots=True)
class _Keeper:
    """What the server says of replicas.

    Attributes:
        macros: The value of each macro of its configuration.
        taken: The table that has each path and replica name on this host, by both.
        is_there: Whether the server is connected to a Keeper.
    """

    macros: Mapping[str, str] = field(default_factory=dict[str, str])
    taken: Mapping[tuple[str, str], TableId] = field(default_factory=dict[tuple[str, str], TableId])
    is_there: bool = False


def unmakeable_replicas(
    clickhouse: ClickHouse, tables: Iterable[Table], clusters: Collection[TableId]
) -> dict[TableId, Assessment]:
    """Return why each of *tables* of a Replicated engine can't be created, for those that can't.

    Args:
        clickhouse: The server.
        tables: What is declared; those of other engines are left out.
        clusters: The tables whose statements are sent ON CLUSTER.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    replicated = [table for table in tables if table.engine.name.startswith("Replicated")]
    if not replicated:
        return {}
    catalogs = read_catalogs(clickhouse)
    keeper = _read_keeper(clickhouse)
    found = dict[TableId, Assessment]()
    for table in replicated:
        # There, the database gives each table one UUID on all hosts, and the macros, too.
        if table.id.database in catalogs:
            continue
        problem = _problem(table, keeper, is_on_cluster=table.id in clusters)
        if problem is not None:
            found[table.id] = problem
    return found


def _read_keeper(clickhouse: ClickHouse) -> _Keeper:
    macros = {str(name): str(value) for name, value in clickhouse.query(_MACROS)}
    taken = {
        (str(path), str(replica)): TableId(database, name)
        for database, name, path, replica in clickhouse.query(_PATHS)
    }
    return _Keeper(macros, taken, bool(clickhouse.query(_HAS_KEEPER)[0][0]))


def _problem(table: Table, keeper: _Keeper, *, is_on_cluster: bool) -> Assessment | None:
    path = table.engine.keeper_path
    if not path:
        return None
    place = tuple(_expanded(text, table.id, keeper.macros) for text in _place(table))
    # ON CLUSTER, each host expands its own macros.
    unknown = sorted({macro for text in place for macro in _MACRO.findall(text)} - _BUILT_IN)
    if unknown and not is_on_cluster:
        # Error 139.
        return Assessment(
            Risk.IMPOSSIBLE,
            f"the server has no macro {unknown[0]}, which keeper_path or replica_name names",
            "Write its value, or add it to the configuration of the server.",
        )
    if (holder := keeper.taken.get((place[0], place[1]))) is not None:
        # Error 253.
        return Assessment(
            Risk.IMPOSSIBLE,
            f"{holder} has its path in Keeper, {place[0]}, on this host",
            "Restore that table, purge it from the trash, or declare another keeper_path.",
        )
    if not keeper.is_there and not is_on_cluster:
        # Error 225.
        return Assessment(
            Risk.IMPOSSIBLE,
            "the server is connected to no Keeper, without which it makes no replicated table",
            f"Declare {table.engine.plain_name}, or connect the server to a Keeper.",
        )
    return None


def _place(table: Table) -> tuple[str, str]:
    path, replica = table.engine.arguments[:2]
    return text_in(path), text_in(replica)


def _expanded(text: str, table: TableId, macros: Mapping[str, str]) -> str:
    """Return *text* with all macros that are known; the server does not expand what they hold."""
    values = {**macros, "database": table.database, "table": table.name}
    return _MACRO.sub(lambda found: values.get(found[1], found[0]), text)
