"""How bad a change of a topic can be, as literal rows."""

import pytest

from moose_dagster.diff import topic_changes as changes
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.topics import TopicContext, topic_risk_of
from moose_dagster.state.topics import TopicId
from moose_dagster.testing import a_topic

ORDERS = TopicId("orders")
DELETED = a_topic(partitions=3, replication_factor=1, configs={"cleanup.policy": "delete"})
COMPACTED = a_topic(partitions=3, replication_factor=1, configs={"cleanup.policy": "compact"})


def config(name, live, desired):
    return changes.ChangeTopicConfig(ORDERS, name, live, desired)


# change, live topic, messages, risk
ROWS = [
    (changes.CreateTopic(DELETED), None, 0, Risk.SAFE),
    (changes.DropTopic(ORDERS), DELETED, 0, Risk.DESTRUCTIVE),
    (changes.ChangePartitions(ORDERS, 3, 5), DELETED, 9, Risk.SAFE),
    (changes.ChangePartitions(ORDERS, 3, 5), COMPACTED, 9, Risk.DESTRUCTIVE),
    (changes.ChangePartitions(ORDERS, 3, 1), DELETED, 0, Risk.REBUILD),
    (changes.ChangePartitions(ORDERS, 3, 1), DELETED, 9, Risk.IMPOSSIBLE),
    (changes.ChangeReplicationFactor(ORDERS, 1, 3), DELETED, 0, Risk.IMPOSSIBLE),
    (config("retention.ms", "10", "20"), DELETED, 9, Risk.SAFE),
    (config("retention.ms", "10", "-1"), DELETED, 9, Risk.SAFE),
    (config("retention.ms", "20", "10"), DELETED, 9, Risk.DATA_DEPENDENT),
    (config("retention.ms", "20", "10"), DELETED, 0, Risk.SAFE),
    (config("retention.ms", "20", "10"), COMPACTED, 9, Risk.SAFE),
    (config("retention.bytes", "20", "10"), DELETED, 9, Risk.DESTRUCTIVE),
    (config("cleanup.policy", "delete", "compact"), DELETED, 9, Risk.DESTRUCTIVE),
    (config("max.message.bytes", "20", "10"), DELETED, 9, Risk.DESTRUCTIVE),
    (config("max.message.bytes", "10", "20"), DELETED, 9, Risk.SAFE),
    (config("min.insync.replicas", "1", "2"), DELETED, 9, Risk.DESTRUCTIVE),
    (config("no.such.config", None, "x"), DELETED, 9, Risk.IMPOSSIBLE),
]


@pytest.mark.parametrize(("change", "live", "messages", "risk"), ROWS)
def test_a_change_of_a_topic_has_the_risk_of_its_row(change, live, messages, risk):
    assert topic_risk_of(change, TopicContext(live, messages=messages)).risk is risk


@pytest.mark.parametrize(("rows", "risk"), [(0, Risk.SAFE), (3, Risk.DESTRUCTIVE)])
def test_a_probe_decides_about_a_shorter_retention(rows, risk):
    change = config("retention.ms", "20", "10")
    context = TopicContext(DELETED, messages=9, proofs={"retention.ms": Proof(rows)})

    assert topic_risk_of(change, context).risk is risk


def test_a_run_may_recreate_a_topic_that_holds_messages():
    change = changes.ChangePartitions(ORDERS, 3, 1)

    assessed = topic_risk_of(change, TopicContext(DELETED, messages=9, recreate=True))

    assert assessed.risk is Risk.DESTRUCTIVE
    assert "9 messages" in assessed.why
