"""Measure a load against the bare INSERT of the same rows, and against a bare consumer loop."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

from confluent_kafka import Consumer, Producer, TopicPartition
from pydantic import BaseModel
from rich.console import Console

from benchmarks.measure import Measured, median, seconds, shown
from moose_dagster import (
    BatchLoad,
    Key,
    LoadOptions,
    OlapTable,
    Options,
    Project,
    Stream,
    StreamConfig,
    load_messages,
    reconcile,
)
from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.clients.kafka import ConnectedKafka, KafkaAddress, connect_kafka
from moose_dagster.embedded import EmbeddedServers

MESSAGES = 100_000
ROUNDS = 3
_BATCH = 16_000
_WAIT = 60
_COLUMNS = ("id", "kind", "amount", "note")


class Event(BaseModel):
    """What a message holds.

    Attributes:
        id: Its number.
        kind: One of a few words.
        amount: A number.
        note: What fills the message up to its size.
    """

    id: Key[int]
    kind: str
    amount: float
    note: str


def measure(servers: EmbeddedServers, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    lines = list[Measured]()
    address = ClickHouseAddress.from_url(servers.clickhouse_url)
    kafka_address = KafkaAddress(servers.kafka_bootstrap_servers)
    with connect(address) as clickhouse, connect_kafka(kafka_address) as kafka:
        for size in (1_000, 100):
            console.print(f"{MESSAGES:,} messages of {size} B into a table ...")
            bench = _Bench(clickhouse, kafka, servers.kafka_bootstrap_servers, size)
            lines += bench.lines()
    return lines


class _Bench:
    """One topic with messages of one size, and tables to load it into."""

    def __init__(
        self, clickhouse: ConnectedClickHouse, kafka: ConnectedKafka, servers: str, size: int
    ) -> None:
        self._clickhouse = clickhouse
        self._kafka = kafka
        self._servers = servers
        self._size = size
        self._name = f"bench_load_{uuid.uuid4().hex[:8]}"
        self._events = [_event(number, size) for number in range(MESSAGES)]

    def lines(self) -> list[Measured]:
        """Measure in turn, and return a line for each yardstick."""
        loads = list[float]()
        inserts = list[float]()
        loops = list[float]()
        for number in range(ROUNDS):
            load = self._prepared(f"{self._name}_{number}")
            loads.append(seconds(load))
            inserts.append(seconds(lambda: self._insert(f"{self._name}_{number}")))  # noqa: B023 - called at once
            loops.append(seconds(lambda: self._consume(f"{self._name}_{number}")))  # noqa: B023 - as above
        size = f"messages of {self._size} B"
        return [
            _line(f"load {size} against the bare insert", loads, inserts, "1.5x"),
            _line(f"load {size} against a bare consumer loop", loads, loops, "-"),
        ]

    def _prepared(self, name: str) -> Callable[[], object]:
        """Make topic and table, fill the topic, and return what loads it."""
        self._clickhouse.command("CREATE DATABASE IF NOT EXISTS bench_loads")
        table = OlapTable[Event](name)
        stream = Stream[Event](name, StreamConfig(destination=table, load=BatchLoad()))
        project = Project(name, [table, stream], database="bench_loads")
        options = Options(ledger_database="bench_loads_ledger")
        assert not reconcile(project, self._clickhouse, options, kafka=self._kafka).failures  # noqa: S101 - else it measures something else
        producer = Producer(
            {"bootstrap.servers": self._servers, "queue.buffering.max.messages": MESSAGES}
        )
        for event in self._events:
            producer.produce(name, event)
        assert producer.flush(_WAIT) == 0  # noqa: S101 - as above

        def load() -> None:
            result = load_messages(project, self._clickhouse, self._kafka, LoadOptions(run=options))
            assert result.loaded == MESSAGES  # noqa: S101 - as above

        return load

    def _insert(self, name: str) -> None:
        """Insert the same rows into a table of the same columns, in batches of the same size."""
        table = f"bench_loads.{name}_bare"
        self._clickhouse.command(f"CREATE TABLE {table} AS bench_loads.{name}")
        for first in range(0, MESSAGES, _BATCH):
            rows = [json.loads(event) for event in self._events[first : first + _BATCH]]
            values = [_column(rows, name) for name in _COLUMNS]
            self._clickhouse.client.insert(
                table,
                values,
                column_names=_COLUMNS,
                column_oriented=True,
            )

    def _consume(self, name: str) -> None:
        consumer = Consumer({"bootstrap.servers": self._servers, "group.id": name})
        consumer.assign([TopicPartition(name, 0, 0)])
        count = 0
        while count < MESSAGES:
            count += len(consumer.consume(10_000, 1.0))
        consumer.close()


def _column(rows: Sequence[Mapping[str, object]], name: str) -> list[object]:
    return [row[name] for row in rows]


def _event(number: int, size: int) -> bytes:
    event = {"id": number, "kind": f"kind{number % 7}", "amount": number / 3, "note": ""}
    event["note"] = "x" * max(0, size - len(json.dumps(event)))
    return json.dumps(event).encode()


def _line(what: str, ours: Iterable[float], yardstick: Iterable[float], aim: str) -> Measured:
    mine = median([*ours])
    bare = median([*yardstick])
    rate = f"{MESSAGES / mine:,.0f}/s, {shown(mine)}"
    return Measured(what, rate, shown(bare), f"{mine / bare:.2f}x", aim)
