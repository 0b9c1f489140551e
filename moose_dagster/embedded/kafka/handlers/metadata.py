"""Metadata, DescribeCluster and FindCoordinator, which all name the only node."""

from kafka.protocol.admin.cluster import DescribeClusterRequest, DescribeClusterResponse
from kafka.protocol.metadata.find_coordinator import FindCoordinatorRequest, FindCoordinatorResponse
from kafka.protocol.metadata.metadata import MetadataRequest, MetadataResponse

from moose_dagster.embedded.kafka import topic_names
from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.shown_topics import ShownTopic
from moose_dagster.embedded.kafka.state import LEADER_EPOCH, NODE_ID, BrokerState, Call

_TopicAnswer = MetadataResponse.MetadataResponseTopic
_PartitionAnswer = _TopicAnswer.MetadataResponsePartition
_Broker = MetadataResponse.MetadataResponseBroker
_Coordinator = FindCoordinatorResponse.Coordinator
_RequestedTopic = MetadataRequest.MetadataRequestTopic

# Kafka's numbers of ACL operations: without an authorizer everything is allowed.
TOPIC_OPERATIONS = {3, 4, 5, 6, 7, 8, 10, 11}
GROUP_OPERATIONS = {3, 6, 8, 10, 11}
NOT_REQUESTED = {31}
_CLUSTER_OPERATIONS = {5, 7, 8, 9, 10, 11, 12}

_FIRST_VERSION_WITH_KEYS = 4
_GROUP_COORDINATOR = 0


async def metadata(state: BrokerState, request: MetadataRequest, call: Call) -> MetadataResponse:
    """Describe the requested topics, or all."""
    wants_all = request.topics is None or (call.version == 0 and not request.topics)
    operations = TOPIC_OPERATIONS if request.include_topic_authorized_operations else NOT_REQUESTED
    if wants_all:
        # Apache Kafka leaves out what the principal may not describe.
        topics = [
            _described(topic, operations)
            for topic in state.shown
            if not state.effects.is_denied(call.client.principal, "Describe", topic.name)
        ]
    else:
        topics = [_answer(state, call, each, operations) for each in request.topics or ()]
    cluster = (
        _CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_REQUESTED
    )
    return MetadataResponse(
        brokers=[_Broker(node_id=NODE_ID, host=state.host, port=state.port, rack=None)],
        cluster_id=state.cluster_id,
        controller_id=NODE_ID,
        topics=topics,
        authorized_operations=cluster,
    )


async def describe_cluster(
    state: BrokerState, request: DescribeClusterRequest, _: Call
) -> DescribeClusterResponse:
    """Describe the only broker."""
    wants_operations = request.include_cluster_authorized_operations
    broker = DescribeClusterResponse.DescribeClusterBroker(
        broker_id=NODE_ID, host=state.host, port=state.port, rack=None, is_fenced=False
    )
    return DescribeClusterResponse(
        error_code=0,
        error_message=None,
        endpoint_type=1,
        cluster_id=state.cluster_id,
        controller_id=NODE_ID,
        brokers=[broker],
        authorized_operations=_CLUSTER_OPERATIONS if wants_operations else NOT_REQUESTED,
    )


async def find_coordinator(
    state: BrokerState, request: FindCoordinatorRequest, call: Call
) -> FindCoordinatorResponse:
    """Return this broker for groups, and refuse transactions."""
    refused = request.key_type != _GROUP_COORDINATOR
    error = Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED if refused else Code.NONE
    message = "This broker has no transactions." if refused else None
    node, host, port = (-1, "", -1) if refused else (NODE_ID, state.host, state.port)
    if call.version < _FIRST_VERSION_WITH_KEYS:
        return FindCoordinatorResponse(
            error_code=error, error_message=message, node_id=node, host=host, port=port
        )
    coordinators = [
        _Coordinator(
            key=key, node_id=node, host=host, port=port, error_code=error, error_message=message
        )
        for key in request.coordinator_keys
    ]
    return FindCoordinatorResponse(coordinators=coordinators)


def _answer(
    state: BrokerState, call: Call, requested: _RequestedTopic, operations: set[int]
) -> _TopicAnswer:
    """Describe one topic by its name or its id."""
    try:
        if requested.name is None:
            topic = state.shown.with_id(requested.topic_id)
            state.check_right(call, "Describe", topic.name)
            return _described(topic, operations)
        topic_names.check(requested.name)
        # Before the look-up: nobody learns which topics exist that he may not describe.
        state.check_right(call, "Describe", requested.name)
        return _described(state.shown.named(requested.name), operations)
    except RefusedError as error:
        return _TopicAnswer(
            error_code=error.code,
            name=requested.name,
            topic_id=requested.topic_id,
            is_internal=False,
            partitions=[],
        )


def _described(topic: ShownTopic, operations: set[int]) -> _TopicAnswer:
    """Describe a topic, whose partitions are all led by the only node."""
    return _TopicAnswer(
        error_code=0,
        name=topic.name,
        topic_id=topic.id,
        is_internal=False,
        partitions=[_partition(number) for number in range(topic.partitions)],
        authorized_operations=operations,
    )


def _partition(number: int) -> _PartitionAnswer:
    """Describe one partition."""
    return _PartitionAnswer(
        error_code=0,
        partition_index=number,
        leader_id=NODE_ID,
        leader_epoch=LEADER_EPOCH,
        replica_nodes=[NODE_ID],
        isr_nodes=[NODE_ID],
        offline_replicas=[],
    )
