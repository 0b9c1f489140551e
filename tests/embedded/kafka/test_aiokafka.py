import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType


@asynccontextmanager
async def _admin(broker):
    client = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def _consumer(broker, topic, **settings):
    defaults = {"auto_offset_reset": "earliest", "group_id": topic, "session_timeout_ms": 6000}
    named = {"bootstrap_servers": broker.address, "heartbeat_interval_ms": 300}
    return AIOKafkaConsumer(topic, **{**defaults, **named, **settings})


async def _send(broker, topic, count, **settings):
    async with AIOKafkaProducer(bootstrap_servers=broker.address, **settings) as producer:
        for number in range(count):
            await producer.send(topic, key=b"%d" % number, value=b"value")


async def _until(condition):
    async def wait():
        while not condition():  # noqa: ASYNC110 -- the consumers set no event
            await asyncio.sleep(0.05)

    await asyncio.wait_for(wait(), 20)


def test_topics_are_created_grown_configured_and_deleted(broker):
    async def administrate():
        async with _admin(broker) as admin:
            first = await admin.create_topics(
                [NewTopic("by-aiokafka", 2, 1, topic_configs={"retention.ms": "60000"})]
            )
            second = await admin.create_topics([NewTopic("by-aiokafka", 2, 1)])
            await admin.create_partitions({"by-aiokafka": NewPartitions(5)})
            await admin.alter_configs(
                [ConfigResource(ConfigResourceType.TOPIC, "by-aiokafka", {"retention.ms": "5"})]
            )
            (described,) = await admin.describe_topics(["by-aiokafka"])
            topics = ConfigResource(ConfigResourceType.TOPIC, "by-aiokafka", {"retention.ms": None})
            (configs,) = await admin.describe_configs([topics])
            await admin.delete_topics(["by-aiokafka"])
            codes = [response.topic_errors[0][1] for response in (first, second)]
            return (
                codes,
                len(described["partitions"]),
                configs.resources[0][4][0][:2],
                await admin.list_topics(),
            )

    codes, partitions, config, left = asyncio.run(administrate())

    assert codes == [0, 36]
    assert partitions == 5
    assert config == ("retention.ms", "5")
    assert "by-aiokafka" not in left


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_a_group_reads_what_was_sent_and_commits_offsets(broker, codec):
    topic = broker.create(partitions=2)

    async def round_trip():
        await _send(broker, topic, 100, enable_idempotence=True, compression_type=codec)
        async with _consumer(broker, topic) as consumer:
            keys = {(await asyncio.wait_for(consumer.getone(), 10)).key for _ in range(100)}
            await consumer.commit()
        async with _admin(broker) as admin:
            return keys, await admin.list_consumer_group_offsets(topic)

    keys, offsets = asyncio.run(round_trip())

    assert keys == {b"%d" % number for number in range(100)}
    assert sum(committed.offset for committed in offsets.values()) == 100


def test_records_are_found_by_time_and_deleted(broker):
    topic = broker.create()
    place = TopicPartition(topic, 0)

    async def shorten():
        await _send(broker, topic, 10)
        async with _admin(broker) as admin, _consumer(broker, topic) as consumer:
            (before,) = (await consumer.offsets_for_times({place: 1000})).values()
            await admin.delete_records({place: RecordsToDelete(4)})
            (after,) = (await consumer.offsets_for_times({place: 1000})).values()
            return before.offset, after.offset

    assert asyncio.run(shorten()) == (0, 4)


def test_partitions_move_when_consumers_join_and_leave(broker):
    topic = broker.create(partitions=6)

    async def churn():
        async with AsyncExitStack() as leaving, _consumer(broker, topic) as stay:
            leave = await leaving.enter_async_context(_consumer(broker, topic))
            await _until(lambda: (len(stay.assignment()), len(leave.assignment())) == (3, 3))
            await leaving.aclose()
            await _until(lambda: len(stay.assignment()) == 6)

    asyncio.run(churn())
