"""The life cycles as literal rows: the verdict on every change of a topic."""

import pytest

from moose_dagster.ddl.topics import requests_of
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.report.rows import row_of
from moose_dagster.risk.probes import Proof
from moose_dagster.testing import a_topic, topic_plan_of, verdicts

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED


def with_config(name, value, **more):
    return a_topic(partitions=3, replication_factor=3, configs={name: value, **more})


LIVE = a_topic(partitions=3, replication_factor=1)
COMPACTED = a_topic(partitions=3, configs={"cleanup.policy": "compact"})

# change, live, desired, messages held, step, risk, FULLY_MANAGED, DELETION_PROTECTED
ROWS = [
    ("missing topic", None, LIVE, 0, "topic", "SAFE", "APPLY", "APPLY"),
    ("topic gone from code", LIVE, None, 5, "topic", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("more partitions", LIVE, a_topic(partitions=6), 5, "partitions", "SAFE", "APPLY", "APPLY"),
    (
        "more partitions, compacted",
        COMPACTED,
        a_topic(partitions=6),
        5,
        "partitions",
        "DESTRUCTIVE",
        "APPLY",
        "BLOCK",
    ),
    (
        "fewer partitions, empty",
        LIVE,
        a_topic(partitions=2),
        0,
        "partitions",
        "REBUILD",
        "APPLY",
        "BLOCK",
    ),
    (
        "fewer partitions, messages",
        LIVE,
        a_topic(partitions=2),
        5,
        "partitions",
        "IMPOSSIBLE",
        "BLOCK",
        "BLOCK",
    ),
    (
        "replication",
        LIVE,
        a_topic(replication_factor=3),
        0,
        "replication factor",
        "IMPOSSIBLE",
        "BLOCK",
        "BLOCK",
    ),
]
# config, live, desired, risk, FULLY_MANAGED, DELETION_PROTECTED; the topic holds five messages
CONFIGS = [
    ("retention.ms", "1000", "2000", "SAFE", "APPLY", "APPLY"),
    ("retention.ms", "1000", "-1", "SAFE", "APPLY", "APPLY"),
    ("retention.ms", "2000", "1000", "DATA_DEPENDENT", "BLOCK", "BLOCK"),
    ("retention.ms", "-1", "1000", "DATA_DEPENDENT", "BLOCK", "BLOCK"),
    ("retention.bytes", "-1", "1000", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("retention.bytes", "1000", "-1", "SAFE", "APPLY", "APPLY"),
    ("cleanup.policy", "delete", "compact", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("cleanup.policy", "compact", "compact,delete", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("max.message.bytes", "1000", "2000", "SAFE", "APPLY", "APPLY"),
    ("max.message.bytes", "2000", "1000", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("min.insync.replicas", "1", "3", "SAFE", "APPLY", "APPLY"),
    ("min.insync.replicas", "1", "4", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("min.insync.replicas", "2", "1", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("delete.retention.ms", "2000", "1000", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("unclean.leader.election.enable", "false", "true", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("unclean.leader.election.enable", "true", "false", "SAFE", "APPLY", "APPLY"),
    ("remote.storage.enable", "true", "false", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("message.timestamp.type", "CreateTime", "LogAppendTime", "DESTRUCTIVE", "APPLY", "BLOCK"),
    ("compression.type", "producer", "zstd", "SAFE", "APPLY", "APPLY"),
    ("segment.bytes", "2000", "1000", "SAFE", "APPLY", "APPLY"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_change_of_a_topic_gets_the_verdict_of_its_row(row):
    _, live, desired, messages, step, risk, fully, protected = row

    plans = [
        topic_plan_of(live, desired, life_cycle, messages=messages) for life_cycle in (FM, DP, EM)
    ]

    assert [verdicts(plan) for plan in plans] == [{step: fully}, {step: protected}, {step: "DRIFT"}]
    assert plans[0].steps[0].risk.value == risk
    assert plans[2].topic_actions == ()


@pytest.mark.parametrize("row", CONFIGS, ids=[f"{row[0]} {row[1]} -> {row[2]}" for row in CONFIGS])
def test_each_config_gets_the_verdict_of_its_row(row):
    name, value, desired_value, risk, fully, protected = row
    live, desired = with_config(name, value), with_config(name, desired_value)

    plans = [topic_plan_of(live, desired, life_cycle, messages=5) for life_cycle in (FM, DP, EM)]

    assert [verdicts(plan) for plan in plans] == [{name: fully}, {name: protected}, {name: "DRIFT"}]
    assert plans[0].steps[0].risk.value == risk


PROVED = [
    ("nothing is old enough", 5, Proof(0), "SAFE"),
    ("three messages would go", 5, Proof(3), "DESTRUCTIVE"),
    ("the topic is empty", 0, None, "SAFE"),
]


@pytest.mark.parametrize("row", PROVED, ids=[row[0] for row in PROVED])
def test_a_probe_decides_about_a_shorter_retention(row):
    _, messages, proof, risk = row
    live, desired = with_config("retention.ms", "2000"), with_config("retention.ms", "1000")

    plan = topic_plan_of(
        live, desired, DP, messages=messages, proofs={"retention.ms": proof} if proof else None
    )

    assert plan.steps[0].risk.value == risk
    if risk == "DESTRUCTIVE":
        assert "3 messages would be deleted" in plan.steps[0].reason


def test_fewer_partitions_with_messages_are_made_only_when_the_run_says_so():
    plan = topic_plan_of(LIVE, a_topic(partitions=2), FM, messages=5, recreate=True)

    assert verdicts(plan) == {"partitions": "APPLY"}
    assert [str(request) for request in requests_of(plan.topic_actions[0])] == [
        "DeleteTopics orders",
        "CreateTopics orders partitions=2 replication_factor=1",
    ]


def test_a_safe_config_goes_on_beside_a_blocked_one():
    live = with_config("compression.type", "producer", **{"cleanup.policy": "delete"})
    desired = with_config("compression.type", "zstd", **{"cleanup.policy": "compact"})

    plan = topic_plan_of(live, desired, DP, messages=5)

    assert verdicts(plan) == {"cleanup.policy": "BLOCK", "compression.type": "APPLY"}
    assert [str(request) for request in requests_of(plan.topic_actions[0])] == [
        "IncrementalAlterConfigs orders compression.type=zstd"
    ]


def test_what_the_code_does_not_declare_is_not_compared():
    live = a_topic(
        partitions=12,
        replication_factor=3,
        configs={"cleanup.policy": "compact", "retention.ms": "1"},
    )

    assert topic_plan_of(live, a_topic(), FM, messages=5).steps == ()


@pytest.mark.parametrize(
    ("partitions", "words"), [(1, "1 partition"), (2, "2 partitions"), (None, "topic")]
)
def test_a_new_topic_is_described_by_its_number_of_partitions(partitions, words):
    plan = topic_plan_of(None, a_topic(partitions=partitions), FM)

    assert row_of(plan.steps[0]).declared == words
