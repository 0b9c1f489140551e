"""A cluster of two shards, each with rows of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.front import Front, Host, serving
from scenarios.database import TestDatabase

from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.embedded import running


@pytest.fixture(scope="session")
def second_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The engine of the second shard."""
    with running(tmp_path_factory.mktemp("second")) as servers:
        yield servers.clickhouse_url


@pytest.fixture
def front(servers, second_url: str, tmp_path: Path) -> Iterator[Front]:
    """The cluster, as a client of its first host meets it."""
    hosts = [Host("a", servers.clickhouse_url), Host("b", second_url)]
    with serving(Front(hosts, tmp_path)) as front:
        yield front


@pytest.fixture
def db(front: Front) -> Iterator[TestDatabase]:
    """A database on both hosts."""
    with connect(ClickHouseAddress.from_url(front.url)) as clickhouse:
        db = TestDatabase(clickhouse)
        on_every_host(front, f"CREATE DATABASE IF NOT EXISTS {db.database} ENGINE = Atomic")
        yield db


def on_every_host(front: Front, sql: str) -> None:
    """Run *sql* on each host."""
    for host in front.hosts:
        host.rows(sql)
