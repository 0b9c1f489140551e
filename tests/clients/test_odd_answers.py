"""Something between the library and ClickHouse that answers in its place."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.errors import ServerError, ServerUnreachable

_HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}
BODIES = {
    "empty": b"",
    "HTML": b"<html><body>Sign in</body></html>",
    "garbage": bytes(range(256)) * 3,
}


class Proxy(ThreadingHTTPServer):
    """Passes everything on, or answers all with *status* and *body*."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.status = 200
        self.body: bytes | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.server.body is None:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in _HOP
            }
            request = Request(f"{self.server.upstream}{self.path}", sent, headers, method="POST")
            try:
                answer = urlopen(request)
            except HTTPError as refused:
                answer = refused
            self._answer(answer.status, dict(answer.headers), answer.read())
        else:
            self._answer(self.server.status, {"Content-Type": "text/html"}, self.server.body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(clickhouse_url) -> Iterator[Proxy]:
    started = Proxy(clickhouse_url.rstrip("/"))
    threading.Thread(target=started.serve_forever, daemon=True).start()
    yield started
    started.shutdown()
    started.server_close()


@pytest.fixture
def through_proxy(proxy) -> Iterator[ConnectedClickHouse]:
    with connect(ClickHouseAddress.from_url(f"http://127.0.0.1:{proxy.server_port}")) as clickhouse:
        yield clickhouse


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_odd_answer_is_an_error_that_names_what_was_asked(proxy, through_proxy, body):
    proxy.body = body

    with pytest.raises(ServerError, match="the answer to SELECT number FROM numbers"):
        through_proxy.query("SELECT number FROM numbers(3)")
    with pytest.raises(ServerError, match="the answer to CREATE DATABASE"):
        through_proxy.command("CREATE DATABASE IF NOT EXISTS never")
    with pytest.raises(ServerError, match="the answer to INSERT INTO never"):
        through_proxy.insert("never.rows", ["id"], [[1]])


def test_no_rows_are_an_answer(through_proxy):
    assert through_proxy.query("SELECT 1 WHERE 0") == []


def test_a_gateway_without_a_server_is_a_server_that_did_not_answer(proxy, through_proxy):
    proxy.status = 502
    proxy.body = b"<html>Bad gateway</html>"

    with pytest.raises(ServerUnreachable, match="did not answer"):
        through_proxy.query("SELECT 1")
