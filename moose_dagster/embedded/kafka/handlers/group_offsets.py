"""OffsetCommit, OffsetFetch and OffsetDelete."""

from collections.abc import Iterable

from kafka.protocol.consumer.group import (
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetFetchRequest,
    OffsetFetchResponse,
)

from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.offsets import Committed, Place
from moose_dagster.embedded.kafka.state import BrokerState, Call

_LONGEST_METADATA = 4096
_FIRST_VERSION_WITH_GROUPS = 8

_CommitTopic = OffsetCommitResponse.OffsetCommitResponseTopic
_CommitPartition = _CommitTopic.OffsetCommitResponsePartition
_Offset = OffsetCommitRequest.OffsetCommitRequestTopic.OffsetCommitRequestPartition
_Topic = OffsetFetchResponse.OffsetFetchResponseTopic
_Group = OffsetFetchResponse.OffsetFetchResponseGroup
_GroupTopic = _Group.OffsetFetchResponseTopics
_DeleteTopic = OffsetDeleteResponse.OffsetDeleteResponseTopic

_NOTHING = Committed(-1, -1, "")


async def offset_commit(
    state: BrokerState, request: OffsetCommitRequest, _: Call
) -> OffsetCommitResponse:
    """Remember how far a group has read."""
    refusal = Code.NONE
    accepted: dict[Place, Committed] = {}
    try:
        state.groups.committer(
            request.group_id,
            request.member_id,
            request.group_instance_id,
            request.generation_id_or_member_epoch,
        )
    except RefusedError as error:
        refusal = error.code
    topics = [
        _CommitTopic(
            name=topic.name,
            partitions=[
                _CommitPartition(
                    partition_index=offset.partition_index,
                    error_code=refusal or _accept(state, topic.name, offset, accepted),
                )
                for offset in topic.partitions
            ],
        )
        for topic in request.topics
    ]
    if accepted:
        state.groups.offsets.commit(request.group_id, accepted)
    return OffsetCommitResponse(topics=topics)


async def offset_fetch(
    state: BrokerState, request: OffsetFetchRequest, call: Call
) -> OffsetFetchResponse:
    """Return how far groups have read."""
    if call.version < _FIRST_VERSION_WITH_GROUPS:
        wanted = (
            None
            if request.topics is None
            else [
                Place(topic.name, number)
                for topic in request.topics
                for number in topic.partition_indexes
            ]
        )
        return OffsetFetchResponse(topics=_committed(state, request.group_id, wanted), error_code=0)
    return OffsetFetchResponse(groups=[_group(state, group) for group in request.groups])


async def offset_delete(
    state: BrokerState, request: OffsetDeleteRequest, _: Call
) -> OffsetDeleteResponse:
    """Forget what a group committed for topics that none of its members reads."""
    try:
        topics = [_forget(state, request.group_id, topic) for topic in request.topics]
    except RefusedError as error:
        return OffsetDeleteResponse(error_code=error.code, topics=[])
    return OffsetDeleteResponse(error_code=0, topics=topics)


def _accept(
    state: BrokerState, topic: str, offset: _Offset, accepted: dict[Place, Committed]
) -> Code:
    """Add one offset to what is *accepted*, or say why not."""
    metadata = offset.committed_metadata or ""
    if len(metadata) > _LONGEST_METADATA:
        return Code.OFFSET_METADATA_TOO_LARGE
    try:
        state.topics.partition(topic, offset.partition_index)
    except RefusedError as error:
        return error.code
    committed = Committed(offset.committed_offset, offset.committed_leader_epoch, metadata)
    accepted[Place(topic, offset.partition_index)] = committed
    return Code.NONE


def _group(state: BrokerState, wanted: OffsetFetchRequest.OffsetFetchRequestGroup) -> _Group:
    """Return the offsets of one group."""
    places = (
        None
        if wanted.topics is None
        else [
            Place(topic.name, number)
            for topic in wanted.topics
            for number in topic.partition_indexes
        ]
    )
    topics = [
        _GroupTopic(
            name=topic.name,
            partitions=[
                _GroupTopic.OffsetFetchResponsePartitions(
                    partition_index=each.partition_index,
                    committed_offset=each.committed_offset,
                    committed_leader_epoch=each.committed_leader_epoch,
                    metadata=each.metadata,
                    error_code=0,
                )
                for each in topic.partitions
            ],
        )
        for topic in _committed(state, wanted.group_id, places)
    ]
    return _Group(group_id=wanted.group_id, topics=topics, error_code=0)


def _committed(state: BrokerState, group_id: str, wanted: Iterable[Place] | None) -> list[_Topic]:
    """Return a group's offsets for the places *wanted*, else for all it has."""
    offsets = state.groups.offsets.of(group_id)
    topics: dict[str, _Topic] = {}
    for place in offsets if wanted is None else wanted:
        committed = offsets.get(place, _NOTHING)
        topic = topics.setdefault(place.topic, _Topic(name=place.topic, partitions=[]))
        topic.partitions.append(
            _Topic.OffsetFetchResponsePartition(
                partition_index=place.partition,
                committed_offset=committed.offset,
                committed_leader_epoch=committed.leader_epoch,
                metadata=committed.metadata,
                error_code=0,
            )
        )
    return list(topics.values())


def _forget(
    state: BrokerState, group_id: str, topic: OffsetDeleteRequest.OffsetDeleteRequestTopic
) -> _DeleteTopic:
    """Forget the offsets of one topic, unless a member reads it."""
    numbers = [partition.partition_index for partition in topic.partitions]
    subscribed = topic.name in state.groups.topics_read_by(group_id)
    if not subscribed:
        state.groups.offsets.forget(group_id, [Place(topic.name, number) for number in numbers])
    code = Code.GROUP_SUBSCRIBED_TO_TOPIC if subscribed else Code.NONE
    partitions = [
        _DeleteTopic.OffsetDeleteResponsePartition(partition_index=number, error_code=code)
        for number in numbers
    ]
    return _DeleteTopic(name=topic.name, partitions=partitions)
