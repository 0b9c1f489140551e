"""Move bytes through a loopback socket into a file and back: the limit of a broker in Python."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

_CHUNK = 1 << 20
_DONE = b"."


@contextmanager
def loopback(file: Path) -> Iterator["Loopback"]:
    """Run a process that keeps what it is sent in *file*, without any protocol."""
    client_side, server_side = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(server_side, file))
    process.start()
    try:
        yield Loopback(client_side.recv())
    finally:
        process.terminate()
        process.join()


class Loopback:
    """A client of that process; every call is a connection."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)

    def send(self, data: bytes, times: int) -> None:
        """Replace the file by *data* as often as that, and wait until it is written."""
        with socket.create_connection(self._address) as connected:
            connected.sendall(b"w")
            for _ in range(times):
                connected.sendall(data)
            connected.shutdown(socket.SHUT_WR)
            connected.recv(1)

    def receive(self) -> int:
        """Read the file and return its size."""
        with socket.create_connection(self._address) as connected:
            connected.sendall(b"r")
            return sum(map(len, iter(lambda: connected.recv(_CHUNK), b"")))


def _serve(ready: Connection, path: Path) -> None:
    """Serve one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready.send(listener.getsockname()[1])
        while True:
            connected, _ = listener.accept()
            with connected:
                if connected.recv(1) == b"w":
                    _write(connected, path)
                else:
                    _read(connected, path)


def _write(connected: socket.socket, path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while data := connected.recv(_CHUNK):
            file.write(data)
    connected.sendall(_DONE)


def _read(connected: socket.socket, path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while data := file.read(_CHUNK):
            connected.sendall(data)
