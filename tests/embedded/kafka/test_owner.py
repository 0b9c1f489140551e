from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from moose_dagster.embedded import running


def test_topics_and_messages_survive_the_owner_process(tmp_path, read):
    with running(tmp_path) as first:
        address = {"bootstrap.servers": first.kafka_bootstrap_servers}
        admin = AdminClient(address)
        admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(10)
        producer = Producer(address)
        producer.produce("kept", b"message")
        producer.flush(10)

    with running(tmp_path) as second:
        assert second.pid != first.pid
        consumer = Consumer(
            {"bootstrap.servers": second.kafka_bootstrap_servers, "group.id": "kept"}
        )
        consumer.assign([TopicPartition("kept", 0, 0)])
        assert read(consumer, 1) == [(None, b"message")]
        consumer.close()
