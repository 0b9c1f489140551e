"""Dagster over a house of its own."""

from collections.abc import Iterator

import dagster as dg
import pytest
from orchestration.shop import Shop
from scenarios.house import House


@pytest.fixture
def shop(house: House, clickhouse_url: str) -> Iterator[Shop]:
    """One house, an instance that forgets, and a resource that records."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Shop(house, clickhouse_url, instance)
