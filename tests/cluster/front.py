"""A cluster of two shards over two embedded engines, for what one engine alone can't show.

ClickHouse runs ON CLUSTER through Keeper and asks other hosts over its native protocol; the
embedded engine does neither. This front does what they come to: an ON CLUSTER statement runs on
every host,
with one UUID, and `clusterAllReplicas('main', t)` is the union of the rows of every host. Each host
is a real engine with rows and schemas of its own.
"""

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from moose_dagster.sql.quoting import quoted_text

CLUSTER = "main"
_ON_CLUSTER = re.compile(rf" ON CLUSTER `?{CLUSTER}`?")
_EVERY_HOST = re.compile(
    rf"(?:clusterAllReplicas|cluster)\('{CLUSTER}', ((?:`[^`]*`|\w+)\.(?:`[^`]*`|\w+))\)"
)
_CREATE = re.compile(r"^(CREATE TABLE (?:IF NOT EXISTS )?(?:`[^`]*`|\w+)\.(?:`[^`]*`|\w+))")
_NO_HOST = (
    "Code: 279. DB::Exception: All connection tries failed: {}. (ALL_CONNECTION_TRIES_FAILED)"
)


@dataclass
class Host:
    """One host of the cluster.

    Attributes:
        name: Its name.
        url: The address of its engine.
        is_down: Whether the others can't reach it.
        is_late: Whether it ends a statement only after the server has stopped waiting.
        refuses: A part of the statements that it refuses, "" for none.
    """

    name: str
    url: str
    is_down: bool = False
    is_late: bool = False
    refuses: str = ""

    def ask(self, sql: str, parameters: Mapping[str, str]) -> tuple[int, bytes, Mapping[str, str]]:
        """Return status, body and headers of the answer to *sql*."""
        return self._sent(f"/?{urlencode(parameters)}", {}, sql.encode())

    def insert(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Return status, body and headers of the answer to rows under *path*."""
        forwarded = {name: headers[name] for name in ("Content-Encoding",) if name in headers}
        return self._sent(path, forwarded, body)

    def _sent(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, Mapping[str, str]]:
        request = urllib.request.Request(self.url + path, body, dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read(), dict(error.headers)

    def rows(self, sql: str) -> list[list[str]]:
        """Return the rows of *sql*."""
        status, body, _ = self.ask(sql, {"default_format": "TabSeparated"})
        assert status == 200, body
        return [line.split("\t") for line in body.decode().splitlines()]


@dataclass
class Front:
    """What a client of the first host meets.

    Attributes:
        hosts: The hosts, one to each shard; the first one is the client's.
        folder: Where answers of hosts are kept for the first one.
        url: The address of the front.
        on_cluster: The statements that ran on every host.
        queue: What late hosts have still to do: the host, the statement and its parameters.
    """

    hosts: list[Host]
    folder: Path
    url: str = ""
    on_cluster: list[str] = field(default_factory=list)
    queue: list[tuple[Host, str, Mapping[str, str]]] = field(default_factory=list)

    def answer(
        self, sql: str, parameters: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Return status, body and headers of the answer to *sql*."""
        if "system.distributed_ddl_queue" in sql:
            return self._answer_of_queue(sql, parameters)
        if _ON_CLUSTER.search(sql):
            return self._on_every_host(sql, parameters)
        down = [host.name for host in self.hosts if host.is_down]
        if _EVERY_HOST.search(sql) and down and "skip_unavailable_shards = 1" not in sql:
            return (
                500,
                _NO_HOST.format(", ".join(down)).encode(),
                {"X-ClickHouse-Exception-Code": "279"},
            )
        sql = _EVERY_HOST.sub(lambda found: self._union(found[1]), sql)
        sql = sql.replace("shardNum()", "front_shard")
        return self.hosts[0].ask(sql.replace("system.clusters", self._clusters()), parameters)

    def _on_every_host(
        self, sql: str, parameters: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        self.on_cluster.append(sql)
        statement = _ON_CLUSTER.sub("", sql)
        statement = _CREATE.sub(rf"\1 UUID '{uuid4()}'", statement)
        assert parameters["distributed_ddl_output_mode"] == "never_throw"
        lines = list[str]()
        for host in self.hosts:
            answer = "0\t"
            if host.is_late:
                self.queue.append((host, statement, parameters))
                answer = "\\N\t"
            elif host.refuses and host.refuses in statement:
                answer = "243\tCode: 243. DB::Exception: Cannot reserve space. (NOT_ENOUGH_SPACE)"
            else:
                status, body, headers = host.ask(statement, parameters)
                if status != 200:
                    text = body.decode().strip().replace("\t", " ").replace("\n", " ")
                    answer = f"{headers['X-ClickHouse-Exception-Code']}\t{text}"
            lines.append(f"{host.name}\t9000\t{answer}\t0\t0")
        _, _, headers = self.hosts[0].ask("SELECT 1", parameters)
        return 200, ("\n".join(lines) + "\n").encode(), headers

    def _answer_of_queue(
        self, sql: str, parameters: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Answer that each late host is running; then it is done."""
        names = [host.name for host in self.hosts if host.is_late]
        status = "Active" if self.queue else "Finished"
        rows = ", ".join(f"(now(), '{name}', 9000, '{status}', 0, '')" for name in names)
        types = (
            "query_create_time DateTime, host String, port UInt16, status String, "
            "exception_code UInt16, exception_text String"
        )
        for host, statement, of_statement in self.queue:
            host.ask(statement, of_statement)
        self.queue.clear()
        answered = f"(SELECT * FROM values('{types}', {rows}))"
        return self.hosts[0].ask(sql.replace("system.distributed_ddl_queue", answered), parameters)

    def _union(self, table: str) -> str:
        parts = list[str]()
        for number, host in enumerate(self.hosts, 1):
            if host.is_down:
                continue
            described = host.rows(
                "SELECT name, type, default_kind FROM system.columns WHERE "
                f"concat(database, '.', table) = '{table.replace('`', '')}' FORMAT TSVRaw"
            )
            columns = {f"`{row[0]}`": row[1] for row in described if row[2] != "EPHEMERAL"}
            select = f"SELECT {number} AS front_shard, {', '.join(columns)} FROM {table}"
            status, body, _ = host.ask(f"{select} FORMAT Native", {})
            assert status == 200, body
            path = self.folder / f"{uuid4().hex}.native"
            path.write_bytes(body)
            types = {"front_shard": "UInt8", **columns}
            structure = ", ".join(f"{name} {type_}" for name, type_ in types.items())
            parts.append(f"SELECT * FROM file('{path}', 'Native', {quoted_text(structure)})")
        return f"({' UNION ALL '.join(parts)})"

    def _clusters(self) -> str:
        rows = ", ".join(
            f"('{CLUSTER}', {number}, 1, '{host.name}', 9000)"
            for number, host in enumerate(self.hosts, 1)
        )
        types = (
            "cluster String, shard_num UInt32, replica_num UInt32, host_name String, port UInt16"
        )
        return f"(SELECT * FROM values('{types}', {rows}))"


@contextmanager
def serving(front: Front) -> Iterator[Front]:
    """Serve *front* on 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                self._send(*front.hosts[0].insert(self.path, self.headers, self._chunks()))
                return
            self._answered(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def do_GET(self) -> None:
            self._answered(b"")

        def _answered(self, body: bytes) -> None:
            found = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            parameters = {name: values[-1] for name, values in found.items()}
            sql = parameters.pop("query", "") or body.decode()
            parameters.pop("compress", None)
            parameters.pop("enable_http_compression", None)
            self._send(*front.answer(sql, parameters))

        def _send(self, status: int, answer: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.startswith("X-ClickHouse"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name
            """Write no line for each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    front.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
