import signal

import pytest
from confluent_kafka import TopicPartition

_EAGER = {
    "cleanup_policy": "compact",
    "segment_ms": "1",
    "min_cleanable_dirty_ratio": "0",
}


def _records(broker, topic):
    """Read from start to end, past offsets that compaction removed."""
    consumer = broker.consumer("compaction", enable_partition_eof=True, check_crcs="true")
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    while (message := consumer.poll(10)) is not None and message.error() is None:
        found.append((message.offset(), message.key(), message.value()))
    consumer.close()
    return found


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_the_last_record_per_key_stays_at_its_offset(broker, eventually, codec):
    topic = broker.create(**_EAGER)
    messages = [(b"key %d" % (number % 3), b"value %d" % number) for number in range(30)]

    broker.send(topic, messages, compression_type=codec, linger_ms=50)

    expected = [(number, *messages[number]) for number in (27, 28, 29)]
    eventually(lambda: _records(broker, topic), expected)


def test_a_tombstone_removes_its_key_and_later_itself(broker, eventually):
    topic = broker.create(**_EAGER, delete_retention_ms="1500")
    broker.send(topic, [(b"a", b"1"), (b"b", b"1"), (b"a", None)])

    eventually(lambda: _records(broker, topic), [(1, b"b", b"1"), (2, b"a", None)])
    eventually(lambda: _records(broker, topic), [(1, b"b", b"1")])


def test_a_young_segment_waits_for_its_compaction_lag(broker, eventually):
    topic = broker.create(**_EAGER, min_compaction_lag_ms="2000")
    broker.send(topic, [(b"a", b"1"), (b"a", b"2")])

    assert len(_records(broker, topic)) == 2
    eventually(lambda: len(_records(broker, topic)), 1)


def test_compacted_topics_survive_a_kill(own_broker, eventually):
    topic = own_broker.create(**_EAGER)
    own_broker.send(topic, [(b"a", b"1"), (b"a", b"2")])
    eventually(lambda: _records(own_broker, topic), [(1, b"a", b"2")])

    own_broker.end(signal.SIGKILL)
    own_broker.start()
    own_broker.send(topic, [(b"a", b"3")])

    eventually(lambda: _records(own_broker, topic), [(2, b"a", b"3")])
