"""Ask for the engines of databases."""

from collections.abc import Collection, Iterable
from typing import Final

from moose_dagster.clients.clickhouse import ClickHouse

REPLICATED: Final = "Replicated"
"""The engine of a database that keeps its tables in Keeper, for all its replicas."""
SHARED_CATALOGS: Final = frozenset({REPLICATED, "Shared"})
"""The engines of databases that have the same tables on every host without ON CLUSTER."""


def read_engines(clickhouse: ClickHouse, databases: Collection[str]) -> dict[str, str]:
    """Return the engine of each of *databases* that exists.

    Raises:
        ServerError: The server refuses or can't be reached.
    """
    if not databases:
        return {}
    rows = clickhouse.query(
        "SELECT name, engine FROM system.databases WHERE name IN %(names)s",
        {"names": sorted(databases)},
    )
    return {str(name): str(engine) for name, engine in rows}


def on_one_catalog(clickhouse: ClickHouse, databases: Iterable[str]) -> dict[str, str]:
    """Return the engine of each of *databases* whose tables every host has by itself."""
    engines = read_engines(clickhouse, {*databases})
    return {name: engine for name, engine in engines.items() if engine in SHARED_CATALOGS}
