"""ClickHouse's HTTP interface in front of the engine."""

import json
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, TCPServer, ThreadingMixIn
from typing import TypeAlias
from urllib.parse import urlsplit

from moose_dagster.embedded.clickhouse.compression import choose, pack
from moose_dagster.embedded.clickhouse.engine import Engine, Result
from moose_dagster.embedded.clickhouse.execution import Answer, execute
from moose_dagster.embedded.clickhouse.faults import Fault
from moose_dagster.embedded.clickhouse.request import Request, read_request
from moose_dagster.embedded.clickhouse.sessions import Sessions

# What socketserver hands to a handler.
_Request: TypeAlias = socket.socket | tuple[bytes, socket.socket]
_OK = b"Ok.\n"
_ABORTED = 236
_LIVENESS_PATHS = ("/ping", "/replicas_status")
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
    "Markdown": "text/markdown; charset=UTF-8",
}


class HttpFront(ThreadingMixIn, TCPServer):
    """The listener: every connection has a thread, so that a long query delays no other."""

    # http.server's class would ask the DNS for the name of 127.0.0.1 before it listens.
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, engine: Engine, port: int, fail: Callable[[str], None]) -> None:
        self.engine = engine
        self.sessions = Sessions(engine)
        self.stopping = False
        self.has_failed = False
        self._fail = fail
        self._idle = threading.Condition()
        self._busy = 0
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.socket.getsockname()[1])

    def handle_error(self, request: _Request, client_address: object) -> None:
        """Report why a connection failed, unless the client closed it."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def check_engine(self, fault: Fault) -> None:
        """Report that the engine has stopped, if that is why a statement failed."""
        # chDB 26.9 stays in its process after its shutdown, and answers everything with 236.
        if fault.code != _ABORTED or self.has_failed:
            return
        reason = self.engine.reason_of_stop()
        if reason:
            self.has_failed = True
            self._fail(f"The ClickHouse engine has stopped: {reason}")

    @contextmanager
    def count_request(self) -> Generator[None, None, None]:
        """Count the block as a running request."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the running requests; return whether they ended in time."""
        with self._idle:
            return self._idle.wait_for(lambda: self._busy == 0, seconds)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    front: HttpFront

    def __init__(self, request: _Request, client_address: object, server: BaseServer) -> None:
        if isinstance(server, HttpFront):
            self.front = server
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        """Answer a liveness check or a statement that only reads."""
        self._serve()

    def do_HEAD(self) -> None:
        """Answer like GET, without the body."""
        self._serve()

    def do_POST(self) -> None:
        """Answer any statement."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Log nothing: the engine has its query log."""

    def _serve(self) -> None:
        try:
            body = self._read_body()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST, "The length of the body is not a number")
            return
        target = urlsplit(self.path)
        if target.path in _LIVENESS_PATHS or (target.path == "/" and not target.query and not body):
            self._send(HTTPStatus.OK, {"Content-Type": "text/html; charset=UTF-8"}, _OK)
        elif target.path not in ("/", "/query"):
            self._send(HTTPStatus.NOT_FOUND, {}, f"There is no handle {target.path}\n".encode())
        else:
            with self.front.count_request():
                self._answer(target.query, body)
        self.close_connection = self.close_connection or self.front.stopping

    def _answer(self, query_string: str, body: bytes) -> None:
        headers = {
            "X-ClickHouse-Server-Display-Name": "embedded",
            "X-ClickHouse-Timezone": self.front.engine.timezone,
        }
        try:
            request = read_request(self.command, query_string, self.headers, body)
            headers["X-ClickHouse-Query-Id"] = request.query_id
            answer = execute(request, self.front.sessions)
        except Fault as fault:
            headers |= {
                "X-ClickHouse-Exception-Code": str(fault.code),
                "Content-Type": "text/plain; charset=UTF-8",
            }
            text = fault.text(self.front.engine.version)
            self._send(fault.status, headers, text.encode(errors="replace"))
            self.front.check_engine(fault)
        else:
            self._send_answer(request, answer, headers)

    def _send_answer(self, request: Request, answer: Answer, headers: dict[str, str]) -> None:
        headers["X-ClickHouse-Summary"] = _summary(answer.result)
        if answer.output_format is not None:
            headers["X-ClickHouse-Format"] = answer.output_format
        headers["Content-Type"] = _CONTENT_TYPES.get(
            answer.output_format or "", "text/plain; charset=UTF-8"
        )
        body = answer.result.data
        encoding = choose(request.accepted_encoding)
        if encoding is not None and body:
            body = pack(body, encoding)
            headers["Content-Encoding"] = encoding
        self._send(HTTPStatus.OK, headers, body)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.front.stopping:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._read_chunks())
        return self._read(int(self.headers.get("Content-Length") or 0))

    def _read_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self._read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            # Nothing is inserted when a client ends in the middle of its data.
            raise ConnectionAbortedError
        return data


def _summary(result: Result) -> str:
    return json.dumps(
        {
            "read_rows": str(result.read_rows),
            "read_bytes": str(result.read_bytes),
            "written_rows": str(result.written_rows),
            "written_bytes": str(result.written_bytes),
            "total_rows_to_read": str(result.read_rows),
            "result_rows": str(result.written_rows or result.read_rows),
            "result_bytes": str(len(result.data)),
            "elapsed_ns": str(int(result.seconds * 1e9)),
        }
    )
