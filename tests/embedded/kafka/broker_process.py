"""A broker as a real process, and clients for it."""

import itertools
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

_NUMBERS = itertools.count()
_PACKAGE = Path(__file__).parents[3] / "moose_dagster"
# Without the rest of the package, which a broker does not need and which takes most of its start.
_START = """
import runpy, sys, types
root = sys.modules["moose_dagster"] = types.ModuleType("moose_dagster")
root.__path__ = [sys.argv.pop(1)]
runpy.run_module("moose_dagster.embedded.kafka", run_name="__main__")
"""


class Broker:
    """A broker process over a directory that stays after it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        self.port = int(self.launch().stdout.readline().rpartition(":")[2])
        self.admin = AdminClient({"bootstrap.servers": self.address})
        return self

    def launch(self):
        """Start a process without waiting for its address."""
        command = [sys.executable, "-c", _START, str(_PACKAGE), "--data", str(self.data)]
        options = ["--port", str(self.port), "--retention-check-interval", "0.3"]
        with (self.data.parent / f"{self.data.name}.log").open("a") as log:
            self._process = subprocess.Popen(
                command + options, stdout=subprocess.PIPE, stderr=log, text=True
            )
        return self._process

    def end(self, number=signal.SIGTERM):
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(10)
            self._process.stdout.close()
            self._process = None

    @property
    def log(self):
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def producer(self, **settings):
        return Producer({"bootstrap.servers": self.address, **_dotted(settings)})

    def consumer(self, group, **settings):
        defaults = {
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 300,
        }
        named = {"bootstrap.servers": self.address, "group.id": group, "fetch.wait.max.ms": 50}
        return Consumer({**defaults, **named, **_dotted(settings)})

    def create(self, partitions=1, name=None, **configs):
        name = name or f"topic-{next(_NUMBERS)}"
        topic = NewTopic(name, partitions, 1, config=_dotted(configs))
        self.admin.create_topics([topic])[name].result(10)
        return name

    def send(self, topic, messages, **settings):
        """Produce (key, value) pairs, and return the errors by position."""
        failed = {}
        producer = self.producer(**settings)
        for position, (key, value) in enumerate(messages):

            def delivered(error, _, position=position):
                if error is not None:
                    failed[position] = error

            producer.produce(topic, key=key, value=value, on_delivery=delivered)
        producer.flush(20)
        return failed

    def wire(self):
        return Wire(self.port)


class Wire:
    """A connection that speaks single requests."""

    def __init__(self, port) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, request, response_type, version):
        request.API_VERSION = version
        request.with_header(7, "test")
        self._socket.sendall(request.encode(header=True, framed=True))
        return response_type.decode(self.frame(), version=version, header=True)

    def send(self, data):
        self._socket.sendall(data)

    def frame(self):
        (size,) = struct.unpack(">i", self._exactly(4))
        return self._exactly(size)

    def is_closed(self):
        try:
            return self._socket.recv(1) == b""
        except ConnectionError:
            return True

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data


def _dotted(settings):
    return {name.replace("_", "."): value for name, value in settings.items()}
