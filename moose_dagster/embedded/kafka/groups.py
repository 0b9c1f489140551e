"""All consumer groups and their committed offsets."""

from collections.abc import Iterator

from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.group import Group, State
from moose_dagster.embedded.kafka.members import Application
from moose_dagster.embedded.kafka.offsets import CommittedOffsets
from moose_dagster.embedded.kafka.subscriptions import subscribed_topics

_SHORTEST_SESSION = 6.0
_LONGEST_SESSION = 1800.0


class Groups:
    """The consumer groups by id."""

    def __init__(self, offsets: CommittedOffsets) -> None:
        self.offsets = offsets
        self._by_id: dict[str, Group] = {}
        for name in offsets.groups():
            self._by_id[name] = Group(name, offsets.protocol_types.get(name, ""))

    def __iter__(self) -> Iterator[Group]:
        return iter(list(self._by_id.values()))

    def find(self, group_id: str) -> Group | None:
        """Return a group, None if it is unknown."""
        return self._by_id.get(group_id)

    def named(self, group_id: str) -> Group:
        """Return a group, or refuse an unknown one as if its member were unknown."""
        _check_id(group_id)
        group = self._by_id.get(group_id)
        if group is None:
            raise RefusedError(Code.UNKNOWN_MEMBER_ID)
        return group

    def joined_by(self, group_id: str, application: Application) -> Group:
        """Return the group that *application* wants to join, created if necessary."""
        _check_id(group_id)
        if not _SHORTEST_SESSION <= application.session_timeout <= _LONGEST_SESSION:
            raise RefusedError(Code.INVALID_SESSION_TIMEOUT)
        if group_id not in self._by_id and application.member_id:
            raise RefusedError(Code.UNKNOWN_MEMBER_ID)
        group = self._by_id.get(group_id) or Group(group_id)
        group.check_application(application)
        self.offsets.remember_type(group_id, application.protocol_type)
        return self._by_id.setdefault(group_id, group)

    def committer(
        self, group_id: str, member_id: str, instance_id: str | None, generation: int
    ) -> Group:
        """Return the group if a member, or an outsider while it is empty, may commit."""
        _check_id(group_id)
        group = self._by_id.get(group_id)
        if group is None:
            if generation >= 0:
                raise RefusedError(Code.ILLEGAL_GENERATION)
            return self._by_id.setdefault(group_id, Group(group_id))
        if generation < 0 and group.state is State.EMPTY:
            return group
        member = group.member_of_generation(member_id, instance_id, generation)
        if group.state is State.COMPLETING:
            raise RefusedError(Code.REBALANCE_IN_PROGRESS)
        if group.state is State.STABLE:
            group.heartbeat(member)
        return group

    def delete(self, group_id: str) -> None:
        """Delete a group without members."""
        group = self._existing(group_id)
        if group.state is not State.EMPTY:
            raise RefusedError(Code.NON_EMPTY_GROUP)
        group.close()
        del self._by_id[group_id]
        self.offsets.drop(group_id)

    def topics_read_by(self, group_id: str) -> set[str]:
        """Return the topics that the members of a group read, or refuse an unknown group."""
        return subscribed_topics(self._existing(group_id))

    def close(self) -> None:
        """Close all groups."""
        for group in self._by_id.values():
            group.close()

    def _existing(self, group_id: str) -> Group:
        """Return a group, or refuse."""
        group = self._by_id.get(group_id)
        if group is None:
            raise RefusedError(Code.GROUP_ID_NOT_FOUND)
        return group


def _check_id(group_id: str) -> None:
    """Refuse the empty name."""
    if not group_id:
        raise RefusedError(Code.INVALID_GROUP_ID)
