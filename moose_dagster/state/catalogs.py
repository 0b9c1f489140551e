"""The engines of databases that have the same tables on every host without ON CLUSTER."""

from typing import Final

REPLICATED: Final = "Replicated"
"""Keeps its tables in Keeper; no table moves into another database, or out of one."""
CATALOGS: Final = frozenset({REPLICATED, "Shared"})
"""Those engines; Shared is the one of ClickHouse Cloud."""
