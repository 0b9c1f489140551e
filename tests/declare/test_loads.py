"""Streams whose messages are loaded into tables, as people write them."""

import pytest
from pydantic import BaseModel

from moose_dagster import (
    BatchLoad,
    DeadLetterQueue,
    DeclarationError,
    Environment,
    IngestPipeline,
    IngestPipelineConfig,
    Key,
    LifeCycle,
    MaterializedView,
    MaterializedViewOptions,
    MergeTreeEngine,
    OlapConfig,
    OlapTable,
    Project,
    ReplicatedMergeTreeEngine,
    Stream,
    StreamConfig,
)
from moose_dagster.state.names import TableId
from moose_dagster.state.topics import TopicId

WINDOW = "non_replicated_deduplication_window"
EM = LifeCycle.EXTERNALLY_MANAGED


class Event(BaseModel):
    id: Key[int]
    note: str


class Longer(Event):
    extra: str


class Total(BaseModel):
    id: Key[int]
    n: int


def table(name="events", model=Event, **config):
    return OlapTable[model](name, OlapConfig(**config))


def stream(model=Event, **config):
    return Stream[model]("events", StreamConfig(**config))


def faults_of(*resources, **options):
    with pytest.raises(DeclarationError) as raised:
        Project("tests", resources, **options)
    return [fault.partition("): ")[2] for fault in raised.value.faults]


def test_a_stream_is_loaded_only_where_it_says_so():
    events = table()

    assert Project("tests", [events, stream(destination=events)]).loads == {}


def test_a_load_knows_its_topic_and_its_table():
    events = table()
    declared = stream(destination=events, load=BatchLoad(batch_messages=7))

    load = Project("tests", [events, declared]).loads[TopicId("events")]

    assert load.table == TableId("default", "events")
    assert load.dead_letters is None
    assert load.how.batch_messages == 7


def test_a_pipeline_takes_the_load_of_the_project():
    pipeline = IngestPipeline[Event]("Events")

    assert Project("tests", [pipeline]).loads == {}

    load = Project("tests", [pipeline], load=BatchLoad()).loads[TopicId("Events")]

    assert load.table == TableId("default", "Events")
    assert load.dead_letters == TopicId("EventsDeadLetterQueue")


def test_a_pipeline_without_a_table_is_not_loaded():
    pipeline = IngestPipeline[Event]("Events", IngestPipelineConfig(table=False))

    assert Project("tests", [pipeline], load=BatchLoad()).loads == {}


def test_the_load_of_a_pipelines_stream_counts_before_that_of_the_project():
    config = IngestPipelineConfig(stream=StreamConfig(load=BatchLoad(batch_messages=3)))
    pipeline = IngestPipeline[Event]("Events", config)

    load = Project("tests", [pipeline], load=BatchLoad()).loads[TopicId("Events")]

    assert load.how.batch_messages == 3


def test_a_load_has_the_names_of_its_environment():
    pipeline = IngestPipeline[Event]("Events")
    environment = Environment("pr-1", database_suffix="_pr", topic_prefix="pr.")

    project = Project("tests", [pipeline], load=BatchLoad(), environment=environment)

    load = project.loads[TopicId("pr.Events")]
    assert load.table == TableId("default_pr", "Events")
    assert load.dead_letters == TopicId("pr.EventsDeadLetterQueue")


EVENTS = table()
QUEUE = DeadLetterQueue[Event]("queue")
WRONG = [
    ((stream(load=BatchLoad()),), ["load needs a table; write destination=table."]),
    (
        (stream(load=BatchLoad(), destination=EVENTS),),
        ["default.events is not part of the project; add it there."],
    ),
    (
        (EVENTS, stream(load=BatchLoad(), destination=EVENTS, default_dead_letter_queue=QUEUE)),
        ["queue is not part of the project; add it there."],
    ),
    (
        (EVENTS, stream(Longer, load=BatchLoad(), destination=EVENTS)),
        [
            (
                "default.events has no column extra, so its values would be lost; "
                "add the column, or "
                "take the field out of the stream's model."
            )
        ],
    ),
    (
        (EVENTS, stream(load=BatchLoad(format="avro"), destination=EVENTS)),
        [
            (
                "messages in the format 'avro' can't be loaded; write JSON, or leave "
                "load out and load "
                "them yourself."
            )
        ],
    ),
    (
        (EVENTS, stream(load=BatchLoad(batch_messages=0, batch_bytes=0), destination=EVENTS)),
        [
            "0 messages can't be one INSERT; write 1 to 1,000,000.",
            "0 bytes can't be one INSERT; write 1 or more.",
        ],
    ),
    (
        (EVENTS, stream(load=BatchLoad(lag_messages=-1), destination=EVENTS)),
        ["-1 can't be a threshold; write 0 or more."],
    ),
    (
        (EVENTS, stream(load=BatchLoad(batch_size=1), destination=EVENTS)),
        ["BatchLoad has no such field; did you mean batch_bytes?"],
    ),
    (
        (
            EVENTS,
            QUEUE,
            stream(
                load=BatchLoad(without_queue="skip"),
                destination=EVENTS,
                default_dead_letter_queue=QUEUE,
            ),
        ),
        [
            (
                'without_queue="skip" skips messages that are not valid, and the stream has a dead '
                "letter queue for them; drop one of the two."
            )
        ],
    ),
    (
        (
            EVENTS,
            DeadLetterQueue[Event]("queue", StreamConfig(load=BatchLoad(), destination=EVENTS)),
        ),
        ["a dead letter queue is not loaded; leave load out."],
    ),
]


@pytest.mark.parametrize(("resources", "faults"), WRONG)
def test_a_load_that_can_not_be_made_is_a_fault(resources, faults):
    assert faults_of(*resources) == faults


def settings_of(project, name="events"):
    return project.desired.state.tables[TableId("default", name)].settings


WINDOWS = [
    # config of the table, config of the load, settings of the table
    ({}, {}, {WINDOW: "10000"}),
    ({"settings": {WINDOW: 5}}, {}, {WINDOW: "5"}),
    ({"engine": MergeTreeEngine(), "life_cycle": EM}, {}, {}),
    ({"engine": ReplicatedMergeTreeEngine()}, {}, {}),
    ({}, {"exactly_once": False}, {}),
]


@pytest.mark.parametrize(("table_config", "options", "settings"), WINDOWS)
def test_a_loaded_table_recognizes_a_repeated_insert(table_config, options, settings):
    events = table(**table_config)

    project = Project("tests", [events, stream(destination=events, load=BatchLoad(**options))])

    assert settings_of(project) == settings


def test_what_materialized_views_fill_recognizes_it_as_well():
    events = table()
    totals = table("totals", Total)
    view = MaterializedView(
        MaterializedViewOptions(
            select_statement="SELECT id, 1 AS n FROM events",
            materialized_view_name="totals_mv",
            target_table=totals,
        )
    )
    other = table("other")
    declared = stream(destination=events, load=BatchLoad())

    project = Project("tests", [events, totals, view, other, declared])

    assert settings_of(project, "totals") == {WINDOW: "10000"}
    assert settings_of(project, "other") == {}
