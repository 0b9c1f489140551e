"""Why a cluster can't be reached is said, and what will not heal is not waited for."""

import time

import pytest
from systems.kafka_cluster import kafka_with

from moose_dagster import ServerUnreachable
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects
from moose_dagster.errors import ServerError

LOGIN = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "reader",
}


@pytest.fixture
def address(tmp_path):
    with kafka_with(tmp_path, ClusterEffects(users={"reader": "secret"})) as started:
        yield started


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({**LOGIN, "sasl.password": "wrong"}, "Invalid username or password"),
        ({"security.protocol": "SSL"}, "SSL handshake failed"),
    ],
)
def test_what_will_not_heal_is_said_and_not_waited_for(address, properties, reason):
    started = time.monotonic()

    with (
        connect_kafka(KafkaAddress(address, properties), seconds=30) as kafka,
        pytest.raises(ServerError, match=reason) as caught,
    ):
        kafka.layouts()

    assert str(caught.value).startswith("Kafka refuses the connection: ")
    assert time.monotonic() - started < 15


def test_a_right_password_is_let_in(address):
    login = KafkaAddress(address, {**LOGIN, "sasl.password": "secret"})

    with connect_kafka(login) as kafka:
        assert kafka.layouts().found == {}


def test_an_address_on_which_nothing_listens_is_named_with_the_reason():
    with (
        connect_kafka(KafkaAddress("127.0.0.1:1"), seconds=1) as kafka,
        pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1:1.*Connection refused"),
    ):
        kafka.layouts()
