"""The APIs that the broker serves: their versions and the functions that answer.

The newest versions are the last that address topics by name (before Fetch 13, OffsetCommit 10 and
OffsetFetch 10); that of Produce is the last with lengths of fixed size.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kafka.protocol.admin.acl import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from kafka.protocol.admin.cluster import DescribeClusterRequest
from kafka.protocol.admin.configs import (
    AlterConfigsRequest,
    DescribeConfigsRequest,
    IncrementalAlterConfigsRequest,
)
from kafka.protocol.admin.groups import (
    DeleteGroupsRequest,
    DescribeGroupsRequest,
    ListGroupsRequest,
)
from kafka.protocol.admin.topics import (
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteRecordsRequest,
    DeleteTopicsRequest,
)
from kafka.protocol.consumer.fetch import FetchRequest
from kafka.protocol.consumer.group import (
    HeartbeatRequest,
    JoinGroupRequest,
    LeaveGroupRequest,
    OffsetCommitRequest,
    OffsetDeleteRequest,
    OffsetFetchRequest,
    SyncGroupRequest,
)
from kafka.protocol.consumer.offsets import ListOffsetsRequest, OffsetForLeaderEpochRequest
from kafka.protocol.metadata.api_versions import ApiVersionsRequest, ApiVersionsResponse
from kafka.protocol.metadata.find_coordinator import FindCoordinatorRequest
from kafka.protocol.metadata.metadata import MetadataRequest
from kafka.protocol.producer.produce import ProduceRequest
from kafka.protocol.producer.transaction import InitProducerIdRequest
from kafka.protocol.sasl import SaslAuthenticateRequest, SaslHandshakeRequest

from moose_dagster.embedded.kafka.errors import Code
from moose_dagster.embedded.kafka.handlers import (
    acls,
    configs,
    fetch,
    group_admin,
    group_offsets,
    list_offsets,
    membership,
    metadata,
    produce,
    sasl,
    topics,
)
from moose_dagster.embedded.kafka.state import BrokerState, Call
from moose_dagster.embedded.kafka.wire import Message

Request = TypeVar("Request", bound=Message)


@dataclass(frozen=True, slots=True)
class Api(Generic[Request]):
    """An API of the Kafka protocol.

    Attributes:
        kind: The class of its requests.
        oldest: The oldest version that is served.
        newest: The newest version that is served.
        answer: The function that answers a request, with None where no answer is expected.
    """

    kind: type[Request]
    oldest: int
    newest: int
    answer: Callable[[BrokerState, Request, Call], Awaitable[Message | None]]


def versions(code: Code = Code.NONE) -> ApiVersionsResponse:
    """Return the served APIs as an answer to a client."""
    keys = [
        ApiVersionsResponse.ApiVersion(api_key=key, min_version=api.oldest, max_version=api.newest)
        for key, api in APIS.items()
    ]
    return ApiVersionsResponse(error_code=code, api_keys=keys)


async def _api_versions(_: BrokerState, __: ApiVersionsRequest, ___: Call) -> ApiVersionsResponse:
    """Answer with the served APIs."""
    return versions()


_SERVED: tuple[Api[Any], ...] = (
    Api(ProduceRequest, 3, 8, produce.produce),
    Api(FetchRequest, 4, 12, fetch.fetch),
    Api(ListOffsetsRequest, 1, 8, list_offsets.list_offsets),
    Api(MetadataRequest, 0, 12, metadata.metadata),
    Api(OffsetCommitRequest, 2, 9, group_offsets.offset_commit),
    Api(OffsetFetchRequest, 1, 9, group_offsets.offset_fetch),
    Api(FindCoordinatorRequest, 0, 4, metadata.find_coordinator),
    Api(JoinGroupRequest, 0, 9, membership.join_group),
    Api(HeartbeatRequest, 0, 4, membership.heartbeat),
    Api(LeaveGroupRequest, 0, 5, membership.leave_group),
    Api(SyncGroupRequest, 0, 5, membership.sync_group),
    Api(DescribeGroupsRequest, 0, 6, group_admin.describe_groups),
    Api(ListGroupsRequest, 0, 5, group_admin.list_groups),
    Api(SaslHandshakeRequest, 0, 1, sasl.sasl_handshake),
    Api(ApiVersionsRequest, 0, 4, _api_versions),
    Api(CreateTopicsRequest, 2, 7, topics.create_topics),
    Api(DeleteTopicsRequest, 1, 6, topics.delete_topics),
    Api(DeleteRecordsRequest, 0, 2, list_offsets.delete_records),
    Api(InitProducerIdRequest, 0, 5, produce.init_producer_id),
    Api(OffsetForLeaderEpochRequest, 2, 4, list_offsets.offset_for_leader_epoch),
    Api(DescribeAclsRequest, 1, 3, acls.describe_acls),
    Api(CreateAclsRequest, 1, 3, acls.create_acls),
    Api(DeleteAclsRequest, 1, 3, acls.delete_acls),
    Api(SaslAuthenticateRequest, 0, 2, sasl.sasl_authenticate),
    Api(DescribeConfigsRequest, 0, 4, configs.describe_configs),
    Api(AlterConfigsRequest, 0, 2, configs.alter_configs),
    Api(CreatePartitionsRequest, 0, 3, topics.create_partitions),
    Api(DeleteGroupsRequest, 0, 2, group_admin.delete_groups),
    Api(IncrementalAlterConfigsRequest, 0, 1, configs.incremental_alter_configs),
    Api(OffsetDeleteRequest, 0, 0, group_offsets.offset_delete),
    Api(DescribeClusterRequest, 0, 1, metadata.describe_cluster),
)

APIS: dict[int, Api[Any]] = {api.kind.API_KEY: api for api in _SERVED}
