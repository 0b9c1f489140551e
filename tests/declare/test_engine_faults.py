from datetime import datetime

import pytest
from pydantic import BaseModel

from moose_dagster import (
    BufferEngine,
    ClickHouseEngines,
    CollapsingMergeTreeEngine,
    DistributedEngine,
    EmbeddedRocksDBEngine,
    IcebergS3Engine,
    Int8,
    JoinEngine,
    KafkaEngine,
    Key,
    LogEngine,
    MemoryEngine,
    NullEngine,
    OlapConfig,
    OlapTable,
    OtherEngine,
    ReplicatedMergeTreeEngine,
    ReplicatedReplacingMergeTreeEngine,
    S3Engine,
    S3QueueEngine,
    SummingMergeTreeEngine,
    TableIndex,
    TableProjection,
    VersionedCollapsingMergeTreeEngine,
)


class Event(BaseModel):
    id: Key[int]
    at: datetime
    amount: float
    sign: Int8
    total: int


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"engine": OtherEngine("MySQL('h:1', 'd', 't', 'u', 'hush')")},
            [
                (
                    "t: a password or key of MySQL is plain text in the code; write OtherEngine("
                    "\"MySQL('h:1', 'd', 't', 'u', '[HIDDEN]')\", "
                    '[Secret("NAME")]) with a Secret for each [HIDDEN].'
                )
            ],
        ),
        (
            {"engine": ClickHouseEngines.Kafka},
            ["t: ClickHouseEngines.Kafka needs arguments; write KafkaEngine(...)."],
        ),
        (
            {"engine": MemoryEngine(), "deduplicate": True},
            ["t: deduplicate=True means ReplacingMergeTree, and engine is Memory; keep one."],
        ),
        (
            {
                "engine": MemoryEngine(),
                "order_by_fields": ["id"],
                "ttl": "at",
                "indexes": [TableIndex("i", "id", "minmax")],
            },
            [
                (
                    "t.order_by_fields: Memory takes no ORDER BY; take it out or choose "
                    "another engine."
                ),
                "t.ttl: Memory takes no TTL; take it out or choose another engine.",
                "t.indexes: Memory takes no indexes; take it out or choose another engine.",
            ],
        ),
        (
            {"engine": LogEngine(), "projections": [TableProjection("p", "SELECT id")]},
            ["t.projections: Log takes no projections; take it out or choose another engine."],
        ),
        (
            {"engine": NullEngine(), "settings": {"a": 1}},
            ["t.settings: Null takes no SETTINGS; take it out or choose another engine."],
        ),
        (
            {"engine": SummingMergeTreeEngine(["amounts"])},
            ["t: columns='amounts' is not a column; did you mean amount?"],
        ),
        (
            {"engine": SummingMergeTreeEngine(["id"])},
            ["t: columns='id' is in the sorting key; take it out of one of the two."],
        ),
        (
            {"engine": CollapsingMergeTreeEngine("total")},
            ["t: sign='total' is Int64; declare it as Int8."],
        ),
        ({"engine": CollapsingMergeTreeEngine()}, ["t: CollapsingMergeTree needs sign; give it."]),
        (
            {"engine": ClickHouseEngines.CollapsingMergeTree},
            ["t: CollapsingMergeTree needs sign; give it."],
        ),
        (
            {"engine": VersionedCollapsingMergeTreeEngine(sign="sign", ver="att")},
            ["t: ver='att' is not a column; did you mean at?"],
        ),
        (
            {"engine": ReplicatedMergeTreeEngine("/t")},
            ["t: keeper_path and replica_name go together; give both or neither."],
        ),
        (
            {"engine": ReplicatedReplacingMergeTreeEngine(is_deleted="total")},
            [
                "t: is_deleted needs ver; ClickHouse must know which row is the last.",
                "t: is_deleted='total' is Int64; declare it as UInt8.",
            ],
        ),
        (
            {"engine": JoinEngine("SOME", "OUTER", ["ids"])},
            [
                "t: strictness='SOME' is not one of ANY, ALL, SEMI, ANTI; choose one.",
                "t: type='OUTER' is not one of INNER, LEFT, RIGHT, FULL; choose one.",
                "t: keys='ids' is not a column; did you mean id?",
            ],
        ),
        (
            {"engine": JoinEngine("ANY", "LEFT", [])},
            ["t: Join needs keys; name the columns of the USING."],
        ),
        (
            {"engine": BufferEngine("d", "", 16, 1, 2, 3, 4, 5, 6, flush_rows=1)},
            [
                "t: Buffer needs target_table; give it.",
                "t: flush_time, flush_rows and flush_bytes are given in this order; fill the gap.",
            ],
        ),
        (
            {"engine": DistributedEngine("c", "d", "t", policy_name="p")},
            ["t: policy_name needs sharding_key, the argument before it; give it as well."],
        ),
        (
            {"engine": S3Engine("s3://b/a", "CSV", "id", "secret")},
            [
                (
                    "t: aws_secret_access_key is plain text in the code; "
                    "write Secret('AWS_SECRET_ACCESS_KEY')."
                )
            ],
        ),
        (
            {"engine": S3QueueEngine("s3://b/a", "CSV", "id", headers={"X": "y"})},
            [
                "t: aws_access_key_id and aws_secret_access_key go together; give both or neither.",
                "t: the server hides the header X, so the code must as well; write Secret(...).",
            ],
        ),
        (
            {"engine": IcebergS3Engine("s3://b/a", "CSV")},
            ["t: format='CSV' is not a format of Iceberg; write Parquet or ORC."],
        ),
        (
            {
                "engine": KafkaEngine("b", "t", "g", ""),
                "settings": {"kafka_sasl_password": "secret"},
            },
            [
                (
                    "t.settings: kafka_sasl_password is plain text in the code; "
                    "write Secret('KAFKA_SASL_PASSWORD')."
                ),
                "t: Kafka needs format; give it.",
            ],
        ),
        (
            {"engine": OtherEngine("Redis('h') PRIMARY KEY id")},
            [
                (
                    "t: OtherEngine(\"Redis('h') PRIMARY KEY id\") is not an engine; "
                    "write Name or Name(arguments)."
                )
            ],
        ),
        (
            {"engine": OtherEngine("Redis('h', 0, '[HIDDEN]')")},
            ["t: Redis hides 1 value and has 0 secrets; give one each."],
        ),
        (
            {"engine": EmbeddedRocksDBEngine(read_only=True), "order_by_fields": ["id"]},
            [
                "t: read_only needs rocksdb_dir, the argument before it; give it as well.",
                (
                    "t.order_by_fields: EmbeddedRocksDB takes no ORDER BY; take it out "
                    "or choose another engine."
                ),
            ],
        ),
    ],
    ids=str,
)
def test_an_engine_that_can_not_work_is_a_fault(config, expected, faults_of):
    assert faults_of(OlapTable[Event]("t", OlapConfig(**config))) == expected


class Keyless(BaseModel):
    id: int


def test_an_engine_that_finds_rows_by_their_key_needs_one(faults_of):
    assert faults_of(OlapTable[Keyless]("t", OlapConfig(engine=EmbeddedRocksDBEngine()))) == [
        (
            "t: EmbeddedRocksDB needs a primary key; mark a field with Key or give "
            "primary_key_expression."
        )
    ]
