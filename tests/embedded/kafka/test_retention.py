import signal
import time

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType


def _watermarks(broker, topic):
    consumer = broker.consumer("watermarks")
    found = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.close()
    return found


def _set(broker, topic, name, value):
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    broker.admin.incremental_alter_configs([resource])[resource].result(10)


def test_a_shortened_retention_deletes_even_the_active_segment(broker, eventually):
    topic = broker.create()
    broker.send(topic, [(None, b"old")] * 10)
    assert _watermarks(broker, topic) == (0, 10)

    time.sleep(0.2)
    _set(broker, topic, "retention.ms", "100")

    eventually(lambda: _watermarks(broker, topic), (10, 10))
    broker.send(topic, [(None, b"new")])
    assert _watermarks(broker, topic)[1] == 11


def test_a_shortened_size_deletes_the_oldest_segments_only(broker, eventually):
    topic = broker.create(segment_bytes="1000")
    broker.send(topic, [(None, b"x" * 800)] * 10, batch_num_messages=1)

    _set(broker, topic, "retention.bytes", "2000")

    eventually(lambda: _watermarks(broker, topic), (7, 10))


def test_records_from_the_past_are_deleted_at_once_and_unlimited_ones_never(broker, eventually):
    topics = [broker.create(), broker.create(retention_ms="-1")]
    producer = broker.producer()
    for topic in topics:
        producer.produce(topic, b"ancient", timestamp=1000)
    producer.flush(10)

    eventually(lambda: _watermarks(broker, topics[0]), (1, 1))
    assert _watermarks(broker, topics[1]) == (0, 1)


def test_a_topic_without_cleanup_keeps_everything(broker):
    topic = broker.create(cleanup_policy="", retention_ms="1")
    broker.send(topic, [(None, b"kept")])

    time.sleep(1)

    assert _watermarks(broker, topic) == (0, 1)


def test_offsets_continue_after_all_is_deleted_and_the_process_killed(own_broker, eventually):
    topic = own_broker.create(retention_ms="100")
    own_broker.send(topic, [(None, b"old")] * 5)
    eventually(lambda: _watermarks(own_broker, topic), (5, 5))

    own_broker.end(signal.SIGKILL)
    own_broker.start()

    assert _watermarks(own_broker, topic) == (5, 5)
