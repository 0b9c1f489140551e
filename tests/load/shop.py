"""A topic, a table and a project that loads one into the other, on the embedded servers."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from confluent_kafka import Producer
from pydantic import BaseModel

from moose_dagster import (
    BatchLoad,
    DeadLetterQueue,
    Key,
    LoadOptions,
    LoadResult,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    OlapTable,
    Options,
    Project,
    Stream,
    StreamConfig,
    load_messages,
    reconcile,
)
from moose_dagster.clients.clickhouse import ConnectedClickHouse


class Event(BaseModel):
    id: Key[int]
    note: str


class Total(BaseModel):
    id: Key[int]
    n: int


@dataclass
class Shop:
    """A project with a topic `events`, its table, its queue, and a view that counts the rows."""

    clickhouse: ConnectedClickHouse
    kafka: Any
    servers: str
    suffix: str = field(default_factory=lambda: uuid4().hex[:10])
    model: type[BaseModel] = Event
    load: BatchLoad = field(default_factory=BatchLoad)
    has_queue: bool = True
    partitions: int = 1
    table: dict[str, Any] = field(default_factory=dict)
    stream: dict[str, Any] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        return f"events_{self.suffix}"

    @property
    def queue(self) -> str:
        return f"dead_{self.suffix}"

    @property
    def database(self) -> str:
        return f"shop_{self.suffix}"

    def project(self) -> Project:
        table = OlapTable[self.model]("events", OlapConfig(**self.table))
        totals = OlapTable[Total]("totals")
        view = MaterializedView(
            MaterializedViewOptions(
                select_statement="SELECT id, 1 AS n FROM events",
                materialized_view_name="totals_mv",
                target_table=totals,
            )
        )
        queue = DeadLetterQueue[self.model](self.queue)
        config = StreamConfig(
            parallelism=self.partitions,
            destination=table,
            load=self.load,
            default_dead_letter_queue=queue if self.has_queue else None,
            **self.stream,
        )
        declared = [table, totals, view, Stream[self.model](self.topic, config)]
        return Project(
            "tests", [*declared, *([queue] if self.has_queue else [])], database=self.database
        )

    def options(self, **others: Any) -> Options:
        return Options(
            ledger_database=f"ledger_{self.suffix}",
            trash_database=f"trash_{self.suffix}",
            lock_lease=1.0,
            **others,
        )

    def reconcile(self) -> None:
        self.clickhouse.command(f"CREATE DATABASE IF NOT EXISTS {self.database} ENGINE = Atomic")
        outcome = reconcile(
            self.project(), self.clickhouse, self.options(adopt=True), kafka=self.kafka
        )
        assert outcome.failures == ()

    def run(self, clickhouse: Any = None, kafka: Any = None, **options: Any) -> LoadResult:
        return load_messages(
            self.project(),
            clickhouse or self.clickhouse,
            kafka or self.kafka,
            LoadOptions(run=self.options(), **options),
        )

    def produce(self, *values: Any, partition: int = 0, key: str = "") -> None:
        producer = Producer({"bootstrap.servers": self.servers, "log_level": 0})
        for value in values:
            text = value if isinstance(value, bytes | None) else json.dumps(value).encode()
            producer.produce(self.topic, text, key or None, partition=partition)
        assert producer.flush(30) == 0

    def events(self, first: int, count: int, **where: Any) -> None:
        self.produce(*({"id": i, "note": f"n{i}"} for i in range(first, first + count)), **where)

    def rows(self) -> list[tuple[Any, ...]]:
        found = self.clickhouse.query(f"SELECT * FROM {self.database}.events ORDER BY ALL")
        return [tuple(row) for row in found]

    def counted(self) -> int:
        """Return how many rows the materialized view has seen."""
        ((count,),) = self.clickhouse.query(f"SELECT sum(n) FROM {self.database}.totals")
        return count

    def dead(self) -> list[Any]:
        """Return the dead letters."""
        return self.messages(self.queue)

    def messages(self, topic: str) -> list[Any]:
        layout = self.kafka.layouts_of([topic]).found[topic]
        spans = self.kafka.spans({topic: layout.partitions}).found[topic]
        found = []
        with self.kafka.reader() as reader:
            for partition, span in enumerate(spans):
                for chunk in reader.read(topic, partition, span.start, span.end):
                    found += chunk
        return found
