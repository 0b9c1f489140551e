"""Measure the embedded broker against the same bytes through a bare loopback socket to a file."""

import tempfile
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console

from benchmarks.loopback import loopback
from benchmarks.measure import Measured, median, seconds

MESSAGES = 100_000
VALUE = bytes(1_000)
PARTITIONS = 4
ROUNDS = 5

_WAIT = 60


def measure(bootstrap_servers: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    console.print(f"{MESSAGES:,} messages through the broker ...")
    produced = list[float]()
    sent = list[float]()
    consumed = list[float]()
    received = list[float]()
    with tempfile.TemporaryDirectory() as folder, loopback(Path(folder) / "bytes") as raw:
        for number in range(ROUNDS):
            topic = _Topic(bootstrap_servers, f"bench-broker-{number}")
            produced.append(seconds(topic.fill))
            sent.append(seconds(lambda: raw.send(VALUE * 1_000, MESSAGES // 1_000)))
            consumed.append(seconds(topic.drain))
            received.append(seconds(raw.receive))
            topic.delete()
    return [
        _line("produce", produced, sent, aim="5x"),
        _line("consume", consumed, received, aim="5x"),
    ]


class _Topic:
    """A topic with its own clients, connected before anything is measured."""

    def __init__(self, bootstrap_servers: str, name: str) -> None:
        self._name = name
        address = {"bootstrap.servers": bootstrap_servers}
        self._admin = AdminClient(address)
        self._admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(_WAIT)
        self._producer = Producer(
            {**address, "linger.ms": 5, "queue.buffering.max.messages": MESSAGES}
        )
        self._producer.list_topics(name, timeout=_WAIT)
        self._consumer = Consumer({**address, "group.id": name, "enable.auto.commit": False})
        self._consumer.list_topics(name, timeout=_WAIT)

    def fill(self) -> None:
        """Produce all messages and wait for the last acknowledgement."""
        for number in range(MESSAGES):
            self._producer.produce(self._name, VALUE, partition=number % PARTITIONS)
        assert self._producer.flush(_WAIT) == 0  # noqa: S101 - else it measures something else

    def drain(self) -> None:
        """Consume all messages."""
        self._consumer.assign(
            [TopicPartition(self._name, number, 0) for number in range(PARTITIONS)]
        )
        count = 0
        while count < MESSAGES:
            count += len(self._consumer.consume(10_000, _WAIT))

    def delete(self) -> None:
        """Leave nothing behind."""
        self._consumer.close()
        self._admin.delete_topics([self._name])[self._name].result(_WAIT)


def _line(what: str, ours: list[float], raw: list[float], *, aim: str) -> Measured:
    """Return one line: rates instead of times, the ratio still one of times."""
    mine = median(ours)
    bare = median(raw)
    size = MESSAGES * len(VALUE) / 1e6
    return Measured(
        f"{what} messages of 1 kB against bare bytes, socket to file",
        f"{MESSAGES / mine:,.0f}/s, {size / mine:,.0f} MB/s",
        f"{size / bare:,.0f} MB/s",
        f"{mine / bare:.2f}x",
        aim,
    )
