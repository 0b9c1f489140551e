import time

import pytest
from confluent_kafka import KafkaException
from kafka.protocol.producer.produce import ProduceRequest, ProduceResponse
from kafka.record.default_records import DefaultRecordBatchBuilder


def a_batch(first_sequence, count=1, producer=77, epoch=0):
    builder = DefaultRecordBatchBuilder(
        2,
        0,
        False,
        producer_id=producer,
        producer_epoch=epoch,
        base_sequence=first_sequence,
        batch_size=100_000,
    )
    for offset in range(count):
        builder.append(offset, 1_700_000_000_000, b"key", b"value", [])
    return bytes(builder.build())


def produced(wire, topic, records, acks=-1):
    partition = ProduceRequest.TopicProduceData.PartitionProduceData(index=0, records=records)
    data = ProduceRequest.TopicProduceData(name=topic, partition_data=[partition])
    request = ProduceRequest(transactional_id=None, acks=acks, timeout_ms=1000, topic_data=[data])
    answer = wire.ask(request, ProduceResponse, 8).responses[0].partition_responses[0]
    return answer.error_code, answer.base_offset


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("cleanup", ["delete", "compact"])
def test_every_codec_is_read_as_it_was_sent(broker, read, codec, cleanup):
    topic = broker.create(cleanup_policy=cleanup)
    messages = [(b"key %d" % number, b"value " * 50) for number in range(200)]

    assert not broker.send(topic, messages, compression_type=codec, linger_ms=20)

    consumer = broker.consumer(topic)
    consumer.subscribe([topic])
    assert read(consumer, 200) == messages
    consumer.close()


def test_a_repeated_batch_is_answered_but_not_appended(broker):
    topic = broker.create()

    with broker.wire() as wire:
        assert produced(wire, topic, a_batch(0, count=3)) == (0, 0)
        assert produced(wire, topic, a_batch(3)) == (0, 3)
        assert produced(wire, topic, a_batch(0, count=3)) == (0, 0)
        assert produced(wire, topic, a_batch(4)) == (0, 4)


def test_gaps_and_outdated_producers_are_refused(broker):
    topic = broker.create()

    with broker.wire() as wire:
        for number in range(7):
            assert produced(wire, topic, a_batch(number)) == (0, number)
        assert produced(wire, topic, a_batch(9)) == (45, -1)
        assert produced(wire, topic, a_batch(0)) == (46, -1)
        assert produced(wire, topic, a_batch(5, epoch=1)) == (45, -1)
        assert produced(wire, topic, a_batch(0, epoch=1)) == (0, 7)
        assert produced(wire, topic, a_batch(7)) == (47, -1)
        assert produced(wire, topic, a_batch(100, producer=78)) == (0, 8)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda _: b"", 2),
        (lambda batch: batch[:30], 2),
        (lambda batch: batch[:-1], 2),
        (lambda batch: batch[:-3] + b"!" + batch[-2:], 2),
        (lambda batch: batch + batch, 87),
        (lambda batch: batch[:16] + b"\x01" + batch[17:], 43),
        (lambda batch: batch[:22] + b"\x05" + batch[23:], 76),
        (lambda batch: batch[:22] + b"\x20" + batch[23:], 87),
        (lambda batch: batch[:22] + b"\x10" + batch[23:], 53),
        (lambda batch: batch[:57] + b"\x00\x00\x00\x09" + batch[61:], 87),
    ],
)
def test_an_invalid_batch_is_refused(broker, spoil, code):
    topic = broker.create()

    with broker.wire() as wire:
        assert produced(wire, topic, spoil(a_batch(-1, producer=-1)))[0] == code
        assert produced(wire, topic, a_batch(-1, producer=-1)) == (0, 0)


def test_unknown_partitions_and_acknowledgements_are_refused(broker):
    topic = broker.create()

    with broker.wire() as wire:
        assert produced(wire, "nowhere", a_batch(0))[0] == 3
        assert produced(wire, topic, a_batch(0), acks=2)[0] == 21


def test_a_message_larger_than_the_topic_takes_is_refused(broker):
    topic = broker.create(max_message_bytes="1000")

    (error,) = broker.send(topic, [(None, b"x" * 2000)]).values()
    assert error.code() == 10
    assert not broker.send(topic, [(None, b"x" * 500)])


def test_a_compacted_topic_refuses_a_message_without_a_key(broker):
    topic = broker.create(cleanup_policy="compact")

    failed = broker.send(topic, [(b"key", b"1"), (None, b"2")], linger_ms=50)

    assert {error.code() for error in failed.values()} == {87}


def test_more_insync_replicas_than_brokers_stop_no_producer(broker):
    topic = broker.create(min_insync_replicas="3")

    assert not broker.send(topic, [(None, b"x")], acks="all")


def test_the_broker_sets_the_time_where_the_topic_says_so(broker):
    topic = broker.create(message_timestamp_type="LogAppendTime")
    before = time.time() * 1000
    producer = broker.producer()
    producer.produce(topic, b"x", timestamp=5)
    producer.flush(10)

    consumer = broker.consumer(topic, check_crcs="true")
    consumer.subscribe([topic])
    kind, timestamp = consumer.poll(10).timestamp()
    consumer.close()

    assert kind == 2
    assert before - 1000 <= timestamp <= time.time() * 1000


def test_timestamps_out_of_the_range_a_topic_allows_are_refused(broker):
    topic = broker.create(message_timestamp_before_max_ms="1000")
    failed = []
    producer = broker.producer()
    producer.produce(
        topic, b"x", timestamp=5, on_delivery=lambda error, _: failed.append(error.code())
    )
    producer.flush(10)

    assert failed == [32]


def test_a_message_without_acknowledgement_is_written(broker, read):
    topic = broker.create()

    assert not broker.send(topic, [(None, b"%d" % number) for number in range(50)], acks="0")

    consumer = broker.consumer(topic)
    consumer.subscribe([topic])
    assert len(read(consumer, 50)) == 50
    consumer.close()


def test_transactions_are_refused_at_once(broker):
    producer = broker.producer(transactional_id="some")

    started = time.monotonic()
    with pytest.raises(KafkaException) as refused:
        producer.init_transactions(10)

    assert refused.value.args[0].code() == 53
    assert time.monotonic() - started < 3
