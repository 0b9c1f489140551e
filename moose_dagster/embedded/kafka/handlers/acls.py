"""DescribeAcls, CreateAcls and DeleteAcls, which are refused as without an authorizer."""

from kafka.protocol.admin.acl import (
    CreateAclsRequest,
    CreateAclsResponse,
    DeleteAclsRequest,
    DeleteAclsResponse,
    DescribeAclsRequest,
    DescribeAclsResponse,
)

from moose_dagster.embedded.kafka.errors import Code
from moose_dagster.embedded.kafka.state import BrokerState, Call

_CODE = Code.SECURITY_DISABLED
_MESSAGE = "No Authorizer is configured on the broker."

_Created = CreateAclsResponse.AclCreationResult
_Deleted = DeleteAclsResponse.DeleteAclsFilterResult


async def describe_acls(_: BrokerState, __: DescribeAclsRequest, ___: Call) -> DescribeAclsResponse:
    """Refuse to list ACLs."""
    return DescribeAclsResponse(error_code=_CODE, error_message=_MESSAGE, resources=[])


async def create_acls(_: BrokerState, request: CreateAclsRequest, __: Call) -> CreateAclsResponse:
    """Refuse to create ACLs."""
    return CreateAclsResponse(
        results=[_Created(error_code=_CODE, error_message=_MESSAGE) for _ in request.creations]
    )


async def delete_acls(_: BrokerState, request: DeleteAclsRequest, __: Call) -> DeleteAclsResponse:
    """Refuse to delete ACLs."""
    results = [
        _Deleted(error_code=_CODE, error_message=_MESSAGE, matching_acls=[])
        for _ in request.filters
    ]
    return DeleteAclsResponse(filter_results=results)
