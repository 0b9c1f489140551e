"""CreateTopics, DeleteTopics and CreatePartitions."""

from collections import Counter
from collections.abc import Sequence

from kafka.protocol.admin.topics import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreateTopicsRequest,
    CreateTopicsResponse,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
)

from moose_dagster.embedded.kafka import storage, topic_configs
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.state import NODE_ID, BrokerState, Call
from moose_dagster.embedded.kafka.wire import NO_TOPIC_ID

_Creatable = CreateTopicsRequest.CreatableTopic
_Created = CreateTopicsResponse.CreatableTopicResult
_Deletable = DeleteTopicsRequest.DeleteTopicState
_Deleted = DeleteTopicsResponse.DeletableTopicResult
_PartitionsRequest = CreatePartitionsRequest.CreatePartitionsTopic
_PartitionsResult = CreatePartitionsResponse.CreatePartitionsTopicResult

_DEFAULT = -1
_MOST_PARTITIONS = 10_000
_FIRST_VERSION_WITH_TOPIC_IDS = 6
_DYNAMIC_TOPIC_CONFIG = 1
_DEFAULT_CONFIG = 5


async def create_topics(
    state: BrokerState, request: CreateTopicsRequest, call: Call
) -> CreateTopicsResponse:
    """Create topics; each succeeds or fails alone."""
    named = Counter(topic.name for topic in request.topics)
    topics: list[_Created] = []
    for requested in request.topics:
        try:
            _check_once(named[requested.name])
            state.check_right(call, "Create", requested.name)
            topics.append(_create(state, requested, validate_only=request.validate_only))
        except RefusedError as error:
            topics.append(_not_created(requested.name, error))
        except OSError as error:
            topics.append(_not_created(requested.name, storage.refused(error)))
    return CreateTopicsResponse(topics=topics)


async def delete_topics(
    state: BrokerState, request: DeleteTopicsRequest, call: Call
) -> DeleteTopicsResponse:
    """Delete topics by name or by id, and their committed offsets."""
    requested: list[_Deletable] = request.topics
    if call.version < _FIRST_VERSION_WITH_TOPIC_IDS:
        requested = [_Deletable(name=name) for name in request.topic_names]
    return DeleteTopicsResponse(responses=[_delete(state, call, each) for each in requested])


async def create_partitions(
    state: BrokerState, request: CreatePartitionsRequest, call: Call
) -> CreatePartitionsResponse:
    """Add partitions to topics; each topic succeeds or fails alone."""
    named = Counter(topic.name for topic in request.topics)
    results: list[_PartitionsResult] = []
    for requested in request.topics:
        try:
            _check_once(named[requested.name])
            state.check_right(call, "Alter", requested.name)
            _add_partitions(state, requested, validate_only=request.validate_only)
            results.append(_PartitionsResult(name=requested.name, error_code=0))
        except RefusedError as error:
            results.append(
                _PartitionsResult(
                    name=requested.name, error_code=error.code, error_message=error.message
                )
            )
    return CreatePartitionsResponse(results=results)


def _check_once(times: int) -> None:
    """Refuse a topic that a request names more than once."""
    if times > 1:
        raise RefusedError(Code.INVALID_REQUEST, "Duplicate topic name.")


def _create(state: BrokerState, requested: _Creatable, *, validate_only: bool) -> _Created:
    """Create one topic and describe it."""
    state.topics.check_name(requested.name)
    overrides = topic_configs.checked({config.name: config.value for config in requested.configs})
    partitions = _partition_count(requested)
    topic_id = NO_TOPIC_ID
    if not validate_only:
        topic_id = state.topics.create(requested.name, partitions, overrides).id
    return _Created(
        name=requested.name,
        topic_id=topic_id,
        error_code=0,
        error_message=None,
        num_partitions=partitions,
        replication_factor=1,
        configs=_configs(overrides),
    )


def _configs(overrides: dict[str, str]) -> list[_Created.CreatableTopicConfigs]:
    """Return all configs of a new topic."""
    return [
        _Created.CreatableTopicConfigs(
            name=name,
            value=value,
            read_only=False,
            config_source=_DYNAMIC_TOPIC_CONFIG if name in overrides else _DEFAULT_CONFIG,
            is_sensitive=False,
        )
        for name, value in topic_configs.effective(overrides).items()
    ]


