"""Topics under the three life cycles, on a real broker through confluent-kafka."""

import os
import time

import pytest
from scenarios.cluster import DP, EM, FM, Message
from scenarios.database import declared

from moose_dagster import (
    IngestPipeline,
    IngestPipelineConfig,
    OlapConfig,
    Options,
    Project,
    ServerUnreachable,
    plan_for,
    reconcile,
)
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka

HOUR = 3_600_000


@pytest.mark.parametrize(("life_cycle", "verdict"), [(FM, "APPLY"), (DP, "APPLY"), (EM, "DRIFT")])
def test_48_a_missing_topic_is_created_unless_it_is_external(cluster, life_cycle, verdict):
    events = cluster.declared(
        "events",
        life_cycle,
        parallelism=4,
        retention_period=60,
        replication_factor=1,
        topic_config={"segment.ms": 9000},
    )

    assert cluster.plan(events) == {"topic": verdict}
    cluster.reconcile(events)

    if life_cycle is EM:
        assert cluster.layout("events") is None
        return
    assert cluster.layout("events").partitions == 4
    assert cluster.config("events", "retention.ms") == "60000"
    assert cluster.config("events", "segment.ms") == "9000"
    assert cluster.plan(events) == {}


def test_49_a_live_topic_with_other_config_is_seen(cluster):
    cluster.live("events", retention_ms="1000")

    assert cluster.plan(cluster.declared("events", parallelism=3, retention_period=60)) == {
        "retention.ms": "APPLY"
    }


def test_50_other_overrides_stay_as_they_are(cluster):
    cluster.live("events", cleanup_policy="compact", max_message_bytes="5000", retention_ms="1000")

    cluster.reconcile(cluster.declared("events", DP, retention_period=60))

    assert cluster.writes() == ["configs events"]
    assert cluster.config("events", "retention.ms") == "60000"
    assert cluster.config("events", "cleanup.policy") == "compact"
    assert cluster.config("events", "max.message.bytes") == "5000"


def test_51_a_shorter_retention_is_blocked_when_messages_would_go(cluster):
    cluster.live("events", retention_ms=str(10 * HOUR), segment_ms=str(10 * HOUR))
    cluster.produce("events", 6, age_ms=2 * HOUR)
    cluster.produce("events", 4)
    one_hour = cluster.declared("events", DP, retention_period=3600)
    three_hours = cluster.declared("events", DP, retention_period=3 * 3600)

    plan_result = cluster.plan_result(one_hour)

    assert [step.verdict.value for step in plan_result.plan.steps] == ["BLOCK"]
    assert "6 messages would be deleted" in plan_result.plan.steps[0].reason
    assert cluster.plan(three_hours) == {"retention.ms": "APPLY"}
    cluster.reconcile(three_hours)
    assert cluster.messages("events") == 10


def test_52_partitions_are_added_and_the_plan_says_that_keys_move(cluster):
    cluster.live("events", partitions=3)
    events = cluster.declared("events", DP, parallelism=6)

    plan_result = cluster.plan_result(events)
    cluster.reconcile(events)

    assert "no message moves, but later messages of a key" in plan_result.plan.steps[0].reason
    assert cluster.layout("events").partitions == 6
    assert cluster.plan(events) == {}


def test_53_an_empty_topic_is_created_again_with_fewer_partitions(cluster):
    cluster.live("events", partitions=6)

    assert cluster.plan(cluster.declared("events", DP, parallelism=3)) == {"partitions": "BLOCK"}
    cluster.reconcile(cluster.declared("events", parallelism=3))

    assert cluster.layout("events").partitions == 3


def test_53_a_topic_created_again_sets_what_it_set_before_and_leaves_the_rest_to_the_broker(
    cluster,
):
    cluster.live("events", partitions=6, retention_ms="1000000", segment_bytes="2000000")

    cluster.reconcile(
        cluster.declared("events", parallelism=3, topic_config={"retention.ms": 2000000})
    )

    configs = cluster.kafka.configs([cluster.name("events")]).found[cluster.name("events")]
    assert {name: config.value for name, config in configs.items() if config.is_override} == {
        "retention.ms": "2000000",
        "segment.bytes": "2000000",
    }


def test_53_a_topic_with_messages_is_not_and_tables_go_on(cluster, db):
    cluster.live("events", partitions=6)
    cluster.produce("events", 5)
    events = cluster.declared("events", parallelism=3)
    project = Project("tests", [events, declared("orders", "id UInt64")], database=db.database)

    outcome = reconcile(project, db.clickhouse, Options(**db.options), kafka=cluster.kafka)

    blocked = [step.reason for step in outcome.before.plan.steps if step.verdict.value == "BLOCK"]
    assert len(blocked) == 1
    assert "holds 5 messages" in blocked[0]
    assert db.value("EXISTS TABLE shop.orders") == 1
    assert cluster.layout("events").partitions == 6
    cluster.reconcile(events, recreate_topics=True)
    assert (cluster.layout("events").partitions, cluster.messages("events")) == (3, 0)


def test_54_another_replication_factor_is_reported_and_stops_nothing_else(cluster):
    cluster.live("events", partitions=3)
    events = cluster.declared("events", replication_factor=3, parallelism=4)

    assert cluster.plan(events) == {"partitions": "APPLY", "replication factor": "BLOCK"}
    cluster.reconcile(events)

    assert cluster.layout("events").partitions == 4


