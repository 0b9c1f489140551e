"""A proxy between client and server that fails at one request, in one of the ways networks do."""

import http.client
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler


class Fault(Enum):
    """How a request fails."""

    REFUSED = "nobody listens, for this and every later connection of the run"
    RESET_BEFORE = "the connection is reset, and the server was never asked"
    RESET_AFTER = "the server did it, and the connection is reset before the answer"
    UNAVAILABLE = "a load balancer answers 503, and the server was never asked"
    SLOW = "the answer comes late"
    CUT = "half of the answer comes"


_SLOW = 0.5
_RESET = struct.pack("ii", 1, 0)


class Proxy(socketserver.ThreadingTCPServer):
    """One proxy on 127.0.0.1.

    Args:
        upstream: The server's host and port.
        handler: What it does with each request.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, upstream: tuple[str, int], handler: type["Passing"] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler or Passing)
        self.upstream = upstream
        self._lock = threading.Lock()
        self.fault = Fault.SLOW
        self.left = -1
        self.failed = False
        self.refusing = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Report what a connection died of, unless it is one that was reset on purpose."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fail(self, fault: Fault, at: int) -> None:
        """Fail at request number *at* from now on."""
        with self._lock:
            self.fault = fault
            self.left = at
            self.failed = False
            self.refusing = False

    def fault_now(self) -> Fault | None:
        """Return how the request that has just come in fails, if it does."""
        with self._lock:
            if self.refusing:
                return Fault.RESET_BEFORE
            self.left -= 1
            if self.left != -1:
                return None
            self.failed = True
            self.refusing = self.fault is Fault.REFUSED
            return self.fault


class Passing(BaseHTTPRequestHandler):
    """Passes each request on, and its answer back."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:
        self.pass_on()

    def do_POST(self) -> None:
        self.pass_on()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        return

    def pass_on(self) -> None:
        body = self.body()
        fault = self.server.fault_now()
        if fault in {Fault.REFUSED, Fault.RESET_BEFORE}:
            self.reset()
        elif fault is Fault.UNAVAILABLE:
            self.answer(
                503, [("Content-Type", "text/html")], b"<html>503 Service Unavailable</html>"
            )
        else:
            status, headers, content = self.ask(body)
            if fault is Fault.RESET_AFTER:
                self.reset()
                return
            time.sleep(_SLOW if fault is Fault.SLOW else 0)
            self.answer(status, headers, content, cut=fault is Fault.CUT)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self.server.upstream, timeout=60)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() != "transfer-encoding"
        }
        try:
            connection.request(
                self.command, self.path, body, {**headers, "Content-Length": str(len(body))}
            )
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def answer(
        self, status: int, headers: list[tuple[str, str]], content: bytes, *, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in {
                "transfer-encoding",
                "content-length",
                "connection",
                "date",
                "server",
            }:
                self.send_header(name, value)
        # At least one byte is missing, also where the answer to a DDL is empty.
        self.send_header("Content-Length", str(len(content) + cut))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.wfile.flush()
            self.reset()

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close_connection = True
        self.connection.close()


@contextmanager
def proxied(host: str, port: int) -> Iterator[Proxy]:
    """Yield a proxy in front of the server at *host*:*port*."""
    with Proxy((host, port)) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
