"""A project that loads a topic into a table, on the embedded servers."""

from collections.abc import Iterator

import pytest
from load.shop import Shop

from moose_dagster.clients.clickhouse import ConnectedClickHouse
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka


@pytest.fixture
def shop(connected: ConnectedClickHouse, kafka_bootstrap_servers: str) -> Iterator[Shop]:
    with connect_kafka(KafkaAddress(kafka_bootstrap_servers)) as kafka:
        yield Shop(connected, kafka, kafka_bootstrap_servers)
