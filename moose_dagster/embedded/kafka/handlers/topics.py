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
from moose_dagster.embedded.kafka.errors import UNKNOWN_PARTITION, Code, RefusedError
from moose_dagster.embedded.kafka.state import NODE_ID, BrokerState, Call
from moose_dagster.embedded.kafka.wire import NO_TOPIC_ID

_Creatable = CreateTopicsRequest.CreatableTopic
_Created = CreateTopicsResponse.CreatableTopicResult
_Deletable = DeleteTopicsRequest.DeleteTopicState
_Deleted = DeleteTopicsResponse.DeletableTopicResult
_Growing = CreatePartitionsRequest.CreatePartitionsTopic
_Grown = CreatePartitionsResponse.CreatePartitionsTopicResult

_DEFAULT = -1
_MOST_PARTITIONS = 10_000
_FIRST_VERSION_WITH_TOPIC_IDS = 6
_DYNAMIC_TOPIC_CONFIG, _DEFAULT_CONFIG = 1, 5


async def create_topics(
    state: BrokerState, request: CreateTopicsRequest, _: Call
) -> CreateTopicsResponse:
    """Create topics, each for itself."""
    named = Counter(topic.name for topic in request.topics)
    topics: list[_Created] = []
    for wanted in request.topics:
        try:
            _check_once(named[wanted.name])
            topics.append(_create(state, wanted, validate_only=request.validate_only))
        except RefusedError as error:
            topics.append(_not_created(wanted.name, error))
        except OSError as error:
            topics.append(_not_created(wanted.name, storage.refused(error)))
    return CreateTopicsResponse(topics=topics)


async def delete_topics(
    state: BrokerState, request: DeleteTopicsRequest, call: Call
) -> DeleteTopicsResponse:
    """Delete topics by name or by id, and what groups committed for them."""
    wanted: list[_Deletable] = request.topics
    if call.version < _FIRST_VERSION_WITH_TOPIC_IDS:
        wanted = [_Deletable(name=name) for name in request.topic_names]
    return DeleteTopicsResponse(responses=[_delete(state, each) for each in wanted])


async def create_partitions(
    state: BrokerState, request: CreatePartitionsRequest, _: Call
) -> CreatePartitionsResponse:
    """Add partitions to topics, each for itself."""
    named = Counter(topic.name for topic in request.topics)
    results: list[_Grown] = []
    for wanted in request.topics:
        try:
            _check_once(named[wanted.name])
            _grow(state, wanted, validate_only=request.validate_only)
            results.append(_Grown(name=wanted.name, error_code=0))
        except RefusedError as error:
            results.append(
                _Grown(name=wanted.name, error_code=error.code, error_message=error.message)
            )
    return CreatePartitionsResponse(results=results)


def _check_once(times: int) -> None:
    """Refuse a topic that a request names more than once."""
    if times > 1:
        raise RefusedError(Code.INVALID_REQUEST, "Duplicate topic name.")


def _create(state: BrokerState, wanted: _Creatable, *, validate_only: bool) -> _Created:
    """Create one topic and describe it."""
    state.topics.check_name(wanted.name)
    overrides = topic_configs.checked({config.name: config.value for config in wanted.configs})
    partitions = _partition_count(wanted)
    topic_id = NO_TOPIC_ID
    if not validate_only:
        topic_id = state.topics.create(wanted.name, partitions, overrides).id
    return _Created(
        name=wanted.name,
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


def _partition_count(wanted: _Creatable) -> int:
    """Return how many partitions a new topic gets, or refuse what one broker cannot hold."""
    count, factor = wanted.num_partitions, wanted.replication_factor
    if wanted.assignments:
        return _assigned(wanted)
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
            f"Unable to replicate the partition {factor} time(s): The target replication factor of {factor} "
            "cannot be reached because only 1 broker(s) are registered.",
        )
    _check_amount(count)
    return 1 if count == _DEFAULT else count


def _assigned(wanted: _Creatable) -> int:
    """Return the number of partitions of a manual assignment."""
    for what, value in (
        ("numPartitions", wanted.num_partitions),
        ("replicationFactor", wanted.replication_factor),
    ):
        if value != _DEFAULT:
            raise RefusedError(
                Code.INVALID_REQUEST,
                f"A manual partition assignment was specified, but {what} was not set to -1.",
            )
    numbers = sorted(assignment.partition_index for assignment in wanted.assignments)
    if numbers != list(range(len(numbers))):
        raise RefusedError(
            Code.INVALID_REPLICA_ASSIGNMENT,
            "partitions should be a consecutive 0-based integer sequence",
        )
    _check_nodes([assignment.broker_ids for assignment in wanted.assignments])
    _check_amount(len(numbers))
    return len(numbers)


def _check_nodes(replicas: Sequence[list[int]]) -> None:
    """Refuse replicas anywhere but on the only node."""
    if any(nodes != [NODE_ID] for nodes in replicas):
        raise RefusedError(
            Code.INVALID_REPLICA_ASSIGNMENT,
            f"The manual partition assignment names other nodes than {NODE_ID}, the only broker.",
        )


def _check_amount(count: int) -> None:
    """Refuse what Kafka's controller refuses."""
    if count > _MOST_PARTITIONS:
        raise RefusedError(
            Code.POLICY_VIOLATION, "Excessively large number of partitions per request."
        )


def _delete(state: BrokerState, wanted: _Deletable) -> _Deleted:
    """Delete one topic."""
    try:
        by_id = wanted.name is None
        topic = (
            state.topics.with_id(wanted.topic_id)
            if by_id
            else state.topics.named(wanted.name or "")
        )
    except RefusedError as error:
        return _Deleted(
            name=wanted.name,
            topic_id=wanted.topic_id,
            error_code=error.code,
            error_message=error.message,
        )
    state.topics.delete(topic)
    state.groups.offsets.forget_topic(topic.name)
    return _Deleted(name=topic.name, topic_id=topic.id, error_code=0)


def _grow(state: BrokerState, wanted: _Growing, *, validate_only: bool) -> None:
    """Add partitions to one topic."""
    topic = state.topics.find(wanted.name)
    if topic is None:
        raise RefusedError(Code.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_PARTITION)
    current, count = len(topic.partitions), wanted.count
    if count == current:
        raise RefusedError(Code.INVALID_PARTITIONS, f"Topic already has {current} partition(s).")
    if count < current:
        raise RefusedError(
            Code.INVALID_PARTITIONS,
            f"The topic {wanted.name} currently has {current} partition(s); {count} would not be an increase.",
        )
    _check_amount(count - current)
    if wanted.assignments is not None:
        _check_assignments(wanted, count - current)
    if not validate_only:
        topic.extend_to(count)
        topic.save()


def _check_assignments(wanted: _Growing, added: int) -> None:
    """Refuse a manual assignment that does not fit the partitions added."""
    replicas = [assignment.broker_ids for assignment in wanted.assignments or ()]
    if len(replicas) != added:
        raise RefusedError(
            Code.INVALID_REPLICA_ASSIGNMENT,
            f"Attempted to add {added} additional partition(s), but only {len(replicas)} assignment(s) were specified.",
        )
    _check_nodes(replicas)
