"""OffsetCommit, OffsetFetch and OffsetDelete."""

from collections.abc import Iterable, Sequence

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
_FetchTopic = (
    OffsetFetchRequest.OffsetFetchRequestTopic
    | OffsetFetchRequest.OffsetFetchRequestGroup.OffsetFetchRequestTopics
)
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
    topics: list[_CommitTopic] = []
    for topic in request.topics:
        partitions: list[_CommitPartition] = []
        for offset in topic.partitions:
            code = refusal or _accept(state, topic.name, offset, accepted)
            partitions.append(
                _CommitPartition(partition_index=offset.partition_index, error_code=code)
            )
        topics.append(_CommitTopic(name=topic.name, partitions=partitions))
    if accepted:
        state.groups.offsets.commit(request.group_id, accepted)
    return OffsetCommitResponse(topics=topics)


async def offset_fetch(
    state: BrokerState, request: OffsetFetchRequest, call: Call
) -> OffsetFetchResponse:
    """Return how far groups have read."""
    if call.version < _FIRST_VERSION_WITH_GROUPS:
        places = _places_in(request.topics)
        return OffsetFetchResponse(topics=_committed(state, request.group_id, places), error_code=0)
    return OffsetFetchResponse(groups=[_group(state, group) for group in request.groups])


async def offset_delete(
    state: BrokerState, request: OffsetDeleteRequest, _: Call
) -> OffsetDeleteResponse:
    """Forget the offsets of a group for topics that no member reads."""
    try:
        topics = [_forget(state, request.group_id, topic) for topic in request.topics]
    except RefusedError as error:
        return OffsetDeleteResponse(error_code=error.code, topics=[])
    return OffsetDeleteResponse(error_code=0, topics=topics)


def _accept(
    state: BrokerState, topic: str, offset: _Offset, accepted: dict[Place, Committed]
) -> Code:
    """Add one offset to *accepted*, or return why not."""
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


def _group(state: BrokerState, requested: OffsetFetchRequest.OffsetFetchRequestGroup) -> _Group:
    """Return the offsets of one group."""
    topics: list[_GroupTopic] = []
    for topic in _committed(state, requested.group_id, _places_in(requested.topics)):
        partitions = [
            _GroupTopic.OffsetFetchResponsePartitions(
                partition_index=each.partition_index,
                committed_offset=each.committed_offset,
                committed_leader_epoch=each.committed_leader_epoch,
                metadata=each.metadata,
                error_code=0,
            )
            for each in topic.partitions
        ]
        topics.append(_GroupTopic(name=topic.name, partitions=partitions))
    return _Group(group_id=requested.group_id, topics=topics, error_code=0)


def _places_in(topics: Sequence[_FetchTopic] | None) -> list[Place] | None:
    """Return the partitions of *topics*, None for all."""
    if topics is None:
        return None
    return [Place(topic.name, number) for topic in topics for number in topic.partition_indexes]


def _committed(
    state: BrokerState, group_id: str, requested: Iterable[Place] | None
) -> list[_Topic]:
    """Return a group's offsets for the places *requested*, for None all of them."""
    offsets = state.groups.offsets.of(group_id)
    topics: dict[str, _Topic] = {}
    for place in offsets if requested is None else requested:
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
