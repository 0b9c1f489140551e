"""Messages become rows exactly once, and what is not valid is kept."""

import json

from moose_dagster import BatchLoad, DeadLetter
from moose_dagster.load.dead_letters import original_of


def test_a_load_takes_what_came_since_the_last_one(shop):
    shop.reconcile()
    shop.events(0, 3)

    first = shop.run()
    again = shop.run()
    shop.events(3, 2)
    second = shop.run()

    assert (first.loaded, again.loaded, second.loaded) == (3, 0, 2)
    assert shop.rows() == [(i, f"n{i}") for i in range(5)]
    assert shop.counted() == 5
    assert second.lag == 0
    assert second.partitions[0].first_offset == 3
    assert second.partitions[0].next_offset == 5


def test_every_partition_is_loaded_in_batches(shop):
    shop.partitions = 3
    shop.load = BatchLoad(batch_messages=2)
    shop.reconcile()
    for partition in range(3):
        shop.events(10 * partition, 5, partition=partition)

    result = shop.run()

    assert result.loaded == 15
    assert [part.next_offset for part in result.partitions] == [5, 5, 5]
    assert [row[0] for row in shop.rows()] == [*range(5), *range(10, 15), *range(20, 25)]


def test_a_message_that_is_not_valid_waits_in_the_queue(shop):
    shop.reconcile()
    shop.produce({"id": 1, "note": "a"}, {"id": "no", "note": "b"}, b"{oops", b"\xff", key="k")
    shop.produce(None)

    result = shop.run()

    assert (result.loaded, result.rejected, result.lag) == (1, 4, 0)
    assert shop.rows() == [(1, "a")]
    dead = shop.dead()
    assert [int(one.headers["moose_offset"]) for one in dead] == [1, 2, 3, 4]
    assert [one.headers["moose_partition"] for one in dead] == [b"0"] * 4
    assert dead[0].key == b"k"
    assert dead[0].headers["moose_topic"].decode() == shop.topic
    assert b"id: Input should be a valid integer" in dead[0].headers["moose_error"]
    letters = [DeadLetter.model_validate_json(one.value) for one in dead]
    assert letters[0].original_record == {"id": "no", "note": "b"}
    assert letters[0].source == "table"
    assert list(map(original_of, dead)) == [b'{"id": "no", "note": "b"}', b"{oops", b"\xff", None]
    assert shop.run().rejected == 0


def test_without_a_queue_the_load_stops_at_the_message(shop):
    shop.has_queue = False
    shop.reconcile()
    shop.events(0, 2)
    shop.produce({"id": "no"})
    shop.events(2, 2)

    result = shop.run()

    assert result.loaded == 2
    assert result.lag == 3
    assert len(result.problems) == 1
    assert f"{shop.topic}/0: the message at offset 2 is not valid" in result.problems[0]
    assert shop.run().problems == result.problems
    assert len(shop.rows()) == 2


def test_without_a_queue_the_load_skips_it_where_the_config_says_so(shop):
    shop.has_queue = False
    shop.load = BatchLoad(without_queue="skip")
    shop.reconcile()
    shop.events(0, 2)
    shop.produce({"id": "no"})
    shop.events(2, 2)

    result = shop.run()

    assert (result.loaded, result.rejected, result.problems) == (4, 1, ())
    assert result.notes == (
        f"{shop.topic}/0: 1 message skipped because they are not valid, at offset 2.",
    )


def test_what_retention_deleted_before_a_load_is_lost_aloud(shop):
    shop.reconcile()
    shop.events(0, 4)
    shop.run()
    shop.events(4, 6)
    delete_before(shop, 7)

    result = shop.run()

    assert (result.loaded, result.lost) == (3, 3)
    assert "3 messages from offset 4 on were deleted by the topic's retention" in result.notes[0]
    assert shop.run().lost == 0


def test_what_was_deleted_before_the_first_load_is_not_lost(shop):
    shop.reconcile()
    shop.events(0, 4)
    delete_before(shop, 3)

    result = shop.run()

    assert (result.loaded, result.lost, result.notes) == (1, 0, ())


def test_what_came_and_went_between_two_loads_is_lost(shop):
    shop.reconcile()
    shop.run()
    shop.events(0, 4)
    delete_before(shop, 4)

    assert shop.run().lost == 4


def test_a_topic_that_is_made_again_is_loaded_from_its_start(shop):
    shop.reconcile()
    shop.events(0, 3)
    shop.run()
    shop.kafka.delete([shop.topic])
    shop.reconcile()
    shop.events(10, 3)

    result = shop.run()

    assert result.loaded == 3
    assert "was made again after the offset 3" in result.notes[0]
    assert [row[0] for row in shop.rows()] == [0, 1, 2, 10, 11, 12]


def test_limits_are_shared_by_the_partitions(shop):
    shop.partitions = 2
    shop.reconcile()
    shop.events(0, 10, partition=0)
    shop.events(10, 10, partition=1)

    result = shop.run(messages=6)

    assert [part.loaded for part in result.partitions] == [3, 3]
    assert result.lag == 14
    assert shop.run().loaded == 14
    assert len(shop.rows()) == 20


def test_bytes_are_limited(shop):
    shop.reconcile()
    shop.events(0, 10)

    result = shop.run(bytes=2 * len(json.dumps({"id": 1, "note": "n1"})))

    assert result.loaded == 2


def delete_before(shop, offset):
    """Delete the messages before *offset*, as retention would."""
    from confluent_kafka import TopicPartition  # noqa: PLC0415 - only here
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only here

    admin = AdminClient({"bootstrap.servers": shop.servers, "log_level": 0})
    for future in admin.delete_records([TopicPartition(shop.topic, 0, offset)]).values():
        future.result()
