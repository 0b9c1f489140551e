"""Fetch: reads records, and waits for them."""

import asyncio
from dataclasses import dataclass

from kafka.protocol.consumer.fetch import FetchRequest, FetchResponse

from moose_dagster.embedded.kafka import storage
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.state import BrokerState, Call

_TopicAnswer = FetchResponse.FetchableTopicResponse
_PartitionAnswer = _TopicAnswer.PartitionData
_Wanted = FetchRequest.FetchTopic.FetchPartition

_MOST_BYTES = 57_671_680


@dataclass(slots=True)
class _Reading:
    """One pass over what a request wants: the room left, and whether it has to be answered at once."""

    room: int
    found: int = 0
    failed: bool = False


async def fetch(state: BrokerState, request: FetchRequest, _: Call) -> FetchResponse:
    """Return records, at the latest when the consumer's patience ends."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + max(request.max_wait_ms, 0) / 1000
    arrived = asyncio.Event()
    partitions = _partitions(state, request)
    for partition in partitions:
        partition.waiting.add(arrived)
    try:
        while True:
            arrived.clear()
            response, reading = _read(state, request)
            patience = deadline - loop.time()
            if reading.failed or reading.found >= request.min_bytes or patience <= 0:
                return response
            await _wait(arrived, patience)
    finally:
        for partition in partitions:
            partition.waiting.discard(arrived)


async def _wait(arrived: asyncio.Event, patience: float) -> None:
    """Wait until something arrives, or not."""
    timer = asyncio.get_running_loop().call_later(patience, arrived.set)
    await arrived.wait()
    timer.cancel()


def _partitions(state: BrokerState, request: FetchRequest) -> list[Partition]:
    """Return the partitions of *request* that exist."""
    found: list[Partition] = []
    for wanted in request.topics:
        topic = state.topics.find(wanted.topic)
        if topic is not None:
            numbers = (part.partition for part in wanted.partitions)
            found += [
                topic.partitions[number]
                for number in numbers
                if 0 <= number < len(topic.partitions)
            ]
    return found


def _read(state: BrokerState, request: FetchRequest) -> tuple[FetchResponse, _Reading]:
    """Read every partition of *request* once."""
    reading = _Reading(room=min(request.max_bytes, _MOST_BYTES))
    topics = [
        _TopicAnswer(
            topic=topic.topic,
            partitions=[
                _read_partition(state, topic.topic, wanted, reading) for wanted in topic.partitions
            ],
        )
        for topic in request.topics
    ]
    return FetchResponse(error_code=0, session_id=0, responses=topics), reading


def _read_partition(
    state: BrokerState, topic: str, wanted: _Wanted, reading: _Reading
) -> _PartitionAnswer:
    """Read one partition as far as the room allows; the first batch of an answer may be larger."""
    try:
        partition = state.topics.partition(topic, wanted.partition)
        most = min(wanted.partition_max_bytes, reading.room)
        data = partition.read(wanted.fetch_offset, most, at_least_one=not reading.found)
    except RefusedError as error:
        reading.failed = True
        return _refused(wanted.partition, error.code)
    except OSError as error:
        reading.failed = True
        return _refused(wanted.partition, storage.refused(error).code)
    reading.found += len(data)
    reading.room -= len(data)
    return _PartitionAnswer(
        partition_index=wanted.partition,
        error_code=0,
        high_watermark=partition.end_offset,
        last_stable_offset=partition.end_offset,
        log_start_offset=partition.start_offset,
        aborted_transactions=None,
        records=data,
    )


def _refused(index: int, code: Code) -> _PartitionAnswer:
    """Return the answer for a partition that cannot be read."""
    return _PartitionAnswer(
        partition_index=index,
        error_code=code,
        high_watermark=-1,
        last_stable_offset=-1,
        log_start_offset=-1,
        aborted_transactions=None,
        records=b"",
    )
