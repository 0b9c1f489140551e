"""Topics of their own for each scenario, on a real broker, with every writing request recorded."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from confluent_kafka import Producer
from pydantic import BaseModel
from scenarios.database import decided

from moose_dagster import LifeCycle, Options, Project, Stream, StreamConfig, plan_for, reconcile
from moose_dagster.clients.kafka import Answers, ConnectedKafka, KafkaAddress, Layout

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED


class Message(BaseModel):
    """What the topics hold."""

    id: str
    note: str


@dataclass
class RecordingKafka:
    """A connection that writes down each writing request, then sends it."""

    connected: ConnectedKafka
    writes: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self.connected, name)

    def create(self, topics: Sequence[tuple[str, Layout, Mapping[str, str]]]) -> Any:
        self.writes += [f"create {name}" for name, _, _ in topics]
        return self.connected.create(topics)

    def add_partitions(self, totals: Mapping[str, int]) -> Any:
        self.writes += [f"partitions {name}" for name in totals]
        return self.connected.add_partitions(totals)

    def set_configs(self, configs: Mapping[str, Mapping[str, str]]) -> Any:
        self.writes += [f"configs {name}" for name in configs]
        return self.connected.set_configs(configs)

    def delete(self, topics: Collection[str]) -> Any:
        self.writes += [f"delete {name}" for name in topics]
        return self.connected.delete(topics)


class Refusing:
    """A connection on which the broker does not describe one topic."""

    def __init__(self, kafka: Any, name: str) -> None:
        self.kafka = kafka
        self.name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kafka, name)

    def configs(self, topics: Collection[str]) -> Answers[Any]:
        odd = {f"no such/{name}" if name == self.name else name: name for name in topics}
        answers = self.kafka.configs(odd)
        found = {odd[name]: configs for name, configs in answers.found.items()}
        refused = {odd[name]: error for name, error in answers.refused.items()}
        return Answers(found, refused)


class Cluster:
    """A broker, and names that no other scenario uses."""

    def __init__(self, bootstrap_servers: str, connected: ConnectedKafka) -> None:
        self.address = KafkaAddress(bootstrap_servers)
        self.kafka = RecordingKafka(connected)
        self.prefix = f"t{uuid4().hex[:10]}."

    def name(self, topic: str) -> str:
        return self.prefix + topic

    def live(self, topic: str, partitions: int = 3, **configs: str) -> None:
        """Make a live topic as somebody else would; `retention_ms` stands for `retention.ms`."""
        desired = {name.replace("_", "."): value for name, value in configs.items()}
        refused = self.kafka.connected.create([(self.name(topic), Layout(partitions, 1), desired)])
        assert refused == {}
        self._await(topic)

    def layout_of(self, partitions: int) -> Layout:
        return Layout(partitions, 1)

    def _await(self, topic: str) -> None:
        """Wait until the cluster shows a new topic and it can be read."""
        import time  # noqa: PLC0415 - only here and below

        deadline = time.monotonic() + 20
        while (layout := self.layout(topic)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert layout is not None
        spans = self.kafka.connected.spans({self.name(topic): layout.partitions})
        assert spans.refused == {}

    def produce(self, topic: str, count: int, *, age_ms: int = 0) -> None:
        """Write messages; *age_ms* makes them that old."""
        import time  # noqa: PLC0415 - only here

        producer = Producer({"bootstrap.servers": self.address.bootstrap_servers, "log_level": 0})
        stamp = round(time.time() * 1000) - age_ms
        for number in range(count):
            producer.produce(self.name(topic), key=str(number), value=b"x" * 20, timestamp=stamp)
        assert producer.flush(30) == 0

    def declared(self, topic: str, life_cycle: LifeCycle = FM, **config: Any) -> Stream[Any]:
        return Stream[Message](self.name(topic), StreamConfig(life_cycle=life_cycle, **config))

    def project(self, *streams: Any, name: str = "tests") -> Project:
        return Project(name, streams)

    def plan_result(self, *streams: Any, clickhouse: Any = None, **options: Any) -> Any:
        return plan_for(self.project(*streams), clickhouse, Options(**options), kafka=self.kafka)

    def plan(self, *streams: Any, clickhouse: Any = None, **options: Any) -> dict[str, str]:
        """Return `facet` -> verdict."""
        return decided(self.plan_result(*streams, clickhouse=clickhouse, **options).plan)

    def reconcile(self, *streams: Any, clickhouse: Any = None, **options: Any) -> Any:
        """Reconcile, expect no failure, and return the outcome."""
        outcome = reconcile(
            self.project(*streams), clickhouse, Options(**options), kafka=self.kafka
        )
        assert outcome.failures == ()
        assert outcome.unfinished == ()
        return outcome

    def layout(self, topic: str) -> Layout | None:
        return self.kafka.connected.layouts().found.get(self.name(topic))

    def config(self, topic: str, name: str) -> str:
        return self.kafka.connected.configs([self.name(topic)]).found[self.name(topic)][name].value

    def messages(self, topic: str) -> int:
        layout = self.layout(topic)
        assert layout is not None
        (spans,) = self.kafka.connected.spans({self.name(topic): layout.partitions}).found.values()
        return sum(span.end - span.start for span in spans)

    def writes(self) -> list[str]:
        """Return the writing requests since the last call."""
        sent = self.kafka.writes
        self.kafka.writes = []
        return [request.replace(self.prefix, "") for request in sent]
