"""What each table engine does with an ALTER or a rebuild, as measured on ClickHouse 26.9.

`IN_PLACE` restates `tests/risk/engines/measured.tsv`, which `.ci/measure_engines.py` writes: an
engine or a change that is not listed is never altered in place.
"""

from collections.abc import Mapping

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.table_changes import ColumnChange, ElementChange, StorageChange
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.types import gains_members, type_risk
from moose_dagster.state.tables import Constraint, Engine, Index, Projection
from moose_dagster.state.types import is_nullable, loses_nullable

_NO_TABLES = frozenset({"View", "MaterializedView", "LiveView", "WindowView", "Dictionary", ""})
_STORING = frozenset({"Memory", "Log", "TinyLog", "StripeLog", "EmbeddedRocksDB", "Join"})
# Rows outside the server or nowhere: a new table in its place reads the same ones.
_STATELESS = frozenset(
    {"Null", "Merge", "Distributed", "Buffer", "GenerateRandom", "URL", "S3", "HDFS",
     "AzureBlobStorage", "GCS", "COSN", "OSS", "Iceberg", "IcebergS3", "IcebergAzure",
     "IcebergHDFS", "DeltaLake", "DeltaLakeS3", "DeltaLakeAzure", "Hudi", "Kafka", "S3Queue",
     "AzureQueue", "RabbitMQ", "NATS", "MySQL", "PostgreSQL", "MongoDB", "ODBC", "JDBC", "Redis",
     "ExternalDistributed", "Executable", "ExecutablePool"}
)  # fmt: skip
# Every engine takes them: they change nothing but the definition.
_COMMENTS = frozenset({"column comment", "table comment"})
_DEFAULTS = frozenset({"default", "no default", "materialized", "alias"})
# Memory, Buffer and Merge can't be read any more (349) where a column that stops being Nullable
# holds a NULL.
_TYPES = frozenset({"wider type", "other type", "nullable", "more members"})
_COLUMNS = frozenset({"add column", "drop column", "codec"})
IN_PLACE: Mapping[str, frozenset[str]] = {
    # RENAME COLUMN empties the column.
    "Memory": _COLUMNS | _DEFAULTS | _TYPES | {"setting"},
    "Null": _COLUMNS | _DEFAULTS | _TYPES | {"not nullable"},
    # Another default changes what is read of the rows in the buffer, as they lack the column.
    "Buffer": _COLUMNS | _TYPES,
    "Merge": _COLUMNS | _DEFAULTS | _TYPES,
    # What is read after another type is not measured.
    "Distributed": _COLUMNS | _DEFAULTS,
}


def is_table(engine: str) -> bool:
    """Tell whether *engine* is that of a table, and not of a view or a dictionary."""
    return engine not in _NO_TABLES


def stores_rows(engine: Engine) -> bool:
    """Tell whether a table of *engine* holds rows that a rebuild can copy."""
    return engine.is_merge_tree or engine.name in _STORING


def is_stateless(engine: Engine) -> bool:
    """Tell whether a table of *engine* holds no rows of its own."""
    return engine.name in _STATELESS


def alters_in_place(engine: Engine, change: ColumnChange | ElementChange | StorageChange) -> bool:
    """Tell whether a table outside the MergeTree family keeps what it reads through an ALTER."""
    alter = _alter_of(change)
    return alter in _COMMENTS or alter in IN_PLACE.get(engine.name, frozenset())


def _alter_of(change: ColumnChange | ElementChange | StorageChange) -> str:
    """Return the name under which *change* was measured; "" for one that was not."""
    match change:
        case changes.AddColumn():
            return "add column"
        case changes.DropColumn():
            return "drop column"
        case changes.RenameColumn():
            return "rename column"
        case changes.ChangeType():
            return _type_alter(change.live.type, change.desired.type)
        case changes.ChangeDefault():
            return _default_alter(change)
        case changes.ChangeCodec():
            return "codec"
        case changes.ChangeStatistics():
            return "statistics"
        case changes.ChangeColumnComment():
            return "column comment"
        case changes.ChangeTableComment():
            return "table comment"
        case changes.ChangeSetting():
            return "setting"
        case changes.AddElement(element=element) | changes.DropElement(element=element):
            return _element_alter(element)
        case changes.ChangeElement():
            return _element_alter(change.desired)
        case changes.ChangeOrderBy():
            return "order by"
        case changes.ChangeTableTtl():
            return "table TTL"
        case (
            changes.ChangeColumnTtl()
            | changes.ChangeColumnSettings()
            | changes.ChangeEngine()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
            | changes.ChangeSampleBy()
        ):
            return ""
        case _:
            assert_never(change)


def _type_alter(live: str, desired: str) -> str:
    if loses_nullable(live, desired):
        return "not nullable"
    if gains_members(live, desired):
        return "more members"
    if is_nullable(desired) and not is_nullable(live):
        return "nullable"
    is_wider = type_risk(live, desired)[0] is Risk.REWRITE
    return "wider type" if is_wider else "other type"


def _default_alter(change: changes.ChangeDefault) -> str:
    live = change.live.default
    desired = change.desired.default
    if desired is None:
        return "no default" if live is not None and live.kind == "DEFAULT" else ""
    if live is not None and live.kind != desired.kind:
        return ""
    match desired.kind:
        case "DEFAULT":
            return "default"
        case "MATERIALIZED":
            return "materialized" if live is not None else ""
        case "ALIAS":
            return "alias" if live is not None else ""
        case "EPHEMERAL":
            return ""
        case _:
            assert_never(desired.kind)


def _element_alter(element: Index | Projection | Constraint) -> str:
    match element:
        case Index():
            return "index"
        case Projection():
            return "projection"
        case Constraint():
            return "constraint"
        case _:
            assert_never(element)
