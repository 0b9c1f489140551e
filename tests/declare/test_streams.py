"""Streams and pipelines as people write them."""

import sys
from datetime import datetime

import pytest
from pydantic import BaseModel

from moose_dagster import (
    DeadLetterQueue,
    DeclarationError,
    IngestPipeline,
    IngestPipelineConfig,
    Key,
    LifeCycle,
    OlapConfig,
    OlapTable,
    Project,
    Stream,
    StreamConfig,
)
from moose_dagster.declare.streams import DeadLetter
from moose_dagster.state.topics import Topic, TopicId

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED


class ProductEvent(BaseModel):
    id: Key[str]
    product_id: str
    timestamp: datetime
    action: str


def faults_of(*resources):
    with pytest.raises(DeclarationError) as raised:
        Project("tests", resources)
    here = f"{__file__}:"
    return (
        [fault.split(" (")[0] + ": " + fault.partition("): ")[2] for fault in raised.value.faults]
        if here
        else []
    )


WRITTEN = [
    # config, topic
    (None, Topic(TopicId("events"))),
    (StreamConfig(parallelism=4), Topic(TopicId("events"), partitions=4)),
    (
        StreamConfig(retention_period=60),
        Topic(TopicId("events"), configs={"retention.ms": "60000"}),
    ),
    (StreamConfig(retention_period=-1), Topic(TopicId("events"), configs={"retention.ms": "-1"})),
    (StreamConfig(replication_factor=3), Topic(TopicId("events"), replication_factor=3)),
    (StreamConfig(version="0.1"), Topic(TopicId("events_0_1"))),
    (
        StreamConfig(
            topic_config={"cleanup.policy": "delete,compact", "preallocate": True, "segment.ms": 9}
        ),
        Topic(
            TopicId("events"),
            configs={"cleanup.policy": "compact,delete", "preallocate": "true", "segment.ms": "9"},
        ),
    ),
]


@pytest.mark.parametrize(("config", "topic"), WRITTEN, ids=str)
def test_a_stream_is_the_topic_that_its_config_writes(config, topic):
    project = Project("tests", [Stream[ProductEvent]("events", config)])

    assert project.desired.state.topics == {topic.id: topic}


WRONG = [
    (
        Stream[ProductEvent]("events", StreamConfig(parallelism=0)),
        "events.parallelism: 0 partitions can't be created",
    ),
    (
        Stream[ProductEvent]("events", StreamConfig(parallelism=100_001)),
        "events.parallelism: 100001 partitions can't be created",
    ),
    (Stream[ProductEvent]("no spaces"), "no spaces: Kafka takes letters, digits, dots, - and _"),
    (Stream[ProductEvent](".."), "..: Kafka takes letters"),
    (Stream[ProductEvent]("x" * 250), f"{'x' * 250}: the topic's name is 250 characters long"),
    (
        Stream[ProductEvent]("events", StreamConfig(topic_config={"retention.mss": 5})),
        (
            "events.topic_config.retention.mss: Kafka has no such topic config; did you "
            "mean retention.ms?"
        ),
    ),
    (
        Stream[ProductEvent]("events", StreamConfig(topic_config={"segment.ms": "soon"})),
        "events.topic_config.segment.ms: 'soon' is not a whole number.",
    ),
    (
        Stream[ProductEvent]("events", StreamConfig(topic_config={"cleanup.policy": "burn"})),
        "events.topic_config.cleanup.policy: 'burn' is not one of compact, delete.",
    ),
    (
        Stream[ProductEvent]("events", StreamConfig(topic_config={"min.cleanable.dirty.ratio": 2})),
        "events.topic_config.min.cleanable.dirty.ratio: '2.0' is not a number from 0 to 1.",
    ),
    (
        Stream[ProductEvent](
            "events", StreamConfig(retention_period=5, topic_config={"retention.ms": 5})
        ),
        "events.retention.ms: retention_period and topic_config both set it",
    ),
    (
        Stream[ProductEvent]("events", StreamConfig(paralelism=5)),
        "events.paralelism: StreamConfig has no such field; did you mean parallelism?",
    ),
    (Stream("events"), "events: its model is missing; write Stream[Model]"),
    (
        IngestPipeline[ProductEvent]("events", IngestPipelineConfig(tabel=True)),
        "events.tabel: IngestPipelineConfig has no such field; did you mean table?",
    ),
    (
        Stream[ProductEvent]("events", StreamConfig(retention_period=0)),
        "events.retention_period: 0 s would delete",
    ),
]


@pytest.mark.parametrize(("declared", "expected"), WRONG, ids=[expected for _, expected in WRONG])
def test_57_61_a_wrong_declaration_is_one_clear_fault(declared, expected):
    (fault,) = faults_of(declared)

    assert fault.startswith(expected)


def test_58_two_names_that_kafka_takes_for_one_are_refused():
    (fault,) = faults_of(Stream[ProductEvent]("a.b"), Stream[ProductEvent]("a_b"))

    assert fault.startswith("a_b: Kafka treats it and a.b")


