"""1,000 topics: a plan against the admin calls that it needs, made bare."""

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec
from pydantic import BaseModel
from rich.console import Console

from benchmarks.measure import Measured, side_by_side
from moose_dagster import Project, Stream, StreamConfig, plan_for
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka

TOPICS = 1_000


class Message(BaseModel):
    """What the topics hold."""

    text: str


def measure(bootstrap_servers: str, console: Console) -> list[Measured]:
    """Return the lines of this benchmark."""
    console.print(f"{TOPICS:,} topics: no-op plan ...")
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    names = [f"bench-{number:05}" for number in range(TOPICS)]
    created = admin.create_topics([NewTopic(name, 1, 1) for name in names], operation_timeout=60)
    for future in created.values():
        future.result()
    config = StreamConfig(parallelism=1)
    project = Project("bench", [Stream[Message](name, config) for name in names])
    with connect_kafka(KafkaAddress(bootstrap_servers)) as kafka:

        def plan() -> None:
            assert plan_for(project, kafka=kafka).plan.steps == ()  # noqa: S101 - else it measures something else

        what = f"no-op plan of {TOPICS:,} topics against the bare admin calls"
        return [side_by_side(what, plan, lambda: _bare(admin, names), aim="1.5x")]


def _bare(admin: AdminClient, names: list[str]) -> None:
    admin.list_topics(timeout=30)
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    for configs in admin.describe_configs(resources, request_timeout=30).values():
        configs.result()
    for spec in (OffsetSpec.earliest(), OffsetSpec.latest()):
        desired = {TopicPartition(name, 0): spec for name in names}
        for offset in admin.list_offsets(desired, request_timeout=30).values():
            offset.result()
