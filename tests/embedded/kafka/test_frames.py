import random
import socket
import struct

import pytest
from kafka.protocol.admin.acl import (
    CreateAclsRequest,
    CreateAclsResponse,
    DeleteAclsRequest,
    DeleteAclsResponse,
    DescribeAclsRequest,
    DescribeAclsResponse,
)
from kafka.protocol.consumer.group import (
    JoinGroupRequest,
    JoinGroupResponse,
    OffsetCommitRequest,
    OffsetCommitResponse,
)
from kafka.protocol.metadata.api_versions import ApiVersionsRequest, ApiVersionsResponse
from kafka.protocol.sasl import SaslHandshakeRequest, SaslHandshakeResponse


def _served(broker):
    request = ApiVersionsRequest()
    with broker.wire() as wire:
        return {
            api.api_key: api.max_version
            for api in wire.ask(request, ApiVersionsResponse, 2).api_keys
        }


def test_random_frames_harm_no_other_client(own_broker, read):
    topic = own_broker.create(name="bystander")
    chance = random.Random(11)  # noqa: S311 -- the same frames in every run
    served = _served(own_broker)
    consumer = own_broker.consumer("bystander")
    consumer.subscribe([topic])

    for number in range(300):
        key = chance.choice(list(served))
        start = struct.pack(">hhih", key, chance.randint(0, served[key]), number, -1)
        body = start + chance.randbytes(chance.choice([0, 3, 20, 200, 2000]))
        with own_broker.wire() as wire:
            wire.send(struct.pack(">i", len(body)) + body)
        if number % 30 == 0:
            own_broker.send(topic, [(None, b"%d" % number)])

    assert read(consumer, 10) == [(None, b"%d" % number) for number in range(0, 300, 30)]
    consumer.close()
    assert own_broker.create() in own_broker.admin.list_topics(timeout=10).topics
    assert "Traceback" not in own_broker.log


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">i", -1),
        struct.pack(">i", 0),
        struct.pack(">ihhih", 10, 999, 0, 1, -1),
        struct.pack(">ihhih", 10, 3, 99, 1, -1),
        struct.pack(">ihhih", 10, 3, 1, 1, 500),
        struct.pack(">ih", 2, 3),
    ],
)
def test_an_invalid_request_ends_its_connection_with_a_line_in_the_log(broker, data):
    before = broker.log.count("Closed the connection")

    with broker.wire() as wire:
        wire.send(data)
        assert wire.is_closed()

    assert broker.log.count("Closed the connection") == before + 1


@pytest.mark.parametrize("start", [b"", b"\0", b"\0\2"])
def test_integers_without_an_end_delay_no_other_client(broker, start):
    frame = struct.pack(">hhih", 3, 12, 1, -1) + start + b"\xff" * 2_000_000

    with broker.wire() as wire:
        wire.send(struct.pack(">i", len(frame)) + frame)
        assert wire.is_closed()

    assert broker.admin.list_topics(timeout=5)


def test_invalid_nulls_are_refused_and_not_stored(own_broker):
    topic = own_broker.create()
    protocol = JoinGroupRequest.JoinGroupRequestProtocol(name="range", metadata=b"")
    join = JoinGroupRequest(
        group_id="nulls",
        session_timeout_ms=6000,
        rebalance_timeout_ms=6000,
        member_id="",
        protocol_type=None,
        protocols=[protocol],
    )
    place = OffsetCommitRequest.OffsetCommitRequestTopic.OffsetCommitRequestPartition(
        partition_index=0, committed_offset=1, committed_metadata=""
    )
    commit = OffsetCommitRequest(
        group_id=None,
        generation_id_or_member_epoch=-1,
        member_id="",
        topics=[OffsetCommitRequest.OffsetCommitRequestTopic(name=topic, partitions=[place])],
    )

    with own_broker.wire() as wire:
        assert wire.ask(join, JoinGroupResponse, 3).error_code == 23
        assert wire.ask(join, JoinGroupResponse, 5).error_code == 23
        assert wire.ask(commit, OffsetCommitResponse, 2).topics[0].partitions[0].error_code == 24
    own_broker.end()

    assert own_broker.start().create() != topic


def test_a_client_newer_than_the_broker_learns_what_it_serves(broker):
    with broker.wire() as wire:
        wire.send(struct.pack(">ihhih", 10, 18, 99, 5, -1))
        response = ApiVersionsResponse.decode(wire.frame(), version=0, header=True)

    assert response.error_code == 35
    assert len(response.api_keys) > 20


def test_authentication_is_refused(broker):
    with broker.wire() as wire:
        answer = wire.ask(SaslHandshakeRequest(mechanism="PLAIN"), SaslHandshakeResponse, 1)

    assert answer.error_code == 34


def test_there_are_no_acls(broker):
    every = DescribeAclsRequest(
        resource_type_filter=1, pattern_type_filter=1, operation=1, permission_type=1
    )
    acl = CreateAclsRequest.AclCreation(
        resource_type=2,
        resource_name="topic",
        principal="User:me",
        host="*",
        operation=3,
        permission_type=3,
    )
    filters = [
        DeleteAclsRequest.DeleteAclsFilter(resource_type_filter=1, operation=1, permission_type=1)
    ]

    with broker.wire() as wire:
        described = wire.ask(every, DescribeAclsResponse, 3)
        created = wire.ask(CreateAclsRequest(creations=[acl]), CreateAclsResponse, 1)
        deleted = wire.ask(DeleteAclsRequest(filters=filters), DeleteAclsResponse, 2)

    assert described.error_code == 54
    assert created.results[0].error_code == 54
    assert deleted.filter_results[0].error_code == 54


def test_only_this_machine_can_connect(broker):
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", broker.port))
