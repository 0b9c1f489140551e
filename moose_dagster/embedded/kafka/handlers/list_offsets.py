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

_LATEST, _EARLIEST, _YOUNGEST, _EARLIEST_LOCAL = -1, -2, -3, -4

_TopicAnswer = ListOffsetsResponse.ListOffsetsTopicResponse
_PartitionAnswer = _TopicAnswer.ListOffsetsPartitionResponse
_WantedOffset = ListOffsetsRequest.ListOffsetsTopic.ListOffsetsPartition
_EpochTopic = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
_WantedEpoch = OffsetForLeaderEpochRequest.OffsetForLeaderTopic.OffsetForLeaderPartition
_DeletedTopic = DeleteRecordsResponse.DeleteRecordsTopicResult
_DeletedPartition = _DeletedTopic.DeleteRecordsPartitionResult


async def list_offsets(
    state: BrokerState, request: ListOffsetsRequest, _: Call
) -> ListOffsetsResponse:
    """Return the offsets at the ends, or at points in time."""
    topics = [
        _TopicAnswer(
            name=topic.name,
            partitions=[_offset(state, topic.name, wanted) for wanted in topic.partitions],
        )
        for topic in request.topics
    ]
    return ListOffsetsResponse(topics=topics)


async def offset_for_leader_epoch(
    state: BrokerState, request: OffsetForLeaderEpochRequest, _: Call
) -> OffsetForLeaderEpochResponse:
    """Return where the only leader epoch ends."""
    topics = [
        _EpochTopic(
            topic=topic.topic,
            partitions=[_epoch_end(state, topic.topic, wanted) for wanted in topic.partitions],
        )
        for topic in request.topics
    ]
    return OffsetForLeaderEpochResponse(topics=topics)


async def delete_records(
    state: BrokerState, request: DeleteRecordsRequest, _: Call
) -> DeleteRecordsResponse:
    """Delete the records before the offsets given."""
    topics = [
        _DeletedTopic(
            name=topic.name,
            partitions=[
                _deleted(state, topic.name, wanted.partition_index, wanted.offset)
                for wanted in topic.partitions
            ],
        )
        for topic in request.topics
    ]
    return DeleteRecordsResponse(topics=topics)


def _offset(state: BrokerState, topic: str, wanted: _WantedOffset) -> _PartitionAnswer:
    """Return one partition's offset."""
    index = wanted.partition_index
    try:
        found = _look_up(state.topics.partition(topic, index), wanted.timestamp)
    except RefusedError as error:
        return _PartitionAnswer(
            partition_index=index, error_code=error.code, timestamp=-1, offset=-1
        )
    offset, timestamp = found or (-1, -1)
    return _PartitionAnswer(
        partition_index=index,
        error_code=0,
        timestamp=timestamp,
        offset=offset,
        leader_epoch=LEADER_EPOCH if found else -1,
    )


def _look_up(partition: Partition, timestamp: int) -> tuple[int, int] | None:
    """Return offset and timestamp for a time, which is a word of Kafka's when negative."""
    if timestamp == _LATEST:
        return partition.end_offset, -1
    if timestamp in {_EARLIEST, _EARLIEST_LOCAL}:
        return partition.start_offset, -1
    if timestamp == _YOUNGEST:
        return partition.youngest()
    return partition.offset_at(timestamp) if timestamp >= 0 else None


def _epoch_end(
    state: BrokerState, topic: str, wanted: _WantedEpoch
) -> OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult.EpochEndOffset:
    """Return the end of a leader epoch, of which there is one."""
    try:
        end = state.topics.partition(topic, wanted.partition).end_offset
    except RefusedError as error:
        return _EpochTopic.EpochEndOffset(error_code=error.code, partition=wanted.partition)
    known = wanted.leader_epoch == LEADER_EPOCH
    return _EpochTopic.EpochEndOffset(
        error_code=0,
        partition=wanted.partition,
        leader_epoch=LEADER_EPOCH if known else -1,
        end_offset=end if known else -1,
    )


def _deleted(state: BrokerState, topic: str, index: int, offset: int) -> _DeletedPartition:
    """Delete the records of one partition before *offset*; -1 stands for all."""
    try:
        partition = state.topics.partition(topic, index)
        _delete_before(partition, partition.end_offset if offset == -1 else offset)
    except RefusedError as error:
        return _DeletedPartition(partition_index=index, low_watermark=-1, error_code=error.code)
    return _DeletedPartition(
        partition_index=index, low_watermark=partition.start_offset, error_code=0
    )


def _delete_before(partition: Partition, offset: int) -> None:
    """Delete the records before *offset*, or refuse where only compaction deletes, or beyond the end."""
    if not partition.policy.deletes:
        raise RefusedError(Code.POLICY_VIOLATION)
    if not 0 <= offset <= partition.end_offset:
        raise RefusedError(Code.OFFSET_OUT_OF_RANGE)
    partition.delete_before(offset)
