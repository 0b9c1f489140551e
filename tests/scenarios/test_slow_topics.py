"""Topics on a cluster whose leaders come half a second late and whose brokers show the past."""

import pytest
from scenarios.cluster import DP, Cluster
from systems.kafka_cluster import kafka_with

from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects


@pytest.fixture
def slow(tmp_path):
    effects = ClusterEffects(leader_delay_ms=500, stale_ms=500)
    with (
        kafka_with(tmp_path / "kafka", effects) as address,
        connect_kafka(KafkaAddress(address)) as kafka,
    ):
        yield Cluster(address, kafka)


def test_a_created_topic_is_awaited_until_it_can_be_read(slow):
    events = slow.declared("events", parallelism=4, retention_period=60)

    slow.reconcile(events)

    assert slow.messages("events") == 0
    assert slow.plan(events) == {}


def test_a_change_is_awaited_until_it_shows(slow):
    slow.live("events", partitions=2, retention_ms="1000")
    events = slow.declared("events", DP, parallelism=4, retention_period=60)

    slow.reconcile(events)

    assert slow.layout("events").partitions == 4
    assert slow.config("events", "retention.ms") == "60000"
    assert slow.plan(events) == {}


def test_a_topic_is_recreated_with_fewer_partitions(slow):
    slow.live("events", partitions=6)
    events = slow.declared("events", parallelism=3)

    slow.reconcile(events)

    assert slow.layout("events").partitions == 3
    assert slow.plan(events) == {}
