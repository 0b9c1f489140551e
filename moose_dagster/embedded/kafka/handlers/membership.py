"""JoinGroup, SyncGroup, Heartbeat and LeaveGroup."""

from kafka.protocol.consumer.group import (
    HeartbeatRequest,
    HeartbeatResponse,
    JoinGroupRequest,
    JoinGroupResponse,
    LeaveGroupRequest,
    LeaveGroupResponse,
    SyncGroupRequest,
    SyncGroupResponse,
)

from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.group import Group
from moose_dagster.embedded.kafka.members import Application, Joined
from moose_dagster.embedded.kafka.state import BrokerState, Call
from moose_dagster.embedded.kafka.wire import opaque

_FIRST_VERSION_WITH_RESERVED_IDS = 4
_FIRST_VERSION_WITH_SEVERAL_MEMBERS = 3

_MemberAnswer = JoinGroupResponse.JoinGroupResponseMember
_Identity = LeaveGroupRequest.MemberIdentity
_LeaveResult = LeaveGroupResponse.MemberResponse


async def join_group(
    state: BrokerState, request: JoinGroupRequest, call: Call
) -> JoinGroupResponse:
    """Add a consumer to its group, and answer when the generation is complete."""
    application = _application(request, call)
    try:
        group = state.groups.joined_by(request.group_id, application)
        anonymous = not application.member_id and application.instance_id is None
        if anonymous and call.version >= _FIRST_VERSION_WITH_RESERVED_IDS:
            return _not_joined(Code.MEMBER_ID_REQUIRED, group.reserve_id(application))
        return _joined(group, await group.join(application))
    except RefusedError as error:
        return _not_joined(error.code, request.member_id)


async def sync_group(state: BrokerState, request: SyncGroupRequest, _: Call) -> SyncGroupResponse:
    """Store the leader's assignments and answer every member with its own."""
    try:
        group = state.groups.named(request.group_id)
        member = group.member_of_generation(
            request.member_id, request.group_instance_id, request.generation_id
        )
        group.check_protocol(request.protocol_name)
        assignments = {each.member_id: opaque(each.assignment) for each in request.assignments}
        assignment = await group.sync(member, assignments)
    except RefusedError as error:
        return SyncGroupResponse(error_code=error.code, assignment=b"")
    return SyncGroupResponse(
        error_code=0,
        protocol_type=group.protocol_type,
        protocol_name=group.protocol,
        assignment=assignment,
    )


async def heartbeat(state: BrokerState, request: HeartbeatRequest, _: Call) -> HeartbeatResponse:
    """Extend the session of a member."""
    try:
        group = state.groups.named(request.group_id)
        member = group.member_of_generation(
            request.member_id, request.group_instance_id, request.generation_id
        )
        group.heartbeat(member)
    except RefusedError as error:
        return HeartbeatResponse(error_code=error.code)
    return HeartbeatResponse(error_code=0)


async def leave_group(
    state: BrokerState, request: LeaveGroupRequest, call: Call
) -> LeaveGroupResponse:
    """Remove members from a group."""
    single = call.version < _FIRST_VERSION_WITH_SEVERAL_MEMBERS
    identities = [_Identity(member_id=request.member_id)] if single else request.members
    try:
        group = state.groups.named(request.group_id)
    except RefusedError as error:
        return LeaveGroupResponse(error_code=error.code, members=[])
    results = [_leave(group, identity) for identity in identities]
    return LeaveGroupResponse(error_code=results[0].error_code if single else 0, members=results)


def _application(request: JoinGroupRequest, call: Call) -> Application:
    """Return the request of a consumer with times in seconds."""
    rebalance_ms = request.rebalance_timeout_ms
    if rebalance_ms < 0:
        rebalance_ms = request.session_timeout_ms
    return Application(
        member_id=request.member_id,
        instance_id=request.group_instance_id,
        client_id=call.client_id,
        client_host=call.client_host,
        session_timeout=request.session_timeout_ms / 1000,
        rebalance_timeout=rebalance_ms / 1000,
        protocol_type=request.protocol_type,
        protocols={protocol.name: opaque(protocol.metadata) for protocol in request.protocols},
    )


def _joined(group: Group, joined: Joined) -> JoinGroupResponse:
    """Return the answer for a member of a generation; the leader gets all members."""
    members = [
        _MemberAnswer(
            member_id=member.id,
            group_instance_id=member.application.instance_id,
            metadata=member.application.protocols[joined.protocol],
        )
        for member in joined.members
    ]
    return JoinGroupResponse(
        error_code=0,
        generation_id=joined.generation,
        protocol_type=group.protocol_type,
        protocol_name=joined.protocol,
        leader=joined.leader,
        skip_assignment=False,
        member_id=joined.member_id,
        members=members,
    )


def _not_joined(code: Code, member_id: str) -> JoinGroupResponse:
    """Return the answer for a consumer that is refused or must join again as *member_id*."""
    return JoinGroupResponse(
        error_code=code,
        generation_id=-1,
        protocol_name="",
        leader="",
        skip_assignment=False,
        member_id=member_id,
        members=[],
    )


def _leave(group: Group, identity: _Identity) -> _LeaveResult:
    """Remove one member."""
    code = Code.NONE
    try:
        group.leave(identity.member_id, identity.group_instance_id)
    except RefusedError as error:
        code = error.code
    return _LeaveResult(
        member_id=identity.member_id, group_instance_id=identity.group_instance_id, error_code=code
    )
