from datetime import datetime

import dagster as dg
import pytest
from lacking import on_a_server
from pydantic import BaseModel

from moose_dagster import (
    AggregatingMergeTreeEngine,
    AzureQueueEngine,
    BufferEngine,
    ClickHouseEngines,
    CoalescingMergeTreeEngine,
    CollapsingMergeTreeEngine,
    DeclarationError,
    DistributedEngine,
    EmbeddedRocksDBEngine,
    FileEngine,
    GraphiteMergeTreeEngine,
    IcebergS3Engine,
    Int8,
    JoinEngine,
    KafkaEngine,
    Key,
    LogEngine,
    MemoryEngine,
    MergeEngine,
    MergeTreeEngine,
    NullEngine,
    OlapConfig,
    OlapTable,
    OtherEngine,
    Project,
    ReplicatedCollapsingMergeTreeEngine,
    ReplicatedMergeTreeEngine,
    ReplicatedReplacingMergeTreeEngine,
    ReplicatedSummingMergeTreeEngine,
    ReplicatedVersionedCollapsingMergeTreeEngine,
    S3Engine,
    S3QueueEngine,
    Secret,
    SetEngine,
    SharedMergeTreeEngine,
    SharedReplacingMergeTreeEngine,
    StripeLogEngine,
    SummingMergeTreeEngine,
    TinyLogEngine,
    URLEngine,
    VersionedCollapsingMergeTreeEngine,
    moose_runtime_env,
)
from moose_dagster.sql.create import create_table, storage, with_secrets


class Event(BaseModel):
    id: Key[int]
    at: datetime
    amount: float
    sign: Int8
    total: int


def desired(**config):
    return Project("shop", [OlapTable[Event]("t", OlapConfig(**config))]).desired


def the_storage(**config):
    [table] = desired(**config).state.tables.values()
    return storage(table)


