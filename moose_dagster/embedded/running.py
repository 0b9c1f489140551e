"""Embedded servers for the length of a `with` block."""

import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from moose_dagster.embedded.extra import require_extra
from moose_dagster.embedded.ownership import Owner, is_claimed, read_note
from moose_dagster.errors import EmbeddedServerError

_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 10.0
_LOG_TAIL = 2000
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """Embedded servers that are running.

    Attributes:
        clickhouse_url: The HTTP address of ClickHouse, as `http://host:port`.
        kafka_bootstrap_servers: The address of Kafka, as `host:port`.
        data_dir: The directory that keeps the data, as an absolute path.
        pid: The process id of the owner.
        joined: Whether the owner was running before; such an owner keeps running afterwards.
    """

    clickhouse_url: str
    kafka_bootstrap_servers: str
    data_dir: Path
    pid: int
    joined: bool


@contextmanager
def running(
    data_dir: Path, *, clickhouse_port: int = 0, kafka_port: int = 0
) -> Generator[EmbeddedServers, None, None]:
    """Serve *data_dir* in a process of its own, or join the process that already does.

    Args:
        data_dir: The directory that keeps the data, made if missing.
        clickhouse_port: The port of a newly started ClickHouse, 0 for any free one.
        kafka_port: The port of a newly started Kafka, 0 for any free one.

    Raises:
        EmbeddedServerError: The extra is missing, or the servers did not start.
    """
    data_dir = data_dir.resolve()
    owner = _find_owner(data_dir)
    if owner is not None:
        yield _servers(data_dir, owner, joined=True)
        return
    require_extra()
    process = _spawn(data_dir, clickhouse_port, kafka_port)
    try:
        # Another process may have claimed the directory first: then we use its servers.
        owner = _await_owner(data_dir, process) or _find_owner(data_dir)
        if owner is None:
            raise EmbeddedServerError(
                f"The embedded servers of {data_dir} did not start:\n{_log_tail(data_dir)}"
            )
        yield _servers(data_dir, owner, joined=owner.pid != process.pid)
    finally:
        _stop(process)


def _spawn(data_dir: Path, clickhouse_port: int, kafka_port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "moose_dagster.embedded", "serve", "--stop-with-parent"]
    command += ["--data", str(data_dir), "--clickhouse-port", str(clickhouse_port)]
    command += ["--kafka-port", str(kafka_port)]
    path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]))
    with (data_dir / "owner.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path},
            # Ctrl-C belongs to the parent, which stops the owner when its block ends.
            start_new_session=True,
        )


def _find_owner(data_dir: Path) -> Owner | None:
    for _ in _ticks():
        if not is_claimed(data_dir):
            return None
        owner = read_note(data_dir)
        if owner is not None and _is_answering(owner):
            return owner
    raise EmbeddedServerError(
        f"The process that owns {data_dir} does not answer: stop it, or use another directory"
    )


def _await_owner(data_dir: Path, process: "subprocess.Popen[bytes]") -> Owner | None:
    for _ in _ticks():
        if process.poll() is not None:
            break
        owner = read_note(data_dir)
        if owner is not None and owner.pid == process.pid and _is_answering(owner):
            return owner
    return None


def _ticks() -> Iterator[None]:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)


def _is_answering(owner: Owner) -> bool:
    # Not urllib: it would ask the proxy of the environment.
    connection = HTTPConnection(urlsplit(owner.urls["clickhouse"]).netloc, timeout=5)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == HTTPStatus.OK
    except (HTTPException, OSError):
        return False
    finally:
        connection.close()


def _servers(data_dir: Path, owner: Owner, *, joined: bool) -> EmbeddedServers:
    return EmbeddedServers(
        owner.urls["clickhouse"], owner.urls["kafka"], data_dir, owner.pid, joined
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdin is not None:
            process.stdin.close()


def _log_tail(data_dir: Path) -> str:
    try:
        log = (data_dir / "owner.log").read_text(errors="replace")
    except FileNotFoundError:
        return "(there is no log)"
    return log[-_LOG_TAIL:].strip() or "(the log is empty)"
