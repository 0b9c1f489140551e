import signal
import subprocess
import sys
import time

from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition
from kafka.protocol.consumer.group import JoinGroupRequest, JoinGroupResponse


def _subscribed(broker, group, topic, on_revoke=lambda *_: None, **settings):
    consumer = broker.consumer(group, **settings)
    consumer.subscribe([topic], on_revoke=on_revoke)
    return consumer


def _share(*consumers):
    """Poll until no assignment changes for a while, and return how many partitions each has."""
    before = None
    since = time.monotonic()
    deadline = since + 20
    while time.monotonic() < deadline and time.monotonic() - since < 1.5:
        for consumer in consumers:
            consumer.poll(0.05)
        shares = [len(consumer.assignment()) for consumer in consumers]
        if shares != before or 0 in shares:
            before = shares
            since = time.monotonic()
    return before


def test_a_group_continues_where_it_committed(broker, read):
    topic = broker.create()
    broker.send(topic, [(None, b"%d" % number) for number in range(10)])
    first = _subscribed(broker, topic, topic, enable_auto_commit=False)
    read(first, 4)
    first.commit(asynchronous=False)
    first.close()

    second = _subscribed(broker, topic, topic)
    assert read(second, 1) == [(None, b"4")]
    second.close()


def test_partitions_move_when_consumers_join_and_leave(broker):
    topic = broker.create(partitions=6)
    first = _subscribed(broker, topic, topic)
    second = _subscribed(broker, topic, topic)

    assert _share(first, second) == [3, 3]

    second.close()
    assert _share(first) == [6]
    first.close()


def test_cooperative_consumers_share_too(broker):
    topic = broker.create(partitions=6)
    consumers = [
        _subscribed(broker, topic, topic, partition_assignment_strategy="cooperative-sticky")
        for _ in range(3)
    ]

    assert _share(*consumers) == [2, 2, 2]

    for consumer in consumers:
        consumer.close()


def test_a_static_member_returns_without_a_rebalance(broker):
    topic = broker.create(partitions=4)
    leaving = {"group_instance_id": "leaving", "session_timeout_ms": 30_000}
    staying = {"group_instance_id": "staying", "session_timeout_ms": 30_000}
    rebalances = []
    first = _subscribed(broker, topic, topic, **leaving)
    other = _subscribed(broker, topic, topic, lambda *_: rebalances.append("revoked"), **staying)
    assert _share(first, other) == [2, 2]
    rebalances.clear()
    first.close()

    again = _subscribed(broker, topic, topic, **leaving)

    assert _share(again, other) == [2, 2]
    assert rebalances == []
    again.close()
    other.close()


_CONSUMER = """
import sys
from confluent_kafka import Consumer
consumer = Consumer({
    "bootstrap.servers": sys.argv[1], "group.id": sys.argv[2], "session.timeout.ms": 6000
})
consumer.subscribe([sys.argv[2]], on_assign=lambda *_: print("assigned", flush=True))
while True:
    consumer.poll(1)
"""


def test_a_killed_consumer_is_replaced_after_its_session(broker, eventually):
    topic = broker.create(partitions=4)
    command = [sys.executable, "-c", _CONSUMER, broker.address, topic]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as doomed:
        assert doomed.stdout.readline() == "assigned\n"
        survivor = _subscribed(broker, topic, topic)
        doomed.send_signal(signal.SIGKILL)
        killed = time.monotonic()

    def assigned():
        survivor.poll(0.1)
        return len(survivor.assignment())

    eventually(assigned, 4, seconds=20)
    assert time.monotonic() - killed < 15
    survivor.close()


def test_waiting_consumers_continue_when_the_broker_restarts(own_broker, read):
    topic = own_broker.create(partitions=4)
    consumers = [_subscribed(own_broker, topic, topic) for _ in range(2)]
    assert _share(*consumers) == [2, 2]

    own_broker.end(signal.SIGKILL)
    own_broker.start()
    assert _share(*consumers) == [2, 2]
    sent = [(b"%d" % number, b"after") for number in range(20)]
    own_broker.send(topic, sent)

    assert sorted(read(consumers[0], 20, 1) + read(consumers[1], 20, 1)) == sorted(sent)
    for consumer in consumers:
        consumer.close()


def test_groups_are_listed_described_and_deleted(broker, refusal, read):
    topic = broker.create()
    broker.send(topic, [(None, b"1")])
    consumer = _subscribed(broker, topic, topic, client_id="reader")
    read(consumer, 1)

    listed = {
        group.group_id: group for group in broker.admin.list_consumer_groups().result(10).valid
    }
    described = broker.admin.describe_consumer_groups([topic])[topic].result(10)

    assert listed[topic].state is ConsumerGroupState.STABLE
    assert not listed[topic].is_simple_consumer_group
    assert described.state is ConsumerGroupState.STABLE
    assert described.partition_assignor == "range"
    assert [
        (member.client_id, member.assignment.topic_partitions) for member in described.members
    ] == [("reader", [TopicPartition(topic, 0)])]
    assert refusal(broker.admin.delete_consumer_groups([topic])[topic]) == 68

    consumer.close()
    assert (
        broker.admin.describe_consumer_groups([topic])[topic].result(10).state
        is ConsumerGroupState.EMPTY
    )
    broker.admin.delete_consumer_groups([topic])[topic].result(10)
    assert refusal(broker.admin.delete_consumer_groups([topic])[topic]) == 69


def test_offsets_are_altered_listed_and_deleted_for_a_group_without_members(broker):
    topic = broker.create(partitions=2)
    expected = ConsumerGroupTopicPartitions(
        topic, [TopicPartition(topic, 0, 5), TopicPartition(topic, 1, 7)]
    )
    broker.admin.alter_consumer_group_offsets([expected])[topic].result(10)

    assert _offsets(broker, topic) == {(topic, 0): 5, (topic, 1): 7}

    broker.admin.delete_topics([topic])[topic].result(10)
    assert _offsets(broker, topic) == {}


def _offsets(broker, group):
    request = [ConsumerGroupTopicPartitions(group)]
    offsets = broker.admin.list_consumer_group_offsets(request)[group].result(10)
    return {(place.topic, place.partition): place.offset for place in offsets.topic_partitions}


def test_a_group_with_members_refuses_offsets_from_outside(broker, read):
    topic = broker.create()
    broker.send(topic, [(None, b"1")])
    consumer = _subscribed(broker, topic, topic)
    read(consumer, 1)

    expected = ConsumerGroupTopicPartitions(topic, [TopicPartition(topic, 0, 5)])
    answer = broker.admin.alter_consumer_group_offsets([expected])[topic].result(10)
    consumer.close()

    assert [place.error.code() for place in answer.topic_partitions] == [25]


def test_a_session_shorter_than_kafka_allows_is_refused(broker):
    request = JoinGroupRequest(
        group_id="hasty",
        session_timeout_ms=100,
        rebalance_timeout_ms=100,
        member_id="",
        protocol_type="consumer",
        protocols=[JoinGroupRequest.JoinGroupRequestProtocol(name="range", metadata=b"")],
    )
    with broker.wire() as wire:
        assert wire.ask(request, JoinGroupResponse, 5).error_code == 26
        request.session_timeout_ms = 6000
        assert wire.ask(request, JoinGroupResponse, 5).error_code == 79
        request.group_id = ""
        assert wire.ask(request, JoinGroupResponse, 5).error_code == 24
        request.group_id, request.member_id = "hasty", "nobody"
        assert wire.ask(request, JoinGroupResponse, 5).error_code == 25
