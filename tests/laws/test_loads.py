"""Whatever happens between loads, each valid message is one row, and any other waits once."""

import os
from uuid import uuid4

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from load.shop import Event, Shop
from pydantic import field_validator

from moose_dagster import BatchLoad, LoadOptions, replay_messages
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.ledger.loads import read_progress

# `make test-long` runs more of them.
EXAMPLES = int(os.environ.get("MOOSE_LOAD_EXAMPLES", "2"))
STEPS = int(os.environ.get("MOOSE_LOAD_STEPS", "12"))


class Lenient(Event):
    @field_validator("id", mode="before")
    @classmethod
    def take_words(cls, value):
        return int(value.removeprefix("w")) if isinstance(value, str) else value


class KilledError(Exception):
    pass


class Killed:
    """A connection that breaks before or after one of its INSERTs, as if killed."""

    def __init__(self, connected, at):
        self.connected = connected
        self.remaining = at

    def __getattr__(self, name):
        found = getattr(self.connected, name)
        if name not in {"insert", "insert_columns"}:
            return found

        def stepping(*arguments):
            self.step()
            found(*arguments)
            self.step()

        return stepping

    def step(self):
        self.remaining -= 1
        if self.remaining < 0:
            raise KilledError


class Loads(RuleBasedStateMachine):
    """Produce, load, kill, replay and let retention delete, in any order."""

    connected = kafka = servers = None

    def __init__(self):
        super().__init__()
        self.shop = Shop(self.connected, self.kafka, self.servers, load=BatchLoad(batch_messages=4))
        self.shop.suffix = uuid4().hex[:10]
        self.shop.reconcile()
        self.written = []  # (number, whether it is valid at once)
        self.deleted = 0
        self.following = 0  # the offset after the last one that a load has passed
        self.lost = set()
        self.never = set()  # deleted before the first load
        self.replayed = set()
        self.has_loaded = False

    @rule(count=some.integers(1, 7), valid=some.booleans())
    def produce(self, count, valid):
        first = len(self.written)
        numbers = range(first, first + count)
        self.shop.produce(*({"id": n if valid else f"w{n}", "note": ""} for n in numbers))
        self.written += [(n, valid) for n in numbers]

    @rule()
    def load(self):
        self.passed(self.shop.run())

    @rule(at=some.integers(0, 9))
    def kill(self, at):
        try:
            self.passed(self.shop.run(Killed(self.connected, at)))
        except KilledError:
            self.passed(self.shop.run())

    @rule(limit=some.integers(1, 5))
    def load_some(self, limit):
        self.passed(self.shop.run(messages=limit))

    @rule()
    def mend_the_model_and_replay(self):
        self.passed(self.shop.run())
        self.shop.model = Lenient
        options = LoadOptions(run=self.shop.options())
        replay_messages(self.shop.project(), self.connected, self.kafka, options, apply=True)
        self.shop.model = Event
        self.replayed = {n for n, valid in self.written if not valid}

    @rule(count=some.integers(1, 4))
    def drop_the_oldest(self, count):
        before = min(self.deleted + count, len(self.written))
        if before == self.deleted:
            return
        admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
        place = TopicPartition(self.shop.topic, 0, before)
        for future in admin.delete_records([place]).values():
            future.result()
        started = self.following
        self.deleted = before
        if started or self.has_loaded:
            self.lost |= set(range(started, before))
        else:
            self.never |= set(range(before))
        self.following = max(self.following, before)

    def passed(self, result):
        assert result.problems == ()
        self.has_loaded = True
        (part,) = result.partitions
        self.following = part.next_offset
        options = self.shop.options()
        (load,) = self.shop.project().loads.values()
        known = read_progress(
            self.connected, options.ledger_database, "tests", load.table, self.shop.topic
        )
        assert known[0].lost == len(self.lost)

    @invariant()
    def counts_add_up(self):
        gone = self.lost | self.never
        seen = [(n, valid) for n, valid in self.written[: self.following] if n not in gone]
        rows = [row[0] for row in self.shop.rows()]
        expected = sorted({n for n, valid in seen if valid} | (set(self.replayed) - gone))
        assert rows == expected
        assert self.shop.counted() == len(rows)
        dead = sorted(int(one.headers["moose_offset"]) for one in self.shop.dead())
        assert dead == [n for n, valid in seen if not valid]


def machine(connected, kafka, servers):
    """Return the state machine on these servers."""
    return type("Loads", (Loads,), {"connected": connected, "kafka": kafka, "servers": servers})


@pytest.mark.xdist_group("loads")
def test_counts_always_add_up(connected, kafka_bootstrap_servers):
    with connect_kafka(KafkaAddress(kafka_bootstrap_servers)) as kafka:
        run_state_machine_as_test(
            machine(connected, kafka, kafka_bootstrap_servers),
            settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
        )
