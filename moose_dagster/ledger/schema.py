"""The columns of the library's own tables."""

# `recorded_at` of resources and `at` of rebuilds are the fencing number of the lock: the time at
# which the run that writes took it. What a run writes after it lost the lock is older than what
# the next one has written.
RESOURCES = "resources"
HISTORY = "history"
TRASH = "trash"
REBUILDS = "rebuilds"
LOADS = "loads"

RESOURCES_COLUMNS = """(
    project String, kind LowCardinality(String), database String, name String, uuid String,
    life_cycle LowCardinality(String), fingerprint String, cluster String, run_id String,
    recorded_at DateTime64(6, 'UTC'), removed UInt8, default_database String
) ENGINE = ReplacingMergeTree(recorded_at, removed) ORDER BY (project, kind, database, name)"""
HISTORY_COLUMNS = """(
    project String, run_id String, plan String, database String, name String,
    statement String, sent_at DateTime64(6, 'UTC'), milliseconds UInt64, error String
) ENGINE = MergeTree ORDER BY (project, sent_at)"""
TRASH_COLUMNS = """(
    project String, run_id String, database String, name String,
    kept_database String, kept_name String,
    cluster String, cause LowCardinality(String), reason String,
    kept_at DateTime64(6, 'UTC'), expires_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (project, kept_at)"""
REBUILDS_COLUMNS = """(
    project String, database String, name String, stamp String, position UInt32,
    event LowCardinality(String), detail String, at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (project, stamp, database, name, position)"""
# `version` is the fencing number of the lock, times 4096, and how many entries its holder wrote.
LOADS_COLUMNS = """(
    project String, database String, name String, topic String, partition UInt32, topic_id String,
    next_offset Int64, pending String, loaded UInt64, rejected UInt64, lost UInt64,
    replayed String, run_id String, version UInt64, at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplacingMergeTree(version) ORDER BY (project, database, name, topic, partition)"""
# `project` is the key of an Owner: the project, or `project@environment`.
ADDED_COLUMNS = {RESOURCES: (("default_database", "String"),)}
"""The columns that a table of an earlier version lacks, each with its type."""
LEDGER_TABLES = {
    RESOURCES: RESOURCES_COLUMNS,
    HISTORY: HISTORY_COLUMNS,
    TRASH: TRASH_COLUMNS,
    REBUILDS: REBUILDS_COLUMNS,
    LOADS: LOADS_COLUMNS,
}
