"""`load` and `replay` on the command line."""

import json

import pytest
from load.shop import Shop

from moose_dagster.clients.kafka import KafkaAddress, connect_kafka

_MODULE = """
from pydantic import BaseModel, field_validator

from moose_dagster import BatchLoad, IngestPipeline, Key, Project


class Event(BaseModel):
    id: Key[int]
    note: str

{validator}

project = Project(
    "tests", [IngestPipeline[Event]("{topic}")], database="{database}", load=BatchLoad()
)
"""
_VALIDATOR = """
    @field_validator("id", mode="before")
    @classmethod
    def take_words(cls, value):
        return 7 if value == "seven" else value
"""


@pytest.fixture
def shop(connected, kafka_bootstrap_servers):
    with connect_kafka(KafkaAddress(kafka_bootstrap_servers)) as kafka:
        yield Shop(connected, kafka, kafka_bootstrap_servers)


def test_messages_are_loaded_and_dead_letters_replayed(desk, shop):
    desk.clickhouse.command(f"CREATE DATABASE {desk.database} ENGINE = Atomic")
    write(desk, shop, validator="")
    desk.run("apply", "--yes", code=0)
    shop.produce({"id": 1, "note": "a"}, {"id": "seven", "note": "b"})

    shown = desk.run("load", code=0).stdout
    again = desk.json("load", code=0)
    waiting = desk.run("replay", code=0).stdout
    write(desk, shop, validator=_VALIDATOR)
    asked = desk.run("replay", code=1).stderr
    replayed = desk.json("replay", "--yes", code=0)

    table = f"{desk.database}.{shop.topic}"
    assert f"{shop.topic}/0 into {table}: 1 message loaded, 1 rejected, 0 left" in shown
    assert again["partitions"][0]["next_offset"] == 2
    assert again["partitions"][0]["loaded"] == 0
    assert "0 valid now, 1 not" in waiting
    assert f"{shop.topic}/0, offset 1: id: Input should be a valid integer" in waiting
    assert "there is no terminal to ask" in asked
    assert replayed["queues"][0]["loaded"] == 1
    rows = desk.clickhouse.query(f"SELECT id, note FROM {table} ORDER BY id")
    assert json.dumps([list(row) for row in rows]) == '[[1, "a"], [7, "b"]]'


def test_a_project_without_a_load_says_how_to_declare_one(desk):
    assert "loads no topic; write StreamConfig(destination" in desk.run("load", code=1).stderr


def write(desk, shop, *, validator):
    text = _MODULE.format(validator=validator, topic=shop.topic, database=desk.database)
    desk.write(text)
