"""ListGroups, DescribeGroups and DeleteGroups."""

from kafka.protocol.admin.groups import (
    DeleteGroupsRequest,
    DeleteGroupsResponse,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
    ListGroupsRequest,
    ListGroupsResponse,
)

from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.group import Group, State
from moose_dagster.embedded.kafka.handlers.metadata import GROUP_OPERATIONS, NOT_REQUESTED
from moose_dagster.embedded.kafka.state import BrokerState, Call

_FIRST_VERSION_WITH_UNKNOWN_GROUPS = 6

_Described = DescribeGroupsResponse.DescribedGroup
_Member = _Described.DescribedGroupMember
_Listed = ListGroupsResponse.ListedGroup
_Deleted = DeleteGroupsResponse.DeletableGroupResult


async def list_groups(
    state: BrokerState, request: ListGroupsRequest, _: Call
) -> ListGroupsResponse:
    """Return the groups of the requested states and types."""
    states = {state.lower() for state in request.states_filter or ()}
    types = {kind.lower() for kind in request.types_filter or ()}
    groups = [
        _Listed(
            group_id=group.id,
            protocol_type=group.protocol_type,
            group_state=group.state.value,
            group_type="classic",
        )
        for group in state.groups
        if (not states or group.state.value.lower() in states) and (not types or "classic" in types)
    ]
    return ListGroupsResponse(error_code=0, groups=groups)


async def describe_groups(
    state: BrokerState, request: DescribeGroupsRequest, call: Call
) -> DescribeGroupsResponse:
    """Return state and members of groups."""
    operations = GROUP_OPERATIONS if request.include_authorized_operations else NOT_REQUESTED
    groups = [
        _described(state.groups.find(name), name, call, operations) for name in request.groups
    ]
    return DescribeGroupsResponse(groups=groups)


async def delete_groups(
    state: BrokerState, request: DeleteGroupsRequest, _: Call
) -> DeleteGroupsResponse:
    """Delete groups without members, and their offsets."""
    return DeleteGroupsResponse(results=[_delete(state, name) for name in request.groups_names])


def _described(group: Group | None, name: str, call: Call, operations: set[int]) -> _Described:
    """Describe one group; an unknown one is Dead."""
    if group is None:
        is_error = call.version >= _FIRST_VERSION_WITH_UNKNOWN_GROUPS
        return _Described(
            error_code=Code.GROUP_ID_NOT_FOUND if is_error else Code.NONE,
            error_message=f"Group {name} not found." if is_error else None,
            group_id=name,
            group_state="Dead",
            protocol_type="",
            protocol_data="",
            members=[],
            authorized_operations=operations,
        )
    return _Described(
        error_code=0,
        group_id=name,
        group_state=group.state.value,
        protocol_type=group.protocol_type,
        protocol_data=group.protocol if group.state is State.STABLE else "",
        members=_members(group),
        authorized_operations=operations,
    )


def _members(group: Group) -> list[_Member]:
    """Describe the members, whose assignments are known while the group is stable."""
    stable = group.state is State.STABLE
    return [
        _Member(
            member_id=member.id,
            group_instance_id=member.application.instance_id,
            client_id=member.application.client_id,
            client_host=member.application.client_host,
            member_metadata=member.application.protocols[group.protocol] if stable else b"",
            member_assignment=member.assignment if stable else b"",
        )
        for member in group.members.values()
    ]


def _delete(state: BrokerState, name: str) -> _Deleted:
    """Delete one group."""
    code = Code.NONE
    try:
        state.groups.delete(name)
    except RefusedError as error:
        code = error.code
    return _Deleted(group_id=name, error_code=code)
