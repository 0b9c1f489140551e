import threading
import time

import pytest
from confluent_kafka import KafkaError, TopicPartition
from confluent_kafka.admin import OffsetSpec


@pytest.fixture
def offset_of(broker):
    def look_up(topic, spec):
        place = TopicPartition(topic, 0)
        found = broker.admin.list_offsets({place: spec})[place].result(10)
        return found.offset

    return look_up


def test_a_waiting_consumer_gets_a_message_as_soon_as_it_arrives(broker):
    topic = broker.create()
    consumer = broker.consumer(topic, fetch_wait_max_ms=10_000)
    consumer.assign([TopicPartition(topic, 0, 0)])
    assert consumer.poll(1) is None
    sent = []

    def send():
        sent.append(time.monotonic())
        broker.send(topic, [(None, b"late")])

    timer = threading.Timer(0.5, send)
    timer.start()
    message = consumer.poll(8)
    arrived = time.monotonic()
    timer.join()
    consumer.close()

    assert message.value() == b"late"
    assert arrived - sent[0] < 1


def test_a_consumer_may_wait_for_more_bytes(broker):
    topic = broker.create()
    consumer = broker.consumer(topic, fetch_wait_max_ms=1500, fetch_min_bytes=100_000)
    consumer.assign([TopicPartition(topic, 0, 0)])
    broker.send(topic, [(None, b"little")])

    started = time.monotonic()
    message = consumer.poll(8)
    consumer.close()

    assert message.value() == b"little"
    assert time.monotonic() - started > 1


def test_a_message_larger_than_the_consumer_requests_is_delivered(broker, read):
    topic = broker.create()
    broker.send(topic, [(None, b"x" * 100_000), (None, b"y" * 100_000)])
    consumer = broker.consumer(
        topic, fetch_message_max_bytes=1000, fetch_max_bytes=1000, message_max_bytes=1000
    )
    consumer.assign([TopicPartition(topic, 0, 0)])

    assert [len(value) for _, value in read(consumer, 2)] == [100_000, 100_000]
    consumer.close()


def test_messages_are_in_order_across_segments(broker, read):
    topic = broker.create(segment_bytes="2000")
    messages = [(None, b"%d" % number + b" " * 100) for number in range(500)]
    broker.send(topic, messages, batch_num_messages=3)
    consumer = broker.consumer(topic)
    consumer.assign([TopicPartition(topic, 0, 0)])

    assert read(consumer, 500) == messages
    consumer.close()


def test_offsets_beyond_the_log_are_out_of_range(broker):
    topic = broker.create()
    broker.send(topic, [(None, b"1")])
    consumer = broker.consumer(topic, auto_offset_reset="error")
    consumer.assign([TopicPartition(topic, 0, 5)])

    message = consumer.poll(10)
    consumer.close()

    assert message.error().code() == KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 -- so the client calls it


def test_offsets_are_found_by_time(broker, offset_of):
    # Messages of 1970 are older than any retention.
    topic = broker.create(retention_ms="-1")
    producer = broker.producer(compression_type="lz4", linger_ms=100)
    for timestamp in (1000, 3000, 2000, 4000):
        producer.produce(topic, b"x", timestamp=timestamp)
    producer.flush(10)

    assert offset_of(topic, OffsetSpec.earliest()) == 0
    assert offset_of(topic, OffsetSpec.latest()) == 4
    assert offset_of(topic, OffsetSpec.max_timestamp()) == 3
    assert offset_of(topic, OffsetSpec.for_timestamp(0)) == 0
    assert offset_of(topic, OffsetSpec.for_timestamp(1001)) == 1
    assert offset_of(topic, OffsetSpec.for_timestamp(3001)) == 3
    assert offset_of(topic, OffsetSpec.for_timestamp(4001)) == -1


def test_deleted_records_move_the_start_and_stay_deleted(broker, offset_of, refusal, read):
    topic = broker.create(segment_bytes="1000")
    broker.send(
        topic, [(None, b"%d" % number + b" " * 300) for number in range(20)], batch_num_messages=1
    )

    place = TopicPartition(topic, 0, 7)
    assert broker.admin.delete_records([place])[place].result(10).low_watermark == 7

    assert offset_of(topic, OffsetSpec.earliest()) == 7
    consumer = broker.consumer(topic)
    consumer.subscribe([topic])
    assert read(consumer, 1)[0][1].startswith(b"7 ")
    consumer.close()
    past_end = TopicPartition(topic, 0, 99)
    assert refusal(broker.admin.delete_records([past_end])[past_end]) == 1


def test_compacted_topics_keep_their_records(broker, refusal):
    topic = broker.create(cleanup_policy="compact")
    place = TopicPartition(topic, 0, 0)

    assert refusal(broker.admin.delete_records([place])[place]) == 44
