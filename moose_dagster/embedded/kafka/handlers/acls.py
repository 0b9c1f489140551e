"""DescribeAcls, CreateAcls and DeleteAcls: refused, because everybody may do everything."""

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

_CODE, _MESSAGE = Code.SECURITY_DISABLED, "No Authorizer is configured on the broker."

_Created = CreateAclsResponse.AclCreationResult
_Deleted = DeleteAclsResponse.DeleteAclsFilterResult


async def describe_acls(_: BrokerState, __: DescribeAclsRequest, ___: Call) -> DescribeAclsResponse:
    """Say that there are no ACLs."""
    return DescribeAclsResponse(error_code=_CODE, error_message=_MESSAGE, resources=[])


async def create_acls(_: BrokerState, request: CreateAclsRequest, __: Call) -> CreateAclsResponse:
    """Create none."""
    return CreateAclsResponse(
        results=[_Created(error_code=_CODE, error_message=_MESSAGE) for _ in request.creations]
    )


async def delete_acls(_: BrokerState, request: DeleteAclsRequest, __: Call) -> DeleteAclsResponse:
    """Delete none."""
    results = [
        _Deleted(error_code=_CODE, error_message=_MESSAGE, matching_acls=[])
        for _ in request.filters
    ]
    return DeleteAclsResponse(filter_results=results)
