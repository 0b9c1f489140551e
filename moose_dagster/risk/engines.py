"""What each table engine can take: ALTER, RENAME COLUMN, and a rebuild. Measured on ClickHouse 26.9."""

_NO_TABLES = frozenset({"View", "MaterializedView", "LiveView", "WindowView", "Dictionary", ""})
_ALTERED = frozenset({"Memory", "Null", "Buffer", "Merge", "Distributed"})
_STORING = frozenset({"Memory", "Log", "TinyLog", "StripeLog", "EmbeddedRocksDB", "Join"})
# Rows outside the server or nowhere: a table made anew in its place reads the same ones.
_STATELESS = frozenset(
    {"Null", "Merge", "Distributed", "Buffer", "GenerateRandom", "URL", "S3", "HDFS", "AzureBlobStorage", "GCS", "COSN",
     "OSS", "Iceberg", "IcebergS3", "IcebergAzure", "IcebergHDFS", "DeltaLake", "DeltaLakeS3", "DeltaLakeAzure", "Hudi",
     "Kafka", "S3Queue", "AzureQueue", "RabbitMQ", "NATS", "MySQL", "PostgreSQL", "MongoDB", "ODBC", "JDBC", "Redis",
     "ExternalDistributed", "Executable", "ExecutablePool"}
)  # fmt: skip


def is_table(engine: str) -> bool:
    """Tell whether *engine* is that of a table, and not of a view or a dictionary that stands under its name."""
    return engine not in _NO_TABLES


def is_merge_tree(engine: str) -> bool:
    """Tell whether *engine* is of the MergeTree family, Replicated and Shared twins included."""
    return engine.endswith("MergeTree")


def alters_columns(engine: str) -> bool:
    """Tell whether a table of *engine* takes ADD, MODIFY and DROP COLUMN; comments are taken by all."""
    return is_merge_tree(engine) or engine in _ALTERED


def renames_columns(engine: str) -> bool:
    """Tell whether a table of *engine* takes RENAME COLUMN."""
    return is_merge_tree(engine) or engine == "Memory"


def stores_rows(engine: str) -> bool:
    """Tell whether a table of *engine* holds rows that a rebuild can copy."""
    return is_merge_tree(engine) or engine in _STORING


def is_stateless(engine: str) -> bool:
    """Tell whether a table of *engine* holds no rows of its own."""
    return engine in _STATELESS
