"""Say which Replicated tables need a UUID that all replicas share, and would not get one."""

from moose_dagster.diff.table_changes import ChangeEngine, CreateTable, TableChange
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.levels import Assessment, Risk

_PATH_OF_UUID = Assessment(
    Risk.IMPOSSIBLE,
    "its path in Keeper holds the UUID of the table, which only ON CLUSTER or a database of engine "
    "Replicated makes the same on all replicas",
    "Declare cluster, or keeper_path and replica_name, such as "
    "'/clickhouse/tables/{shard}/{database}/{table}' and '{replica}'.",
)


def without_shared_uuid(change: TableChange, context: TableContext) -> Assessment | None:
    """Return why the server would refuse (36) to create the table of *change*, or None."""
    match change:
        case CreateTable():
            engine = change.table.engine
        case ChangeEngine():
            engine = change.desired
        case _:
            return None
    if not engine.name.startswith("Replicated") or context.cluster or context.catalog:
        return None
    path = engine.keeper_path
    return _PATH_OF_UUID if not path or "{uuid}" in path else None
