"""Models are written into topics and read from them."""

from uuid import uuid4

import pytest
from pydantic import BaseModel, Field

from moose_dagster import Key, ServerError, Stream, StreamConfig
from moose_dagster.clients.kafka import KafkaAddress, Layout, connect_kafka


class Event(BaseModel):
    id: Key[int]
    note: str = Field(alias="Note")


class Pair(BaseModel):
    id: Key[int]
    part: Key[str]


class Keyless(BaseModel):
    note: str


class Source:
    """What connects to the cluster of the tests."""

    def __init__(self, servers):
        self.servers = servers

    def connect(self):
        return connect_kafka(KafkaAddress(self.servers))


@pytest.fixture
def source(kafka_bootstrap_servers):
    return Source(kafka_bootstrap_servers)


def live(source, model, **config):
    stream = Stream[model](f"s{uuid4().hex[:10]}", StreamConfig(**config))
    with source.connect() as kafka:
        assert kafka.create([(stream.topic_name, Layout(1, 1), {})]) == {}
    return stream


def test_models_come_back_as_they_were_sent(source):
    stream = live(source, Event, version="0.1")

    with stream.producer(source) as producer:
        producer.send(Event(id=1, Note="a"), Event(id=2, Note="b"))

    found = stream.read(source)
    assert [(one.offset, one.key, one.record) for one in found] == [
        (0, "1", Event(id=1, Note="a")),
        (1, "2", Event(id=2, Note="b")),
    ]
    assert len(stream.read(source, 1)) == 1


def test_several_key_fields_are_a_list_and_without_one_there_is_none(source):
    pairs = live(source, Pair)
    keyless = live(source, Keyless)

    with pairs.producer(source) as producer:
        producer.send(Pair(id=1, part="a"))
    with keyless.producer(source) as producer:
        producer.send(Keyless(note="a"))

    assert pairs.read(source)[0].key == '[1, "a"]'
    assert keyless.read(source)[0].key is None


def test_a_message_that_is_not_valid_says_why(source):
    stream = live(source, Event)
    with Stream[Keyless](stream.name).producer(source) as producer:
        producer.send(Keyless(note="a"))

    (found,) = stream.read(source)

    assert found.record is None
    assert found.error == "id: Field required; Note: Field required"


def test_a_topic_that_does_not_exist_is_an_error(source):
    with pytest.raises(ServerError, match="does not exist; apply the plan"):
        Stream[Event](f"s{uuid4().hex}").read(source)
