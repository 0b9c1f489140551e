"""What every test may ask for."""

import os
from collections.abc import Iterator

import pytest
from scenarios.house import House
from systems.dagster_ui import DagsterUi, dagster_ui

from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.embedded import running


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ClickHouse that MOOSE_TEST_CLICKHOUSE names, else an embedded one for this worker."""
    if given := os.environ.get("MOOSE_TEST_CLICKHOUSE"):
        yield given
        return
    with running(tmp_path_factory.mktemp("clickhouse")) as servers:
        yield servers.clickhouse_url


@pytest.fixture(scope="session")
def connected(clickhouse_url: str) -> Iterator[ConnectedClickHouse]:
    """One connection to that server."""
    with connect(ClickHouseAddress.from_url(clickhouse_url)) as clickhouse:
        yield clickhouse


@pytest.fixture
def house(connected: ConnectedClickHouse) -> House:
    """A database of its own."""
    return House(connected)


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterUi]:
    """Dagster's UI as a user starts it."""
    with dagster_ui(tmp_path_factory.mktemp("ui")) as started:
        yield started
