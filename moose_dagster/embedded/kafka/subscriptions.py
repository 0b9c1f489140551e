"""The topics that the members of a group read."""

import struct

from moose_dagster.embedded.kafka.group import Group


def subscribed_topics(group: Group) -> set[str]:
    """Return the topics of all members of a group of consumers."""
    if group.protocol_type != "consumer":
        return set()
    topics: set[str] = set()
    for member in group.members.values():
        for metadata in member.application.protocols.values():
            topics.update(_topics_in(metadata))
    return topics


def _topics_in(metadata: bytes) -> list[str]:
    """Return the topics at the start of a subscription: a version, a count, and the names."""
    _, count = struct.unpack_from(">hi", metadata)
    position = 6
    topics: list[str] = []
    for _ in range(count):
        (length,) = struct.unpack_from(">h", metadata, position)
        position += 2 + length
        topics.append(metadata[position - length : position].decode())
    return topics
