import shutil

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import NewTopic


def _directory_of(broker, topic):
    (found,) = (
        path.parent
        for path in broker.data.glob("topics/*/topic.json")
        if f'"{topic}"' in path.read_text()
    )
    return found


@pytest.fixture
def damaged(own_broker):
    """A topic with a message, whose files were deleted."""
    topic = own_broker.create()
    own_broker.send(topic, [(None, b"1")])
    shutil.rmtree(_directory_of(own_broker, topic))
    return topic


def test_nothing_is_acknowledged_that_a_restart_would_lose(own_broker, damaged):
    (error,) = own_broker.send(
        damaged, [(None, b"2")], message_timeout_ms=1500, retry_backoff_ms=500
    ).values()

    assert error.code() in {56, -192}
    assert "was deleted under the broker" in own_broker.log
    assert "Closed the connection" not in own_broker.log


def test_a_damaged_topic_can_be_deleted_and_disturbs_no_other(own_broker, damaged):
    own_broker.admin.delete_topics([damaged])[damaged].result(10)
    other = own_broker.create(name=damaged)

    assert not own_broker.send(other, [(None, b"1")])


def test_lost_messages_are_an_error_and_not_an_empty_topic(own_broker, damaged):
    others = own_broker.create(partitions=200)
    producer = own_broker.producer()
    for number in range(200):
        producer.produce(others, b"x", partition=number)
    producer.flush(10)

    consumer = own_broker.consumer("lost")
    consumer.assign([TopicPartition(damaged, 0, 0)])
    consumer.poll(1)
    consumer.close()

    assert damaged in own_broker.admin.list_topics(timeout=10).topics
    assert "No such file" in own_broker.log


def test_no_topic_is_created_in_a_directory_that_is_gone(own_broker, refusal):
    shutil.rmtree(own_broker.data)

    assert refusal(own_broker.admin.create_topics([NewTopic("late", 1, 1)])["late"]) == 56
