"""Dead letters that are valid again become rows, each once."""

import pytest
from load.shop import Event
from pydantic import field_validator

from moose_dagster import LoadOptions, replay_messages
from moose_dagster.load.offset_ranges import contains, with_offsets


class Lenient(Event):
    @field_validator("id", mode="before")
    @classmethod
    def take_words(cls, value):
        return {"seven": 7, "eight": 8}.get(value, value)


def replayed(shop, *, apply=True, clickhouse=None):
    result = replay_messages(
        shop.project(),
        clickhouse or shop.clickhouse,
        shop.kafka,
        LoadOptions(run=shop.options()),
        apply=apply,
    )
    assert result.problems == ()
    (queue,) = result.queues
    return queue


def test_what_would_pass_is_shown_and_then_loaded_once(shop):
    shop.reconcile()
    shop.produce({"id": 1, "note": "a"}, {"id": "seven", "note": "b"}, {"id": "nine", "note": "c"})
    shop.run()
    shop.model = Lenient

    shown = replayed(shop, apply=False)
    first = replayed(shop)
    again = replayed(shop)

    assert (shown.passing, shown.failing, shown.loaded) == (1, 1, 0)
    assert (first.passing, first.failing, first.loaded) == (1, 1, 1)
    assert (again.passing, again.failing, again.loaded) == (0, 1, 0)
    (error,) = again.errors
    assert error.startswith(f"{shop.topic}/0, offset 2: id: Input should be a valid integer")
    assert shop.rows() == [(1, "a"), (7, "b")]
    assert shop.counted() == 2


def test_a_replay_takes_what_waits_after_the_last_one(shop):
    shop.reconcile()
    shop.produce({"id": "seven", "note": "a"})
    shop.run()
    shop.model = Lenient
    replayed(shop)
    shop.model = Event
    shop.produce({"id": "eight", "note": "b"})
    shop.run()
    shop.model = Lenient

    assert replayed(shop).loaded == 1
    assert shop.rows() == [(7, "a"), (8, "b")]


class BrokenError(Exception):
    pass


class Breaking:
    """A connection that breaks before or after an INSERT of rows."""

    def __init__(self, connected, *, sent):
        self.connected = connected
        self.sent = sent

    def __getattr__(self, name):
        return getattr(self.connected, name)

    def insert_columns(self, *arguments):
        if self.sent:
            self.connected.insert_columns(*arguments)
        raise BrokenError


@pytest.mark.parametrize("sent", [True, False])
def test_an_interrupted_replay_is_repeated(shop, sent):
    shop.reconcile()
    shop.produce({"id": "seven", "note": "a"})
    shop.run()
    shop.model = Lenient
    with pytest.raises(BrokenError):
        replayed(shop, clickhouse=Breaking(shop.clickhouse, sent=sent))

    assert replayed(shop).loaded == 1
    assert replayed(shop).loaded == 0
    assert shop.rows() == [(7, "a")]
    assert shop.counted() == 1


def test_offsets_are_kept_as_ranges():
    ranges = with_offsets([(0, 2), (5, 6)], [2, 4, 9])

    assert ranges == ((0, 3), (4, 6), (9, 10))
    assert [offset for offset in range(12) if contains(ranges, offset)] == [0, 1, 2, 4, 5, 9]
