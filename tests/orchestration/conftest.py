"""Dagster over a database of its own."""

from collections.abc import Iterator

import dagster as dg
import pytest
from orchestration.shop import Shop
from scenarios.database import TestDatabase


@pytest.fixture(scope="session")
def forgetful() -> Iterator[dg.DagsterInstance]:
    """An instance in memory; a new one takes fifteen times as long as to wipe this one."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def shop(db: TestDatabase, clickhouse_url: str, forgetful: dg.DagsterInstance) -> Shop:
    """One database, an instance without runs and events, and a resource that records."""
    forgetful.wipe()
    return Shop(db, clickhouse_url, forgetful)