def _not_created(name: str, error: RefusedError) -> _Created:
    """Return the answer for a topic that was refused."""
    return _Created(name=name, error_code=error.code, error_message=error.message, configs=[])


def _partition_count(requested: _Creatable) -> int:
    """Return how many partitions a new topic gets, or refuse."""
    count = requested.num_partitions
    factor = requested.replication_factor
    if requested.assignments:
        return _assigned(requested)
    if count != _DEFAULT and count < 1:
        raise RefusedError(
            Code.INVALID_PARTITIONS,
            "Number of partitions was set to an invalid non-positive value.",
        )
    if factor != _DEFAULT and factor < 1:
        raise RefusedError(
            Code.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        )
    if factor > 1:
        raise RefusedError(
            Code.INVALID_REPLICATION_FACTOR,
            f"Unable to replicate the partition {factor} time(s): The target replication factor "
            f"of {factor} cannot be reached because only 1 broker(s) are registered.",
        )
    _check_amount(count)
    return 1 if count == _DEFAULT else count


def _assigned(requested: _Creatable) -> int:
    """Return the number of partitions of a manual assignment."""
    for what, value in (
        ("numPartitions", requested.num_partitions),
        ("replicationFactor", requested.replication_factor),
    ):
        if value != _DEFAULT:
            raise RefusedError(
                Code.INVALID_REQUEST,
                f"A manual partition assignment was specified, but {what} was not set to -1.",
            )
    numbers = sorted(assignment.partition_index for assignment in requested.assignments)
    if numbers != list(range(len(numbers))):
        raise RefusedError(
            Code.INVALID_REPLICA_ASSIGNMENT,
            "partitions should be a consecutive 0-based integer sequence",
        )
    _check_nodes([assignment.broker_ids for assignment in requested.assignments])
    _check_amount(len(numbers))
    return len(numbers)


def _check_nodes(replicas: Sequence[list[int]]) -> None:
    """Refuse replicas on any other node."""
    if any(nodes != [NODE_ID] for nodes in replicas):
        raise RefusedError(
            Code.INVALID_REPLICA_ASSIGNMENT,
            f"The manual partition assignment names other nodes than {NODE_ID}, the only broker.",
        )


def _check_amount(count: int) -> None:
    """Refuse more partitions than Kafka's controller creates."""
    if count > _MOST_PARTITIONS:
        raise RefusedError(
            Code.POLICY_VIOLATION, "Excessively large number of partitions per request."
        )


def _delete(state: BrokerState, call: Call, requested: _Deletable) -> _Deleted:
    """Delete one topic."""
    try:
        if requested.name is None:
            topic = state.topics.with_id(requested.topic_id)
        else:
            state.check_right(call, "Describe", requested.name)
            topic = state.topics.named(requested.name)
        state.check_right(call, "Delete", topic.name)
    except RefusedError as error:
        return _Deleted(
            name=requested.name,
            topic_id=requested.topic_id,
            error_code=error.code,
            error_message=error.message,
        )
    state.topics.delete(topic)
    state.groups.offsets.forget_topic(topic.name)
    return _Deleted(name=topic.name, topic_id=topic.id, error_code=0)


def _add_partitions(
    state: BrokerState, requested: _PartitionsRequest, *, validate_only: bool
) -> None:
    """Add partitions to one topic."""
    topic = state.topics.named(requested.name)
    current = len(topic.partitions)
    count = requested.count
    if count == current:
        raise RefusedError(Code.INVALID_PARTITIONS, f"Topic already has {current} partition(s).")
    if count < current:
        raise RefusedError(
            Code.INVALID_PARTITIONS,
            f"The topic {requested.name} currently has {current} partition(s); "
            f"{count} would not be an increase.",
        )
    _check_amount(count - current)
    if requested.assignments is not None:
        _check_assignments(requested, count - current)
    if not validate_only:
        topic.extend_to(count)
        topic.save()


def _check_assignments(requested: _PartitionsRequest, added: int) -> None:
    """Refuse a manual assignment that does not fit the added partitions."""
    replicas = [assignment.broker_ids for assignment in requested.assignments or ()]
    if len(replicas) != added:
        raise RefusedError(
            Code.INVALID_REPLICA_ASSIGNMENT,
            f"Attempted to add {added} additional partition(s), "
            f"but only {len(replicas)} assignment(s) were specified.",
        )
    _check_nodes(replicas)
