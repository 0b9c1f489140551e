"""ListOffsets, OffsetForLeaderEpoch and DeleteRecords: where partitions start and end."""

from kafka.protocol.admin.topics import DeleteRecordsRequest, DeleteRecordsResponse
from kafka.protocol.consumer.offsets import (
    ListOffsetsRequest,
    ListOffsetsResponse,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
)

from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.partitions import Partition
from moose_dagster.embedded.kafka.state import LEADER_EPOCH, BrokerState, Call

_LATEST = -1
_EARLIEST = -2
_YOUNGEST = -3
_EARLIEST_LOCAL = -4

_TopicAnswer = ListOffsetsResponse.ListOffsetsTopicResponse
_PartitionAnswer = _TopicAnswer.ListOffsetsPartitionResponse
_RequestedOffset = ListOffsetsRequest.ListOffsetsTopic.ListOffsetsPartition
_EpochTopic = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
_RequestedEpoch = OffsetForLeaderEpochRequest.OffsetForLeaderTopic.OffsetForLeaderPartition
_DeletedTopic = DeleteRecordsResponse.DeleteRecordsTopicResult
_DeletedPartition = _DeletedTopic.DeleteRecordsPartitionResult


async def list_offsets(
    state: BrokerState, request: ListOffsetsRequest, call: Call
) -> ListOffsetsResponse:
    """Return the offsets at the start, at the end or at a time."""
    topics: list[_TopicAnswer] = []
    for topic in request.topics:
        partitions = [_offset(state, call, topic.name, each) for each in topic.partitions]
        topics.append(_TopicAnswer(name=topic.name, partitions=partitions))
    return ListOffsetsResponse(topics=topics)


async def offset_for_leader_epoch(
    state: BrokerState, request: OffsetForLeaderEpochRequest, _: Call
) -> OffsetForLeaderEpochResponse:
    """Return the end of the only leader epoch."""
    topics: list[_EpochTopic] = []
    for topic in request.topics:
        partitions = [_epoch_end(state, topic.topic, requested) for requested in topic.partitions]
        topics.append(_EpochTopic(topic=topic.topic, partitions=partitions))
    return OffsetForLeaderEpochResponse(topics=topics)


async def delete_records(
    state: BrokerState, request: DeleteRecordsRequest, _: Call
) -> DeleteRecordsResponse:
    """Delete the records before the given offsets."""
    topics: list[_DeletedTopic] = []
    for topic in request.topics:
        partitions = [
            _deleted(state, topic.name, requested.partition_index, requested.offset)
            for requested in topic.partitions
        ]
        topics.append(_DeletedTopic(name=topic.name, partitions=partitions))
    return DeleteRecordsResponse(topics=topics)


def _offset(
    state: BrokerState, call: Call, topic: str, requested: _RequestedOffset
) -> _PartitionAnswer:
    """Return one partition's offset."""
    index = requested.partition_index
    try:
        state.check_right(call, "Describe", topic)
        place = _look_up(state.led_partition(topic, index), requested.timestamp)
    except RefusedError as error:
        return _PartitionAnswer(
            partition_index=index, error_code=error.code, timestamp=-1, offset=-1
        )
    offset, timestamp = place or (-1, -1)
    return _PartitionAnswer(
        partition_index=index,
        error_code=0,
        timestamp=timestamp,
        offset=offset,
        leader_epoch=LEADER_EPOCH if place else -1,
    )


def _look_up(partition: Partition, timestamp: int) -> tuple[int, int] | None:
    """Return offset and timestamp for a time, which is one of Kafka's constants if negative."""
    if timestamp == _LATEST:
        return partition.end_offset, -1
    if timestamp in {_EARLIEST, _EARLIEST_LOCAL}:
        return partition.start_offset, -1
    if timestamp == _YOUNGEST:
        return partition.youngest()
    return partition.offset_at(timestamp) if timestamp >= 0 else None


def _epoch_end(
    state: BrokerState, topic: str, requested: _RequestedEpoch
) -> OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult.EpochEndOffset:
    """Return the end of a leader epoch, -1 if it is unknown."""
    try:
        end = state.topics.partition(topic, requested.partition).end_offset
    except RefusedError as error:
        return _EpochTopic.EpochEndOffset(error_code=error.code, partition=requested.partition)
    known = requested.leader_epoch == LEADER_EPOCH
    return _EpochTopic.EpochEndOffset(
        error_code=0,
        partition=requested.partition,
        leader_epoch=LEADER_EPOCH if known else -1,
        end_offset=end if known else -1,
    )


def _deleted(state: BrokerState, topic: str, index: int, offset: int) -> _DeletedPartition:
    """Delete the records of one partition before *offset*, -1 for all."""
    try:
        partition = state.topics.partition(topic, index)
        _delete_before(partition, partition.end_offset if offset == -1 else offset)
    except RefusedError as error:
        return _DeletedPartition(partition_index=index, low_watermark=-1, error_code=error.code)
    return _DeletedPartition(
        partition_index=index, low_watermark=partition.start_offset, error_code=0
    )


def _delete_before(partition: Partition, offset: int) -> None:
    """Delete the records before *offset*, or refuse."""
    if not partition.policy.deletes:
        raise RefusedError(Code.POLICY_VIOLATION)
    if not 0 <= offset <= partition.end_offset:
        raise RefusedError(Code.OFFSET_OUT_OF_RANGE)
    partition.delete_before(offset)
