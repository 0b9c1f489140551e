"""What every test may ask for."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from lacking import version_of
from scenarios.cluster import Cluster
from scenarios.database import TestDatabase
from systems.dagster_ui import DagsterUi, dagster_ui

from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.embedded import EmbeddedServers, running
from moose_dagster.sql.quoting import quoted_name

# A machine that is busy with something else breaks no law: by default an example has 200 ms.
settings.register_profile(
    "patient",
    max_examples=int(os.environ.get("MOOSE_LAW_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

_TESTS = Path(__file__).parent
_LONGEST = ("apply", "laws", "load", "traffic")
_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
_ENOUGH = 6 * 1024**3  # bytes; a run of the whole suite writes less than half of it


def pytest_configure() -> None:
    """Keep the files of tests in memory where it is large enough.

    Servers sync every new file to the disk: in memory, CREATE TABLE takes 3 ms in place of 20.
    """
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders of the longest tests, so that no worker ends alone with one."""
    items.sort(key=lambda item: item.path.relative_to(_TESTS).parts[0] not in _LONGEST)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    """Embedded servers for this worker."""
    with running(tmp_path_factory.mktemp("servers")) as started:
        yield started


@pytest.fixture(scope="session")
def clickhouse_url(request: pytest.FixtureRequest) -> str:
    """The ClickHouse that MOOSE_TEST_CLICKHOUSE names, else the embedded one."""
    return (
        os.environ.get("MOOSE_TEST_CLICKHOUSE") or request.getfixturevalue("servers").clickhouse_url
    )


@pytest.fixture(scope="session")
def kafka_bootstrap_servers(request: pytest.FixtureRequest) -> str:
    """The Kafka that MOOSE_TEST_KAFKA names, else the embedded one."""
    return (
        os.environ.get("MOOSE_TEST_KAFKA")
        or request.getfixturevalue("servers").kafka_bootstrap_servers
    )


@pytest.fixture
def cluster(kafka_bootstrap_servers: str) -> Iterator[Cluster]:
    """Topic names of its own."""
    with connect_kafka(KafkaAddress(kafka_bootstrap_servers)) as kafka:
        yield Cluster(kafka_bootstrap_servers, kafka)


@pytest.fixture(scope="session")
def connected(clickhouse_url: str) -> Iterator[ConnectedClickHouse]:
    """One connection to that server."""
    with connect(ClickHouseAddress.from_url(clickhouse_url)) as clickhouse:
        yield clickhouse


@pytest.fixture(scope="session")
def server_version(connected: ConnectedClickHouse) -> tuple[int, ...]:
    """The server's version, such as `(26, 9)`."""
    return version_of(connected.query("SELECT version()")[0][0])


@pytest.fixture(autouse=True)
def _requires(request: pytest.FixtureRequest) -> None:
    """Skip a test marked `requires("26.9", "what older servers lack")` on an older server."""
    for mark in request.node.iter_markers("requires"):
        version, lacking = mark.args
        found = request.getfixturevalue("server_version")
        if found < version_of(version):
            pytest.skip(f"ClickHouse {'.'.join(map(str, found))}: {lacking}")


@pytest.fixture(autouse=True)
def _forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop the databases that a test has made on the embedded server of this worker.

    With 2,000 tables that nobody uses, a query of a system table costs it twice to three times as
    much, and it is never idle.
    """
    if "clickhouse_url" not in request.fixturenames or "MOOSE_TEST_CLICKHOUSE" in os.environ:
        yield
        return
    connected = request.getfixturevalue("connected")
    earlier = databases_of(connected)
    yield
    for database in databases_of(connected) - earlier:
        connected.command(
            f"DROP DATABASE IF EXISTS {quoted_name(database)}", {"check_table_dependencies": 0}
        )


def databases_of(connected: ConnectedClickHouse) -> set[str]:
    """Return the names of the databases, among them those that fixtures of a session made."""
    return {name for (name,) in connected.query("SELECT name FROM system.databases")}


@pytest.fixture
def db(connected: ConnectedClickHouse) -> TestDatabase:
    """A database of its own."""
    return TestDatabase(connected)


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterUi]:
    """Dagster's UI as a user starts it."""
    with dagster_ui(tmp_path_factory.mktemp("ui")) as started:
        yield started
