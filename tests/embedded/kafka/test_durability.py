import signal
import threading

import pytest
from confluent_kafka import TopicPartition
from embedded.kafka.broker_process import Broker


def _all_in(broker, read, topic, count):
    consumer = broker.consumer("checks")
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = read(consumer, count)
    consumer.close()
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_topics_messages_configs_and_offsets_survive_the_process(own_broker, read, number):
    topic = own_broker.create(partitions=2, retention_ms="600000")
    messages = [(b"key", b"%d" % each) for each in range(100)]
    producer = own_broker.producer()
    for key, value in messages:
        producer.produce(topic, key=key, value=value, partition=0)
    producer.flush(10)
    consumer = own_broker.consumer("group", enable_auto_commit=False)
    consumer.subscribe([topic])
    read(consumer, 40)
    consumer.commit(asynchronous=False)
    consumer.close()
    cluster = own_broker.admin.list_topics(timeout=10).cluster_id

    own_broker.end(number)
    own_broker.start()

    metadata = own_broker.admin.list_topics(timeout=10)
    assert metadata.cluster_id == cluster
    assert list(metadata.topics[topic].partitions) == [0, 1]
    assert _all_in(own_broker, read, topic, 100) == messages
    consumer = own_broker.consumer("group")
    consumer.subscribe([topic])
    assert read(consumer, 1) == [messages[40]]
    consumer.close()


def test_every_acknowledged_message_survives_a_kill_while_it_is_written(own_broker, read):
    topic = own_broker.create(segment_bytes="100000")
    acknowledged = []
    producer = own_broker.producer(enable_idempotence=True, linger_ms=1)
    killer = threading.Timer(0.7, own_broker.end, [signal.SIGKILL])
    killer.start()

    number = 0
    while killer.is_alive():
        producer.produce(
            topic,
            b"%d" % number,
            on_delivery=lambda error, message: error or acknowledged.append(message.value()),
        )
        producer.poll(0.1 if len(producer) > 50_000 else 0.0002)
        number += 1
    own_broker.start()
    producer.flush(30)

    assert len(acknowledged) == number
    values = [value for _, value in _all_in(own_broker, read, topic, number)]
    assert values == [b"%d" % each for each in range(number)]


def test_a_half_written_batch_is_cut_off(own_broker, read):
    topic = own_broker.create()
    own_broker.send(topic, [(None, b"whole")])
    own_broker.end(signal.SIGKILL)
    (log,) = own_broker.data.glob("topics/*/0/*.log")
    whole = log.read_bytes()
    log.write_bytes(whole + whole[: len(whole) // 2])

    own_broker.start()
    own_broker.send(topic, [(None, b"next")])

    assert _all_in(own_broker, read, topic, 2) == [(None, b"whole"), (None, b"next")]


def test_a_batch_whose_bytes_were_lost_is_cut_off(own_broker, read):
    topic = own_broker.create()
    own_broker.send(topic, [(None, b"whole")])
    own_broker.send(topic, [(None, b"spoilt")])
    own_broker.end(signal.SIGKILL)
    (log,) = own_broker.data.glob("topics/*/0/*.log")
    data = log.read_bytes()
    log.write_bytes(data[:-4] + b"\0\0\0\0")

    own_broker.start()
    own_broker.send(topic, [(None, b"next")])

    assert _all_in(own_broker, read, topic, 2) == [(None, b"whole"), (None, b"next")]


def test_what_was_deleted_before_a_kill_stays_deleted(own_broker):
    topic = own_broker.create()
    own_broker.send(topic, [(None, b"%d" % each) for each in range(10)])
    place = TopicPartition(topic, 0, 4)
    own_broker.admin.delete_records([place])[place].result(10)
    gone = own_broker.create()
    own_broker.admin.delete_topics([gone])[gone].result(10)

    own_broker.end(signal.SIGKILL)
    own_broker.start()

    consumer = own_broker.consumer("checks")
    assert consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10) == (4, 10)
    consumer.close()
    assert list(own_broker.admin.list_topics(timeout=10).topics) == [topic]


def test_a_second_broker_on_the_same_directory_is_refused(own_broker):
    second = Broker(own_broker.data)
    assert second.launch().wait(10) != 0
    second.end()

    assert "is in use by another broker" in own_broker.log
    assert own_broker.create()


def test_a_stop_while_clients_wait_is_not_an_error(own_broker):
    topic = own_broker.create()
    consumer = own_broker.consumer("waiting", fetch_wait_max_ms=10_000)
    consumer.assign([TopicPartition(topic, 0, 0)])
    consumer.poll(0.5)

    own_broker.end()
    consumer.close()

    assert own_broker.log == ""