SECRET = Secret("KEY")
CREATABLE = [
    ({"engine": MergeTreeEngine()}, "MergeTree ORDER BY id"),
    ({"engine": AggregatingMergeTreeEngine()}, "AggregatingMergeTree ORDER BY id"),
    ({"engine": SummingMergeTreeEngine()}, "SummingMergeTree ORDER BY id"),
    ({"engine": SummingMergeTreeEngine(["amount"])}, "SummingMergeTree(amount) ORDER BY id"),
    (
        {"engine": SummingMergeTreeEngine(columns=["amount", "total"])},
        "SummingMergeTree((amount, total)) ORDER BY id",
    ),
    ({"engine": CoalescingMergeTreeEngine(["amount"])}, "CoalescingMergeTree(amount) ORDER BY id"),
    ({"engine": CollapsingMergeTreeEngine("sign")}, "CollapsingMergeTree(sign) ORDER BY id"),
    (
        {"engine": VersionedCollapsingMergeTreeEngine(sign="sign", ver="at")},
        "VersionedCollapsingMergeTree(sign, at) ORDER BY id",
    ),
    ({"engine": ClickHouseEngines.SummingMergeTree}, "SummingMergeTree ORDER BY id"),
    (
        {"engine": MemoryEngine(), "settings": {"max_rows_to_keep": 10}},
        "Memory SETTINGS max_rows_to_keep = 10",
    ),
    ({"engine": ClickHouseEngines.Memory}, "Memory"),
    ({"engine": LogEngine()}, "Log"),
    (
        {"engine": TinyLogEngine(), "settings": {"disk": "default"}},
        "TinyLog SETTINGS disk = 'default'",
    ),
    ({"engine": StripeLogEngine()}, "StripeLog"),
    ({"engine": SetEngine(), "settings": {"persistent": False}}, "Set SETTINGS persistent = 0"),
    ({"engine": JoinEngine("any", "LEFT", ["id", "total"])}, "Join(ANY, LEFT, id, total)"),
    (
        {"engine": BufferEngine("default", "o", 16, 1, 2, 3, 4, 5, 6)},
        "Buffer('default', 'o', 16, 1, 2, 3, 4, 5, 6)",
    ),
    (
        {"engine": BufferEngine("default", "o", 16, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
        "Buffer('default', 'o', 16, 1, 2, 3, 4, 5, 6, 7, 8, 9)",
    ),
    ({"engine": MergeEngine("default", "^o")}, "Merge('default', '^o')"),
    ({"engine": MergeEngine("REGEXP('^d')", "^o")}, "Merge(REGEXP('^d'), '^o')"),
    ({"engine": EmbeddedRocksDBEngine()}, "EmbeddedRocksDB PRIMARY KEY id"),
    (
        {"engine": EmbeddedRocksDBEngine(ttl=10), "primary_key_expression": "(id, at)"},
        "EmbeddedRocksDB(10) PRIMARY KEY (id, at)",
    ),
    ({"engine": FileEngine("CSV")}, "File('CSV')"),
    (
        {"engine": URLEngine("http://127.0.0.1:1/a.csv", "CSV")},
        "URL('http://127.0.0.1:1/a.csv', 'CSV')",
    ),
    (
        {"engine": URLEngine("http://127.0.0.1:1/a", "CSV", "gzip", headers={"X-Key": SECRET})},
        "URL('http://127.0.0.1:1/a', 'CSV', 'gzip', headers('X-Key' = '[HIDDEN]'))",
    ),
    (
        {
            "engine": S3Engine(
                "http://127.0.0.1:1/box/a.csv", "CSV", "id", SECRET, compression="gzip"
            )
        },
        "S3('http://127.0.0.1:1/box/a.csv', 'id', '[HIDDEN]', 'CSV', 'gzip')",
    ),
    (
        {
            "engine": S3Engine(
                "http://127.0.0.1:1/box/a", "CSV", "id", SECRET, aws_session_token=Secret("TOKEN")
            )
        },
        "S3('http://127.0.0.1:1/box/a', 'id', '[HIDDEN]', '[HIDDEN]', 'CSV')",
    ),
    (
        {"engine": S3Engine("http://127.0.0.1:1/box/a.csv", "CSV", aws_access_key_id="NOSIGN")},
        "S3('http://127.0.0.1:1/box/a.csv', 'NOSIGN', 'CSV')",
    ),
    (
        {
            "engine": S3Engine(
                "http://127.0.0.1:1/box/", "Parquet", "id", SECRET, partition_strategy="hive"
            ),
            "partition_by": "total",
        },
        (
            "S3('http://127.0.0.1:1/box/', 'id', '[HIDDEN]', 'Parquet', "
            "partition_strategy = 'hive') PARTITION BY total"
        ),
    ),
    ({"engine": OtherEngine("GenerateRandom(1, 5, 3)")}, "GenerateRandom(1, 5, 3)"),
    (
        {"engine": OtherEngine("MySQL('127.0.0.1:1', 'd', 't', 'u', '[HIDDEN]')", [SECRET])},
        "MySQL('127.0.0.1:1', 'd', 't', 'u', '[HIDDEN]')",
    ),
    (
        {"engine": OtherEngine("Redis('127.0.0.1:1')"), "primary_key_expression": "id"},
        "Redis('127.0.0.1:1') PRIMARY KEY id",
    ),
]
ONLY_ELSEWHERE = [
    ({"engine": NullEngine()}, "Null"),
    ({"engine": GraphiteMergeTreeEngine()}, "GraphiteMergeTree('graphite_rollup') ORDER BY id"),
    ({"engine": ReplicatedMergeTreeEngine()}, "ReplicatedMergeTree ORDER BY id"),
    (
        {"engine": ReplicatedMergeTreeEngine("/tables/{shard}/t", "{replica}")},
        "ReplicatedMergeTree('/tables/{shard}/t', '{replica}') ORDER BY id",
    ),
    (
        {"engine": ReplicatedReplacingMergeTreeEngine("/t", "{replica}", ver="at")},
        "ReplicatedReplacingMergeTree('/t', '{replica}', at) ORDER BY id",
    ),
    (
        {"engine": ReplicatedSummingMergeTreeEngine(columns=["amount"])},
        "ReplicatedSummingMergeTree(amount) ORDER BY id",
    ),
    (
        {"engine": ReplicatedCollapsingMergeTreeEngine(sign="sign")},
        "ReplicatedCollapsingMergeTree(sign) ORDER BY id",
    ),
    (
        {"engine": ReplicatedVersionedCollapsingMergeTreeEngine(sign="sign", ver="at")},
        "ReplicatedVersionedCollapsingMergeTree(sign, at) ORDER BY id",
    ),
    ({"engine": SharedMergeTreeEngine()}, "SharedMergeTree ORDER BY id"),
    (
        {"engine": SharedReplacingMergeTreeEngine(ver="at")},
        "SharedReplacingMergeTree(at) ORDER BY id",
    ),
    ({"engine": DistributedEngine("main", "shop", "o")}, "Distributed('main', 'shop', 'o')"),
    (
        {"engine": DistributedEngine("main", "currentDatabase()", "o", "rand()", "slow")},
        "Distributed('main', 'default', 'o', rand(), 'slow')",
    ),
    (
        {
            "engine": KafkaEngine("b:9092", "t", "g", "JSONEachRow"),
            "settings": {"kafka_num_consumers": 2, "kafka_sasl_password": SECRET},
        },
        (
            "Kafka('b:9092', 't', 'g', 'JSONEachRow') SETTINGS kafka_num_consumers = 2, "
            "kafka_sasl_password = '[HIDDEN]'"
        ),
    ),
    (
        {
            "engine": S3QueueEngine(
                "s3://b/*.json", "JSONEachRow", "id", SECRET, "gzip", {"X-Key": SECRET}
            ),
            "settings": {"mode": "unordered"},
        },
        (
            "S3Queue('s3://b/*.json', 'id', '[HIDDEN]', 'JSONEachRow', 'gzip', "
            "headers('X-Key' = '[HIDDEN]')) "
            "SETTINGS mode = 'unordered'"
        ),
    ),
    (
        {"engine": AzureQueueEngine(SECRET, "box", "*", "CSV"), "settings": {"mode": "ordered"}},
        "AzureQueue('[HIDDEN]', 'box', '*', 'CSV') SETTINGS mode = 'ordered'",
    ),
    ({"engine": IcebergS3Engine("s3://b/e/", "Parquet")}, "IcebergS3('s3://b/e/', 'Parquet')"),
    (
        {
            "engine": IcebergS3Engine(
                path="s3://b/e/",
                format="ORC",
                aws_access_key_id=moose_runtime_env.get("ID"),
                aws_secret_access_key=moose_runtime_env.get("KEY"),
            )
        },
        "IcebergS3('s3://b/e/', '[HIDDEN]', '[HIDDEN]', 'ORC')",
    ),
]


@pytest.mark.parametrize(("config", "expected"), [*CREATABLE, *ONLY_ELSEWHERE], ids=str)
def test_an_engine_is_written_so(config, expected):
    assert the_storage(**config) == f"ENGINE = {expected}"


@pytest.mark.parametrize(("config", "expected"), [on_a_server(row[1], *row) for row in CREATABLE])
def test_the_server_prints_an_engine_as_it_was_written(config, expected, db):
    [id_] = desired(**config).state.tables
    statement = create_table(desired(**config).state.tables[id_], db.table("t"))

    db.raw(with_secrets(statement, ["it's" for _ in desired(**config).secrets.get(id_, ())]))

    shown = db.value(f"SELECT engine_full FROM system.tables WHERE database = '{db.database}'")
    assert shown.removesuffix(" SETTINGS index_granularity = 8192") == expected


def test_secrets_are_kept_beside_the_state_in_the_order_of_the_statement():
    declarations = desired(
        engine=KafkaEngine(Secret("BROKERS"), "t", "g", "CSV"),
        settings={"kafka_sasl_password": Secret("PASSWORD"), "kafka_keeper_path": "/k"},
    )

    [(id_, secrets)] = declarations.secrets.items()
    assert secrets == (Secret("BROKERS"), Secret("PASSWORD"))
    statement = create_table(declarations.state.tables[id_])
    assert "ENGINE = Kafka('[HIDDEN]', 't', 'g', 'CSV') SETTINGS" in statement
    assert with_secrets(statement, ["b:1", "it's"]).endswith(
        "ENGINE = Kafka('b:1', 't', 'g', 'CSV') SETTINGS kafka_keeper_path = '/k', "
        "kafka_sasl_password = 'it\\'s'"
    )


def test_an_env_var_of_dagster_is_a_secret():
    declarations = desired(
        engine=S3Engine("s3://b/a", "CSV", "id", dg.EnvVar("KEY")),
        settings={"x_password": dg.EnvVar("PASSWORD")},
    )

    [secrets] = declarations.secrets.values()
    assert secrets == (Secret("KEY"), Secret("PASSWORD"))


def test_only_what_follows_the_engine_is_filled_in():
    statement = (
        "CREATE TABLE `a`.`b` (`c` String DEFAULT '[HIDDEN]') ENGINE = Redis('h', 0, "
        "'[HIDDEN]') COMMENT '[HIDDEN]'"
    )

    assert with_secrets(statement, ["[HIDDEN]"]) == statement
    assert with_secrets(statement, ["x"]).endswith(
        "DEFAULT '[HIDDEN]') ENGINE = Redis('h', 0, 'x') COMMENT '[HIDDEN]'"
    )


def test_a_secret_without_a_place_is_an_error():
    with pytest.raises(ValueError, match="1 secret too many for the statement"):
        with_secrets("CREATE TABLE `a`.`b` (`c` String) ENGINE = Memory", ["x"])


def test_a_secret_is_read_from_the_environment_and_shown_nowhere(monkeypatch):
    monkeypatch.setenv("S3_KEY", "topsecret")
    secret = Secret("S3_KEY")
    engine = S3Engine("s3://b/a", "CSV", "id", secret)

    assert secret.read() == "topsecret"
    assert "topsecret" not in f"{secret!r}{engine!r}{desired(engine=engine)!r}"


def test_a_secret_that_is_not_set_says_which(monkeypatch):
    monkeypatch.delenv("S3_KEY", raising=False)

    with pytest.raises(DeclarationError, match="the environment variable S3_KEY is not set"):
        Secret("S3_KEY").read()
