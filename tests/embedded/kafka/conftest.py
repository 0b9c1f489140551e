"""A broker, and what the tests ask of it again and again."""

import os
import time

import pytest
from confluent_kafka import KafkaException
from embedded.kafka.broker_process import Broker


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    running = Broker(tmp_path_factory.mktemp("kafka") / "data").start()
    yield running
    running.end()


@pytest.fixture
def own_broker(tmp_path):
    running = Broker(tmp_path / "data").start()
    yield running
    running.end()


@pytest.fixture
def refusal():
    """Return the code of what a future of the admin client refuses."""

    def code_of(future):
        with pytest.raises(KafkaException) as refused:
            future.result(10)
        return refused.value.args[0].code()

    return code_of


@pytest.fixture
def eventually():
    """Ask again until the answer is the expected one."""

    def wait_for(question, expected, seconds=10):
        deadline = time.monotonic() + seconds
        while (answer := question()) != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        assert answer == expected

    return wait_for


@pytest.fixture
def read():
    """Read a number of messages as (key, value), or what comes within a time."""

    def messages(consumer, count, seconds=15):
        found = []
        deadline = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < deadline:
            found += [
                message
                for message in consumer.consume(count - len(found), 0.2)
                if message.error() is None
            ]
        return [(message.key(), message.value()) for message in found]

    return messages


@pytest.fixture(scope="session")
def amount():
    """Return how many messages a stress moves."""
    return int(os.environ.get("MOOSE_KAFKA_STRESS_MESSAGES", "15000"))
