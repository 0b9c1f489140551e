"""Live topics as streams."""

from dataclasses import replace

import pytest

from moose_dagster import plan_for
from moose_dagster.pull import PullOptions, pull


@pytest.fixture
def options(cluster, folder):
    return PullOptions(include=(f"{cluster.prefix}*",), folder=folder)


def steps_of(plan_result):
    return [step.reason for step in plan_result.plan.steps]


def test_the_plan_of_pulled_topics_is_empty(cluster, options, imported):
    cluster.live("clicks", partitions=3, retention_ms="86400000", cleanup_policy="compact,delete")
    cluster.live(
        "odd-1",
        partitions=1,
        retention_ms="1500",
        max_message_bytes="1000",
        min_cleanable_dirty_ratio="0.1",
    )
    cluster.live("plain", partitions=2, preallocate="true", retention_ms="-1")

    for managed in (False, True):
        result = pull(None, cluster.kafka, replace(options, managed=managed))
        project = imported().project

        assert result.topics == tuple(cluster.name(name) for name in ("clicks", "odd-1", "plain"))
        assert steps_of(plan_for(project, kafka=cluster.kafka)) == []
    assert [write for write in cluster.kafka.writes if not write.startswith("create")] == []


def test_a_stream_says_what_the_topic_sets_itself_and_nothing_else(cluster, options):
    cluster.live(
        "clicks",
        partitions=3,
        retention_ms="86400000",
        cleanup_policy="compact",
        preallocate="true",
    )

    text = pull(None, cluster.kafka, options).files["streams.py"]

    assert (
        "    # Kafka keeps no schema: write the fields of a message in place of this one.\n" in text
    )
    assert text.endswith(
        f"""(
    "{cluster.name("clicks")}",
    StreamConfig(
        parallelism=3,
        retention_period=86400,
        replication_factor=1,
        topic_config={{"cleanup.policy": "compact", "preallocate": True}},
        life_cycle=LifeCycle.EXTERNALLY_MANAGED,
    ),
)
"""
    )


def test_topics_of_the_broker_are_not_pulled(cluster, options):
    cluster.live("clicks")

    result = pull(None, cluster.kafka, replace(options, include=()))

    assert cluster.name("clicks") in result.topics
    assert not [topic for topic in result.topics if topic.startswith("__")]
