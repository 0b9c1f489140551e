"""Where a server listens, as a URL."""

import traceback

import pytest

from moose_dagster import ServerError
from moose_dagster.clients.clickhouse import ClickHouseAddress


def test_a_url_is_taken_apart():
    address = ClickHouseAddress.from_url("https://me:pa%23ss@db.example.com?max_threads=2")

    assert (address.host, address.port, address.username, address.password) == (
        "db.example.com",
        8443,
        "me",
        "pa#ss",
    )
    assert address.options == {"settings": {"max_threads": "2"}}


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret#x@db:8123",
        "http://me:secret/x@db:8123",
        "http://db:99999",
        "http://[::1",
        "ftp://db",
        "",
    ],
)
def test_a_url_that_can_not_be_read_is_an_error_of_ours_that_shows_no_password(url):
    with pytest.raises(ServerError) as raised:
        ClickHouseAddress.from_url(url)

    assert "secret" not in "".join(traceback.format_exception(raised.value))
