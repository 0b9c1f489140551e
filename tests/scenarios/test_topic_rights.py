"""What a principal may not see is neither missing nor gone, and the missing right is named."""

from contextlib import contextmanager

import pytest
from scenarios.cluster import DP, EM, FM, Cluster
from systems.kafka_cluster import kafka_with

from moose_dagster import Options, plan_for, reconcile
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects, Denial


@contextmanager
def without(folder, *rights, topic="*"):
    """Yield a cluster whose user lacks *rights* on topics whose name is *topic*."""
    effects = ClusterEffects(denials=(Denial("User:ANONYMOUS", frozenset(rights), topic),))
    with kafka_with(folder, effects) as address, connect_kafka(KafkaAddress(address)) as kafka:
        yield Cluster(address, kafka)


@pytest.mark.parametrize("life_cycle", [FM, DP, EM])
@pytest.mark.parametrize("exists", [True, False])
def test_a_topic_that_may_not_be_described_is_not_taken_for_missing(tmp_path, life_cycle, exists):
    with without(tmp_path, "Describe", topic="secret") as cluster:
        cluster.prefix = ""
        if exists:
            cluster.kafka.connected.create([("secret", cluster.layout_of(3), {})])
        streams = [cluster.declared("open"), cluster.declared("secret", life_cycle)]

        outcome = reconcile(cluster.project(*streams), None, Options(), kafka=cluster.kafka)

        assert cluster.writes() == ["create open"]
        (problem,) = outcome.after.problems
        assert str(problem).startswith("secret: ")
        assert "the principal needs the right Describe" in str(problem)


def test_a_topic_whose_configs_may_not_be_described_is_not_changed(tmp_path):
    with without(tmp_path, "DescribeConfigs") as cluster:
        cluster.kafka.connected.create([(cluster.name("events"), cluster.layout_of(3), {})])
        events = cluster.declared("events", parallelism=5, retention_period=60)

        outcome = reconcile(cluster.project(events), None, Options(), kafka=cluster.kafka)

        assert cluster.writes() == []
        (problem,) = outcome.after.problems
        assert "the principal needs the right DescribeConfigs" in str(problem)


def test_a_topic_that_may_not_be_described_any_more_stays_in_the_ledger(tmp_path, db):
    options = Options(**db.options)
    with without(tmp_path / "kafka", topic="none") as cluster:
        cluster.prefix = "shop."
        rest = cluster.declared("kept")
        secret = cluster.declared("secret", DP)
        cluster.reconcile(rest, secret, clickhouse=db.clickhouse, **db.options)

    with without(tmp_path / "kafka", "Describe", topic="shop.secret") as cluster:
        reconcile(cluster.project(rest), db.clickhouse, options, kafka=cluster.kafka)

    with without(tmp_path / "kafka", topic="none") as cluster:
        after = plan_for(cluster.project(rest), db.clickhouse, options, kafka=cluster.kafka)

    assert [str(step.resource) for step in after.plan.steps] == ["shop.secret"]


@pytest.mark.parametrize(
    ("right", "partitions", "retention"),
    [("Create", None, 60), ("Alter", 2, 60), ("AlterConfigs", 4, 30)],
)
def test_a_right_that_a_change_needs_is_named(tmp_path, right, partitions, retention):
    with without(tmp_path, right) as cluster:
        if partitions:
            cluster.live("events", partitions, retention_ms="60000")
        events = cluster.declared("events", parallelism=4, retention_period=retention)

        outcome = reconcile(cluster.project(events), None, Options(), kafka=cluster.kafka)

        (failure,) = outcome.failures
        assert failure.error.endswith(f"the principal needs the right {right}")


def test_a_created_topic_whose_configs_may_not_be_described_is_not_awaited(tmp_path):
    with without(tmp_path, "DescribeConfigs") as cluster:
        events = cluster.declared("events", retention_period=60)

        outcome = reconcile(cluster.project(events), None, Options(), kafka=cluster.kafka)

        (failure,) = outcome.failures
        assert "the principal needs the right DescribeConfigs" in failure.error
        assert failure.milliseconds < 5000
