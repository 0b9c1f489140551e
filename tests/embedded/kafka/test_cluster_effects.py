"""What Apache Kafka does and a single broker does not, on a broker that imitates it."""

import time

import pytest
from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)
from systems.kafka_cluster import kafka_with

from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects, Denial

READER = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "reader",
    "sasl.password": "secret",
}


@pytest.fixture
def admin_of(tmp_path):
    """Start a broker with effects, and return a function that connects to it."""
    contexts = []

    def start(**effects):
        context = kafka_with(tmp_path / "data", ClusterEffects(**effects))
        address = context.__enter__()
        contexts.append(context)
        return lambda **properties: AdminClient(
            {"bootstrap.servers": address, "log_level": 0, **properties}
        )

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


def create(admin, name, partitions=1):
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(10)


def end_of(admin, name, part=0):
    place = TopicPartition(name, part)
    return admin.list_offsets({place: OffsetSpec.latest()})[place].result(10).offset


def retention_of(admin, name):
    resource = ConfigResource(ResourceType.TOPIC, name)
    return admin.describe_configs([resource])[resource].result(10)["retention.ms"].value


def test_a_new_partition_has_no_leader_for_a_while(admin_of, refusal):
    admin = admin_of(leader_delay_ms=1000)()
    create(admin, "late")
    created = time.monotonic()

    place = TopicPartition("late", 0)
    assert refusal(admin.list_offsets({place: OffsetSpec.latest()})[place]) == 6

    time.sleep(max(0, created + 1.1 - time.monotonic()))
    assert end_of(admin, "late") == 0


def test_metadata_and_configs_are_old_for_a_while(admin_of, refusal, eventually):
    admin = admin_of(stale_ms=1500)()
    create(admin, "old")

    assert "old" not in admin.list_topics(timeout=10).topics
    assert refusal(admin.describe_topics(TopicCollection(["old"]))["old"]) == 3
    eventually(lambda: "old" in admin.list_topics(timeout=10).topics, expected=True)

    admin.create_partitions([NewPartitions("old", 3)])["old"].result(10)
    entry = ConfigEntry("retention.ms", "5", incremental_operation=AlterConfigOpType.SET)
    change = ConfigResource(ResourceType.TOPIC, "old", incremental_configs=[entry])
    admin.incremental_alter_configs([change])[change].result(10)

    assert retention_of(admin, "old") == "604800000"
    assert len(admin.list_topics(timeout=10).topics["old"].partitions) == 1
    eventually(lambda: retention_of(admin, "old"), "5")
    eventually(lambda: len(admin.list_topics(timeout=10).topics["old"].partitions), 3)

    admin.delete_topics(["old"])["old"].result(10)
    assert "old" in admin.list_topics(timeout=10).topics


def test_a_principal_without_describe_does_not_see_the_topic(admin_of, refusal):
    denial = Denial("User:reader", frozenset({"Describe"}), "secret")
    connect = admin_of(users={"admin": "a", "reader": "secret"}, denials=(denial,))
    owner = connect(**{**READER, "sasl.username": "admin", "sasl.password": "a"})
    create(owner, "secret")
    create(owner, "open")

    reader = connect(**READER)

    assert set(owner.list_topics(timeout=10).topics) == {"open", "secret"}
    assert set(reader.list_topics(timeout=10).topics) == {"open"}
    described = reader.describe_topics(TopicCollection(["secret", "missing"]))
    assert refusal(described["secret"]) == 29
    assert refusal(described["missing"]) == 3
    assert refusal(reader.delete_topics(["secret"])["secret"]) == 29


@pytest.mark.parametrize("exists", [True, False])
def test_a_principal_without_describe_does_not_learn_what_exists(admin_of, refusal, exists):
    connect = admin_of(denials=(Denial("User:ANONYMOUS", frozenset({"Describe"}), "secret"),))
    admin = connect()
    if exists:
        create(admin, "secret")

    assert refusal(admin.describe_topics(TopicCollection(["secret"]))["secret"]) == 29


@pytest.mark.parametrize(
    ("right", "call"),
    [
        ("DescribeConfigs", lambda admin: retention_of(admin, "guarded")),
        ("Delete", lambda admin: admin.delete_topics(["guarded"])["guarded"].result(10)),
        ("Create", lambda admin: create(admin, "new")),
        ("Alter", lambda admin: admin.create_partitions(
            [NewPartitions("guarded", 3)])["guarded"].result(10)),
    ],
)  # fmt: skip
def test_each_right_is_denied_with_the_code_of_apache_kafka(admin_of, right, call):
    admin = admin_of(denials=(Denial("User:ANONYMOUS", frozenset({right})),))()
    if right != "Create":
        create(admin, "guarded")

    with pytest.raises(KafkaException) as refused:
        call(admin)

    assert refused.value.args[0].code() == 29


def test_a_wrong_password_is_refused_with_a_reason(admin_of):
    reasons = []
    connect = admin_of(users={"reader": "secret"})
    admin = connect(**{**READER, "sasl.password": "wrong"}, error_cb=reasons.append)

    with pytest.raises(KafkaException):
        admin.list_topics(timeout=2)
    admin.poll(0)

    assert "Authentication failed: Invalid username or password" in reasons[0].str()
