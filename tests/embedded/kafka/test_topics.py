import pytest
from confluent_kafka import TopicCollection
from confluent_kafka.admin import NewPartitions, NewTopic
from kafka.protocol.admin.topics import CreateTopicsRequest, CreateTopicsResponse


def test_a_created_topic_is_described_with_its_partitions(broker):
    name = broker.create(partitions=3)

    described = broker.admin.describe_topics(TopicCollection([name]))[name].result(10)

    assert [partition.id for partition in described.partitions] == [0, 1, 2]
    assert {partition.leader.id for partition in described.partitions} == {1}


def test_a_deleted_topic_is_gone_and_its_name_is_free_again(broker):
    name = broker.create()
    broker.admin.delete_topics([name])[name].result(10)

    assert name not in broker.admin.list_topics(timeout=10).topics
    assert broker.create(name=name) == name


@pytest.mark.parametrize(
    ("name", "size", "configs", "code"),
    [
        ("", (1, 1), {}, 17),
        (".", (1, 1), {}, 17),
        ("with space", (1, 1), {}, 17),
        ("long" * 63, (1, 1), {}, 17),
        ("col.lide", (1, 1), {}, 17),
        ("col_lide", (1, 1), {}, 36),
        ("fresh", (0, 1), {}, 37),
        ("fresh", (-2, 1), {}, 37),
        ("fresh", (1, 0), {}, 38),
        ("fresh", (1, 2), {}, 38),
        ("fresh", (10_001, 1), {}, 44),
        ("fresh", (1, 1), {"no.such.config": "1"}, 40),
        ("fresh", (1, 1), {"retention.ms": "soon"}, 40),
    ],
)
def test_a_topic_is_refused_with_the_code_of_apache_kafka(broker, name, size, configs, code):
    if "col_lide" not in broker.admin.list_topics(timeout=10).topics:
        broker.create(name="col_lide")
    expected = CreateTopicsRequest.CreatableTopic(
        name=name,
        num_partitions=size[0],
        replication_factor=size[1],
        assignments=[],
        configs=[
            CreateTopicsRequest.CreatableTopic.CreatableTopicConfig(name=key, value=value)
            for key, value in configs.items()
        ],
    )

    with broker.wire() as wire:
        request = CreateTopicsRequest(topics=[expected], timeout_ms=1000, validate_only=False)
        response = wire.ask(request, CreateTopicsResponse, 6)

    assert response.topics[0].error_code == code
    assert response.topics[0].error_message
    assert "fresh" not in broker.admin.list_topics(timeout=10).topics


def test_validating_a_topic_creates_nothing(broker):
    topic = NewTopic("only-validated", 1, 1)
    broker.admin.create_topics([topic], validate_only=True)["only-validated"].result(10)

    assert "only-validated" not in broker.admin.list_topics(timeout=10).topics


def test_partitions_are_added_but_never_removed(broker, refusal):
    name = broker.create(partitions=2)

    broker.admin.create_partitions([NewPartitions(name, 4)])[name].result(10)

    assert len(broker.admin.list_topics(name, timeout=10).topics[name].partitions) == 4
    assert refusal(broker.admin.create_partitions([NewPartitions(name, 4)])[name]) == 37
    assert refusal(broker.admin.create_partitions([NewPartitions(name, 3)])[name]) == 37
    assert refusal(broker.admin.create_partitions([NewPartitions("unknown", 3)])["unknown"]) == 3


def test_unknown_topics_are_neither_deleted_nor_created_by_a_request(broker, refusal):
    assert refusal(broker.admin.delete_topics(["never-there"])["never-there"]) == 3
    described = broker.admin.list_topics("never-there", timeout=10).topics
    assert described["never-there"].error.code() == 3
    assert "never-there" not in broker.admin.list_topics(timeout=10).topics


def test_the_cluster_has_a_single_broker(broker):
    cluster = broker.admin.describe_cluster().result(10)

    assert [(node.id, node.host) for node in cluster.nodes] == [(1, "127.0.0.1")]
    assert cluster.controller.id == 1
    assert cluster.cluster_id
