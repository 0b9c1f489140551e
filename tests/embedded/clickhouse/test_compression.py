import gzip
import zlib

import clickhouse_connect
import lz4.frame
import pytest
from backports import zstd

PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
}
UNPACKERS = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": zstd.decompress,
}


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_packed_body_is_understood(ask, table, encoding):
    pack = PACKERS[encoding]
    body = pack(b'{"id": 1, "name": "a"}\n')
    if encoding != "deflate":
        body += pack(b'{"id": 2, "name": "b"}\n')

    answer = ask(
        f"INSERT INTO {table} FORMAT JSONEachRow", body, headers={"Content-Encoding": encoding}
    )

    assert answer.status == 200, answer.data
    assert ask(f"SELECT count() FROM {table}").data == (b"1\n" if encoding == "deflate" else b"2\n")


@pytest.mark.parametrize("encoding", UNPACKERS)
def test_an_answer_is_packed_on_request(ask, encoding):
    answer = ask(
        "SELECT range(10000)", headers={"Accept-Encoding": encoding}, enable_http_compression=1
    )

    assert answer.headers["Content-Encoding"] == encoding
    assert UNPACKERS[encoding](answer.data).startswith(b"[0,1,2")


def test_an_answer_is_plain_unless_the_setting_is_on(ask):
    assert "Content-Encoding" not in ask("SELECT 1", headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize(
    ("encoding", "code"),
    [("br", "48"), ("gzip", "271"), ("lz4", "271"), ("zstd", "271"), ("deflate", "271")],
)
def test_a_body_that_can_t_be_unpacked_is_refused(ask, encoding, code):
    answer = ask(body=b"SELECT 1", headers={"Content-Encoding": encoding})

    assert answer.headers["X-ClickHouse-Exception-Code"] == code


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_the_client_compresses_both_ways(server, compress, table):
    with clickhouse_connect.get_client(dsn=server.clickhouse_url, compress=compress) as client:
        client.insert(
            table, [[number, "name"] for number in range(5000)], column_names=["id", "name"]
        )

        assert client.query(f"SELECT sum(id) FROM {table}").result_rows == [(12497500,)]