def test_62_two_streams_of_one_name_name_both_places():
    with pytest.raises(DeclarationError) as raised:
        Project("tests", [Stream[ProductEvent]("a"), Stream[ProductEvent]("a")])

    assert str(raised.value).count("test_streams.py:") == 2


OWN = [
    # table, stream, dead letter queue, the pipeline's life cycle, expected life cycles
    (True, True, True, DP, (DP, DP, DP)),
    (
        OlapConfig(order_by_fields=["id"]),
        StreamConfig(parallelism=4),
        StreamConfig(),
        DP,
        (DP, DP, DP),
    ),
    (OlapConfig(life_cycle=EM), StreamConfig(life_cycle=FM), True, DP, (EM, FM, DP)),
    (True, True, True, None, (FM, FM, FM)),
]


@pytest.mark.parametrize("row", OWN, ids=str)
def test_59_the_pipelines_life_cycle_reaches_every_part_that_has_none_of_its_own(row):
    table, stream, queue, life_cycle, expected = row
    config = IngestPipelineConfig(
        table=table, stream=stream, dead_letter_queue=queue, life_cycle=life_cycle
    )

    project = Project("tests", [IngestPipeline[ProductEvent]("events", config)])

    assert tuple(project.desired.life_cycles.values()) == expected
    assert [str(resource) for resource in project.desired.life_cycles] == [
        *("default.events", "events", "eventsDeadLetterQueue")
    ]


def test_60_a_config_used_twice_is_not_changed():
    shared = OlapConfig(order_by_fields=["id"])
    stream = StreamConfig(parallelism=2)
    before = shared.model_dump(), stream.model_dump()
    config = IngestPipelineConfig(
        table=shared, stream=stream, life_cycle=DP, version="0.1", metadata={"a": 1}
    )

    Project(
        "tests",
        [IngestPipeline[ProductEvent]("a", config), IngestPipeline[ProductEvent]("b", config)],
    )

    assert (shared.model_dump(), stream.model_dump()) == before


def test_a_pipelines_stream_goes_to_its_table_and_its_dead_letters_to_the_queue():
    pipeline = IngestPipeline[ProductEvent]("events")

    assert pipeline.stream.config.destination is pipeline.table
    assert pipeline.stream.config.default_dead_letter_queue is pipeline.dead_letter_queue
    assert pipeline.dead_letter_queue.message_model is DeadLetter
    assert pipeline.stream.message_model is ProductEvent


def test_a_part_can_be_left_out():
    config = IngestPipelineConfig(table=False, dead_letter_queue=False)

    project = Project("tests", [IngestPipeline[ProductEvent]("events", config)])

    assert list(project.desired.life_cycles) == [TopicId("events")]


def test_a_pipelines_stream_with_another_destination_is_a_fault():
    other = OlapTable[ProductEvent]("other")
    config = IngestPipelineConfig(stream=StreamConfig(destination=other))

    (fault,) = faults_of(IngestPipeline[ProductEvent]("events", config))

    assert "its stream names a destination" in fault


queue = DeadLetterQueue[ProductEvent]("failed")
events = IngestPipeline[ProductEvent]("module_events")
events_table = events.table


def test_a_module_gives_its_streams_and_the_parts_of_its_pipelines_once():
    project = Project("tests", [sys.modules[__name__]])

    assert sorted(project.streams) == [
        TopicId("failed"),
        TopicId("module_events"),
        TopicId("module_eventsDeadLetterQueue"),
    ]
    assert [table.name for table in project.tables] == ["module_events"]


class DocumentedEvent(BaseModel):
    id: str
    product_id: str
    timestamp: datetime
    action: str


class ExternalUserData(BaseModel):
    user_id: Key[str]
    full_name: str
    email_address: str
    created_at: datetime


def test_the_stream_and_pipeline_snippets_of_moose_run():
    product_analytics = IngestPipeline[DocumentedEvent](
        "product_analytics",
        IngestPipelineConfig(
            table=OlapConfig(order_by_fields=["timestamp", "product_id"], deduplicate=True),
            stream=StreamConfig(parallelism=4),
            ingest=True,
            life_cycle=LifeCycle.DELETION_PROTECTED,
        ),
    )
    legacy_user_table = OlapTable[ExternalUserData](
        "legacy_users", OlapConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED)
    )
    legacy_stream = Stream[ExternalUserData](
        "legacy_user_stream",
        StreamConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED, destination=legacy_user_table),
    )

    project = Project("docs", [product_analytics, legacy_user_table, legacy_stream])

    assert {
        str(resource): life_cycle for resource, life_cycle in project.desired.life_cycles.items()
    } == {
        "default.product_analytics": DP,
        "product_analytics": DP,
        "product_analyticsDeadLetterQueue": DP,
        "default.legacy_users": EM,
        "legacy_user_stream": EM,
    }
    assert project.desired.state.topics[TopicId("product_analytics")].partitions == 4
