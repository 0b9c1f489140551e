"""Fetch, which waits for records if there are too few."""

import asyncio
from dataclasses import dataclass

from kafka.protocol.consumer.fetch import FetchRequest, FetchResponse

from moose_dagster.embedded.kafka import storage
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.state import BrokerState, Call

_TopicAnswer = FetchResponse.FetchableTopicResponse
_PartitionAnswer = _TopicAnswer.PartitionData
_Requested = FetchRequest.FetchTopic.FetchPartition

_MOST_BYTES = 57_671_680


@dataclass(slots=True)
class _Reading:
    """One pass over the partitions of a request.

    Attributes:
        room: How many bytes the answer may still take.
        size: How many bytes were read.
        failed: Whether a partition was refused, which has to be answered at once.
    """

    room: int
    size: int = 0
    failed: bool = False


async def fetch(state: BrokerState, request: FetchRequest, call: Call) -> FetchResponse:
    """Return records when there are enough, or when the consumer's waiting time ends."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + max(request.max_wait_ms, 0) / 1000
    arrived = asyncio.Event()
    partitions = _partitions(state, request)
    for partition in partitions:
        partition.waiting.add(arrived)
    try:
        while True:
            arrived.clear()
            response, reading = _read(state, request, call)
            remaining = deadline - loop.time()
            if reading.failed or reading.size >= request.min_bytes or remaining <= 0:
                return response
            await _wait(arrived, remaining)
    finally:
        for partition in partitions:
            partition.waiting.discard(arrived)


async def _wait(arrived: asyncio.Event, seconds: float) -> None:
    """Wait until something arrives, at most *seconds*."""
    timer = asyncio.get_running_loop().call_later(seconds, arrived.set)
    await arrived.wait()
    timer.cancel()


def _partitions(state: BrokerState, request: FetchRequest) -> list[Partition]:
    """Return the partitions of *request* that exist."""
    partitions: list[Partition] = []
    for requested in request.topics:
        topic = state.topics.find(requested.topic)
        if topic is None:
            continue
        numbers = {part.partition for part in requested.partitions}
        for number, partition in enumerate(topic.partitions):
            if number in numbers:
                partitions.append(partition)
    return partitions


def _read(state: BrokerState, request: FetchRequest, call: Call) -> tuple[FetchResponse, _Reading]:
    """Read every partition of *request* once."""
    reading = _Reading(room=min(request.max_bytes, _MOST_BYTES))
    topics: list[_TopicAnswer] = []
    for topic in request.topics:
        partitions = [
            _read_partition(state, call, (topic.topic, requested), reading)
            for requested in topic.partitions
        ]
        topics.append(_TopicAnswer(topic=topic.topic, partitions=partitions))
    return FetchResponse(error_code=0, session_id=0, responses=topics), reading


def _read_partition(
    state: BrokerState, call: Call, part: tuple[str, _Requested], reading: _Reading
) -> _PartitionAnswer:
    """Read one partition up to the room left, or one batch if the answer is empty."""
    topic, requested = part
    try:
        state.check_right(call, "Read", topic)
        partition = state.led_partition(topic, requested.partition)
        most = min(requested.partition_max_bytes, reading.room)
        data = partition.read(requested.fetch_offset, most, at_least_one=not reading.size)
    except RefusedError as error:
        reading.failed = True
        return _refused(requested.partition, error.code)
    except OSError as error:
        reading.failed = True
        return _refused(requested.partition, storage.refused(error).code)
    reading.size += len(data)
    reading.room -= len(data)
    return _PartitionAnswer(
        partition_index=requested.partition,
        error_code=0,
        high_watermark=partition.end_offset,
        last_stable_offset=partition.end_offset,
        log_start_offset=partition.start_offset,
        aborted_transactions=None,
        records=data,
    )


def _refused(index: int, code: Code) -> _PartitionAnswer:
    """Return the answer for a partition that can't be read."""
    return _PartitionAnswer(
        partition_index=index,
        error_code=code,
        high_watermark=-1,
        last_stable_offset=-1,
        log_start_offset=-1,
        aborted_transactions=None,
        records=b"",
    )
