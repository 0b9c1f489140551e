"""A broker, and what several tests need of it."""

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
    """Return the error code of a future of the admin client."""

    def code_of(future):
        with pytest.raises(KafkaException) as refused:
            future.result(10)
        return refused.value.args[0].code()

    return code_of


@pytest.fixture
def eventually():
    """Repeat a question until the answer is the expected one."""

    def wait_for(question, expected, seconds=10):
        deadline = time.monotonic() + seconds
        while (answer := question()) != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        assert answer == expected

    return wait_for


@pytest.fixture
def read():
    """Read a number of messages as (key, value), or those that arrive in time."""

    def messages(consumer, count, seconds=15):
        pairs = []
        deadline = time.monotonic() + seconds
        while len(pairs) < count and time.monotonic() < deadline:
            received = consumer.consume(count - len(pairs), 0.2)
            messages = [message for message in received if message.error() is None]
            pairs += [(message.key(), message.value()) for message in messages]
        return pairs

    return messages


@pytest.fixture(scope="session")
def amount():
    """Return how many messages the stress test sends."""
    return int(os.environ.get("MOOSE_KAFKA_STRESS_MESSAGES", "15000"))
