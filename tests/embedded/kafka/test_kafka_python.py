import gc
import threading
import time

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _collected():
    """Collect the sockets that kafka-python forgets to close while their warnings are ignored."""
    yield
    gc.collect()


@pytest.fixture
def admin(broker):
    client = KafkaAdminClient(bootstrap_servers=broker.address)
    yield client
    client.close()


@pytest.fixture
def send(broker):
    def numbered(topic, count, **settings):
        producer = KafkaProducer(bootstrap_servers=broker.address, **settings)
        for number in range(count):
            producer.send(topic, key=b"%d" % number, value=b"value").add_errback(pytest.fail)
        producer.close()

    return numbered


def _consumer(broker, topic, **settings):
    defaults = {"auto_offset_reset": "earliest", "group_id": topic, "session_timeout_ms": 6000}
    named = {"bootstrap_servers": broker.address, "heartbeat_interval_ms": 300}
    return KafkaConsumer(topic, **{**defaults, **named, **settings})


def _overrides(admin, topic):
    (found,) = admin.describe_configs([_resource(topic, None)])["topic"].values()
    return {name: config["value"] for name, config in found.items()}


def _resource(topic, configs):
    return ConfigResource("TOPIC", topic, configs)


def test_topics_are_created_grown_configured_and_deleted(admin):
    admin.create_topics(
        {"by-kafka-python": {"num_partitions": 2, "configs": {"retention.ms": "60000"}}}
    )
    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics(["by-kafka-python"])

    admin.create_partitions({"by-kafka-python": 5})
    admin.alter_configs([_resource("by-kafka-python", {"segment.bytes": "2000000"})])

    (described,) = admin.describe_topics(["by-kafka-python"])
    assert len(described["partitions"]) == 5
    assert _overrides(admin, "by-kafka-python") == {
        "retention.ms": "60000",
        "segment.bytes": "2000000",
    }
    admin.delete_topics(["by-kafka-python"])
    assert "by-kafka-python" not in admin.list_topics()
    with pytest.raises(UnknownTopicOrPartitionError):
        admin.delete_topics(["by-kafka-python"])


@pytest.mark.parametrize("codec", [None, "gzip", "lz4"])
def test_a_group_reads_what_was_sent_and_commits_offsets(broker, admin, send, codec):
    topic = broker.create(partitions=2)
    send(topic, 100, compression_type=codec)

    consumer = _consumer(broker, topic, consumer_timeout_ms=10_000)
    keys = {next(consumer).key for _ in range(100)}
    consumer.commit()
    consumer.close()

    assert keys == {b"%d" % number for number in range(100)}
    offsets = admin.list_group_offsets(topic)[topic]
    assert sum(committed.offset for committed in offsets.values()) == 100
    admin.delete_group_offsets(topic, list(offsets))
    assert set(admin.list_group_offsets(topic)[topic].values()) <= {OffsetAndMetadata(-1, "", -1)}
    admin.delete_groups([topic])
    assert topic not in {group["group_id"] for group in admin.list_groups()}


def test_records_are_found_by_time_and_deleted(broker, admin, send):
    topic = broker.create()
    place = TopicPartition(topic, 0)
    send(topic, 10)

    assert admin.list_partition_offsets({place: 1000})[place].offset == 0
    admin.delete_records({place: 4})

    assert admin.list_partition_offsets({place: 1000})[place].offset == 4


def test_partitions_move_when_consumers_join_and_leave(broker):
    topic = broker.create(partitions=6)
    stay = _consumer(broker, topic)
    leave = _consumer(broker, topic)

    _poll_until(lambda: (len(stay.assignment()), len(leave.assignment())) == (3, 3), stay, leave)
    leave.close()
    _poll_until(lambda: len(stay.assignment()) == 6, stay)

    stay.close()


def _poll_until(condition, *consumers):
    """Poll every consumer in a thread of its own, because a join waits for the others."""
    deadline = time.monotonic() + 20
    done = threading.Event()

    def poll(consumer):
        while not done.is_set():
            consumer.poll(timeout_ms=50)

    threads = [threading.Thread(target=poll, args=[consumer]) for consumer in consumers]
    for thread in threads:
        thread.start()
    while not (reached := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join()
    assert reached