@pytest.mark.parametrize(
    ("life_cycle", "steps", "exists"),
    [(FM, ["APPLY"], False), (DP, ["BLOCK"], True), (EM, [], True)],
)
def test_55_a_topic_gone_from_code_keeps_its_life_cycle(cluster, db, life_cycle, steps, exists):
    cluster.live("events")
    clicks = cluster.declared("clicks")
    options = db.options
    cluster.reconcile(
        clicks, cluster.declared("events", life_cycle), clickhouse=db.clickhouse, **options
    )

    for _ in range(2 if life_cycle is DP else 1):
        outcome = cluster.reconcile(clicks, clickhouse=db.clickhouse, prune=True, **options)
        assert [step.verdict.value for step in outcome.before.plan.steps] == steps

    assert (cluster.layout("events") is not None) is exists


def test_55_without_a_ledger_nothing_is_ever_deleted_and_the_plan_says_so(cluster):
    cluster.live("events")
    cluster.reconcile(cluster.declared("events"), cluster.declared("kept"))

    plan_result = cluster.plan_result(cluster.declared("kept"), prune=True)

    assert plan_result.plan.steps == ()
    assert "never deleted" in plan_result.plan.notes[0]


def test_56_an_external_topic_that_differs_is_named_and_never_written(cluster):
    cluster.live("events", partitions=3, retention_ms="1000")
    streams = [
        cluster.declared("events", EM, parallelism=6, retention_period=60),
        cluster.declared("missing", EM),
    ]

    outcome = cluster.reconcile(*streams, prune=True)

    found = [
        (step.resource.name.partition(".")[2], step.verdict.value)
        for step in outcome.before.plan.steps
    ]
    assert found == [("events", "DRIFT"), ("events", "DRIFT"), ("missing", "DRIFT")]
    assert cluster.writes() == []


def test_a_topic_that_is_refused_stops_no_other(cluster):
    cluster.live("big", max_message_bytes="5000")
    bad = cluster.declared("bad", topic_config={"min.insync.replicas": 0})

    outcome = reconcile(
        cluster.project(bad, cluster.declared("good")), None, Options(), kafka=cluster.kafka
    )

    assert [result.action.resource.name for result in outcome.failures] == [cluster.name("bad")]
    assert outcome.failures[0].code == 40
    assert cluster.layout("good") is not None


SPELLINGS = [
    ("cleanup.policy", "delete, compact", "compact,delete"),
    ("follower.replication.throttled.replicas", "1:1,0:1", "0:1, 1:1"),
    ("min.cleanable.dirty.ratio", "0.50", "0.5"),
    ("min.cleanable.dirty.ratio", 1, "1.0"),
    ("min.cleanable.dirty.ratio", 0.0001, "1.0E-4"),
    ("preallocate", "True", "true"),
    ("retention.ms", "0600000", "600000"),
]


@pytest.mark.parametrize(("name", "declared", "live"), SPELLINGS)
def test_a_config_in_any_spelling_is_equal_to_what_the_broker_shows(cluster, name, declared, live):
    cluster.live("live", **{name: live})
    streams = [
        cluster.declared(topic, DP, topic_config={name: declared}) for topic in ("live", "new")
    ]

    assert cluster.plan(streams[0]) == {}
    cluster.reconcile(*streams)
    assert cluster.plan(*streams) == {}


def test_a_second_run_sends_nothing(cluster):
    streams = [cluster.declared("a", parallelism=2, retention_period=60), cluster.declared("b", DP)]
    cluster.reconcile(*streams)
    cluster.writes()

    assert cluster.reconcile(*streams, prune=True).results == ()
    assert cluster.writes() == []


def test_a_dry_run_writes_nothing(cluster):
    cluster.live("a", partitions=3)

    for life_cycle in (FM, DP, EM):
        cluster.plan_result(
            cluster.declared("a", life_cycle, parallelism=6), cluster.declared("b", life_cycle)
        )

    assert cluster.writes() == []


def test_a_pipeline_is_a_table_a_topic_and_a_dead_letter_queue(cluster, db):
    config = IngestPipelineConfig(table=OlapConfig(order_by_fields=["id"]), life_cycle=DP)
    pipeline = IngestPipeline[Message](cluster.name("events").replace(".", "_"), config)
    project = Project("tests", [pipeline], database=db.database)

    outcome = reconcile(project, db.clickhouse, Options(**db.options), kafka=cluster.kafka)

    assert outcome.failures == ()
    assert {type(result.action).__name__ for result in outcome.results} == {"Action", "TopicAction"}
    assert (
        plan_for(project, db.clickhouse, Options(**db.options), kafka=cluster.kafka).plan.steps
        == ()
    )


def test_a_cluster_that_is_down_is_an_error_and_stops_no_table(cluster, db):
    project = Project(
        "tests", [cluster.declared("events"), declared("orders", "id UInt64")], database=db.database
    )
    nowhere = KafkaAddress("127.0.0.1:9", {"socket.timeout.ms": "500"})

    with connect_kafka(nowhere, seconds=1) as kafka:
        outcome = reconcile(project, db.clickhouse, Options(**db.options), kafka=kafka)
        with pytest.raises(ServerUnreachable, match="Kafka did not answer"):
            plan_for(cluster.project(cluster.declared("events")), kafka=kafka)

    assert db.value("EXISTS TABLE shop.orders") == 1
    assert [type(problem) for problem in outcome.after.problems] == [ServerUnreachable]


@pytest.mark.skipif(
    "MOOSE_TEST_KAFKA" in os.environ,
    reason="Apache Kafka looks for old segments every five minutes",
)
def test_a_shortened_retention_really_deletes(cluster):
    cluster.live("events", partitions=1, retention_ms=str(10 * HOUR))
    cluster.produce("events", 6, age_ms=2 * HOUR)

    cluster.reconcile(cluster.declared("events", retention_period=3600))

    until = time.monotonic() + 60
    while cluster.messages("events") and time.monotonic() < until:
        time.sleep(0.5)
    assert cluster.messages("events") == 0
