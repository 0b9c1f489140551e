"""Two ways to talk to the embedded ClickHouse, and a table in it."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import clickhouse_connect
import pytest
import urllib3
from clickhouse_connect.driver.client import Client

from moose_dagster.embedded import EmbeddedServers

Ask = Callable[..., urllib3.BaseHTTPResponse]


@pytest.fixture
def client(server: EmbeddedServers) -> Iterator[Client]:
    with clickhouse_connect.get_client(
        dsn=server.clickhouse_url, autogenerate_session_id=False
    ) as client:
        yield client


@pytest.fixture
def table(client: Client) -> Iterator[str]:
    client.command(
        "CREATE OR REPLACE TABLE things (id Int64, name String) ENGINE = MergeTree ORDER BY id"
    )
    yield "things"
    client.command("DROP TABLE things SYNC")


@pytest.fixture
def ask(server: EmbeddedServers) -> Iterator[Ask]:
    with urllib3.PoolManager(retries=False, maxsize=32) as pool:

        def request(sql="", body=None, *, method="POST", headers=None, path="/", **params):
            url = f"{server.clickhouse_url}{path}?{urlencode({'query': sql, **params})}"
            return pool.request(method, url, body=body, headers=headers, decode_content=False)

        yield request
