"""The differences of two topics; what the code leaves to the broker is not compared."""

import pytest

from moose_dagster.diff import topic_changes as changes
from moose_dagster.diff.topics import diff_topics
from moose_dagster.state.topics import TopicId
from moose_dagster.testing import a_topic

ORDERS = TopicId("orders")
LIVE = a_topic(partitions=3, replication_factor=1, configs={"retention.ms": "1000"})


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        (a_topic(), ()),
        (LIVE, ()),
        (a_topic(partitions=5), (changes.ChangePartitions(ORDERS, 3, 5),)),
        (a_topic(replication_factor=2), (changes.ChangeReplicationFactor(ORDERS, 1, 2),)),
        (
            a_topic(configs={"retention.ms": "-1", "cleanup.policy": "compact"}),
            (
                changes.ChangeTopicConfig(ORDERS, "cleanup.policy", None, "compact"),
                changes.ChangeTopicConfig(ORDERS, "retention.ms", "1000", "-1"),
            ),
        ),
        (None, (changes.DropTopic(ORDERS),)),
    ],
)
def test_only_what_is_declared_is_compared(desired, expected):
    assert diff_topics({ORDERS: LIVE}, {ORDERS: desired} if desired else {}) == expected


def test_topics_come_in_the_order_of_their_names():
    topics = {TopicId(name): a_topic(name) for name in ("b", "a")}

    created = diff_topics({}, topics)

    assert [changes.topic_of(change).name for change in created] == ["a", "b"]
