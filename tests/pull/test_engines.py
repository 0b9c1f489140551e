"""Engines as Python."""

from itertools import count

import pytest

from moose_dagster import (
    DistributedEngine,
    GraphiteMergeTreeEngine,
    KafkaEngine,
    OlapConfig,
    OtherEngine,
    ReplacingMergeTreeEngine,
    ReplicatedGraphiteMergeTreeEngine,
    ReplicatedMergeTreeEngine,
    ReplicatedReplacingMergeTreeEngine,
    ReplicatedSummingMergeTreeEngine,
    Secret,
)
from moose_dagster.declare.table_engine import engine_of, secrets_of
from moose_dagster.pull.engines import engine_node
from moose_dagster.pull.layout import flat
from moose_dagster.sql.parse import parse_storage

WORDS = {
    "DistributedEngine": DistributedEngine,
    "GraphiteMergeTreeEngine": GraphiteMergeTreeEngine,
    "KafkaEngine": KafkaEngine,
    "OtherEngine": OtherEngine,
    "ReplicatedGraphiteMergeTreeEngine": ReplicatedGraphiteMergeTreeEngine,
    "ReplicatedMergeTreeEngine": ReplicatedMergeTreeEngine,
    "ReplicatedReplacingMergeTreeEngine": ReplicatedReplacingMergeTreeEngine,
    "ReplicatedSummingMergeTreeEngine": ReplicatedSummingMergeTreeEngine,
    "ReplacingMergeTreeEngine": ReplacingMergeTreeEngine,
    "Secret": Secret,
}


def written(live):
    numbers = count(1)
    return flat(engine_node(parse_storage(live).engine, lambda: f'Secret("S{next(numbers)}")'))


@pytest.mark.parametrize(
    ("live", "python"),
    [
        (
            "ReplacingMergeTree(v, `is deleted`)",
            'ReplacingMergeTreeEngine(ver="v", is_deleted="is deleted")',
        ),
        ("GraphiteMergeTree('rollup')", 'GraphiteMergeTreeEngine(config_section="rollup")'),
        (
            "Distributed('c', 'd', 't', k, 'p')",
            (
                'DistributedEngine(cluster="c", target_database="d", target_table="t", '
                'sharding_key="k", policy_name="p")'
            ),
        ),
        (
            "Kafka('b:9092', 'topic', 'group', 'JSONEachRow')",
            (
                'KafkaEngine(broker_list="b:9092", topic_list="topic", '
                'group_name="group", format="JSONEachRow")'
            ),
        ),
        (
            "ReplicatedMergeTree('/clickhouse/{uuid}', '{replica}')",
            (
                'ReplicatedMergeTreeEngine(keeper_path="/clickhouse/{uuid}", '
                'replica_name="{replica}")'
            ),
        ),
        (
            "ReplicatedReplacingMergeTree('/c/{uuid}', 'r', ver, `is deleted`)",
            (
                'ReplicatedReplacingMergeTreeEngine(keeper_path="/c/{uuid}", replica_name="r", '
                'ver="ver", is_deleted="is deleted")'
            ),
        ),
        (
            "ReplicatedSummingMergeTree('/c', 'r', (a, b))",
            (
                'ReplicatedSummingMergeTreeEngine(keeper_path="/c", replica_name="r", '
                'columns=["a", "b"])'
            ),
        ),
        (
            "ReplicatedGraphiteMergeTree('/c', 'r', 'rollup')",
            (
                'ReplicatedGraphiteMergeTreeEngine(keeper_path="/c", replica_name="r", '
                'config_section="rollup")'
            ),
        ),
        (
            "ReplicatedMergeTree('/c', 'r', extra)",
            "OtherEngine(\"ReplicatedMergeTree('/c', 'r', extra)\")",
        ),
        (
            "S3('http://s3/x', 'key', '[HIDDEN]', 'CSV')",
            "OtherEngine(\"S3('http://s3/x', 'key', '[HIDDEN]', 'CSV')\", [Secret(\"S1\")])",
        ),
        (
            "Some('h:1', '[HIDDEN]', f('a' = '[HIDDEN]'))",
            (
                "OtherEngine(\"Some('h:1', '[HIDDEN]', f('a' = '[HIDDEN]'))\", "
                '[Secret("S1"), Secret("S2")])'
            ),
        ),
        ("Kafka", 'OtherEngine("Kafka")'),
        (
            "Kafka(config, kafka_topic_list = 't')",
            "OtherEngine(\"Kafka(config, kafka_topic_list = 't')\")",
        ),
        ("SomethingNew(1, x = 2)", 'OtherEngine("SomethingNew(1, x = 2)")'),
    ],
)
def test_an_engine_is_written_so_that_it_is_that_engine(live, python):
    assert written(live) == python

    config = OlapConfig(engine=eval(python, WORDS))  # noqa: S307 - the literal above
    assert engine_of(config, "shop") == parse_storage(live).engine
    assert len(secrets_of(config)) == live.count("[HIDDEN]")


def test_a_merge_tree_needs_no_words():
    assert engine_node(parse_storage("MergeTree ORDER BY id").engine, lambda: "") is None


def test_an_engine_of_clickhouse_cloud_is_written_as_the_plain_one_of_which_it_is_made():
    shared = parse_storage("SharedReplacingMergeTree('/c/{uuid}', '{replica}', ver)").engine

    assert flat(engine_node(shared, lambda: "")) == 'ReplacingMergeTreeEngine(ver="ver")'
    assert (
        engine_node(parse_storage("SharedMergeTree('/c/{uuid}', '{replica}')").engine, str) is None
    )
