"""Dagster over a database of its own."""

from collections.abc import Iterator

import dagster as dg
import pytest
from orchestration.shop import Shop
from scenarios.database import TestDatabase


@pytest.fixture
def shop(db: TestDatabase, clickhouse_url: str) -> Iterator[Shop]:
    """One database, an instance that forgets, and a resource that records."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Shop(db, clickhouse_url, instance)
