"""One consumer group: its members, its generation and its rebalances.

A group is Empty, collects joins (PreparingRebalance), waits for the leader's assignment
(CompletingRebalance), or is Stable.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from enum import Enum

from moose_dagster.embedded.kafka.errors import Code, RefusedError
from moose_dagster.embedded.kafka.members import Application, Joined, Member

_FIRST_JOIN_DELAY = 0.1


class State(Enum):
    """The state of a group, named as in Kafka."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"


class Group:
    """A consumer group.

    Attributes:
        id: Its name.
        state: Its state.
        generation: How many rebalances it has completed.
        protocol_type: What its members are, such as `consumer`; "" before the first one.
        protocol: The assignment protocol of this generation, "" for none.
        leader: The id of the member that assigns partitions, "" for none.
        members: The members by id.
    """

    def __init__(self, group_id: str, protocol_type: str = "") -> None:
        self.id = group_id
        self.state = State.EMPTY
        self.generation = 0
        self.protocol_type = protocol_type
        self.protocol = ""
        self.leader = ""
        self.members: dict[str, Member] = {}
        self._static: dict[str, str] = {}
        self._reserved_ids: dict[str, asyncio.TimerHandle] = {}
        self._rebalance: asyncio.TimerHandle | None = None
        self._is_first_join = False

    def check_application(self, application: Application) -> None:
        """Refuse a member that shares no protocol with the others."""
        others = [
            member.application
            for member in self.members.values()
            if member.id != application.member_id
        ]
        shared = set(application.protocols).intersection(*(other.protocols for other in others))
        same_type = all(other.protocol_type == application.protocol_type for other in others)
        if not application.protocol_type or not shared or not same_type:
            raise RefusedError(Code.INCONSISTENT_GROUP_PROTOCOL)

    def reserve_id(self, application: Application) -> str:
        """Return an id with which a new member has to join again."""
        member_id = _new_id(application)
        loop = asyncio.get_running_loop()
        self._reserved_ids[member_id] = loop.call_later(
            application.session_timeout, self._release_id, member_id
        )
        return member_id

    def join(self, application: Application) -> asyncio.Future[Joined]:
        """Add a member; the future is done when the rebalance is complete."""
        if not application.member_id:
            return self._join_new(application)
        member = self.members.get(application.member_id)
        if member is None and application.member_id in self._reserved_ids:
            self._reserved_ids.pop(application.member_id).cancel()
            return self._admit(application.member_id, application)
        member = self.member(application.member_id, application.instance_id)
        return self._join_again(member, application)

    def sync(self, member: Member, assignments: Mapping[str, bytes]) -> asyncio.Future[bytes]:
        """Return the member's assignment, which is set when the leader has sent it."""
        if self.state is State.PREPARING:
            raise RefusedError(Code.REBALANCE_IN_PROGRESS)
        waiting = member.wait_to_sync()
        if self.state is State.COMPLETING and member.id == self.leader:
            self.state = State.STABLE
            self._stop_rebalance_timer()
            for each in self.members.values():
                each.assignment = assignments.get(each.id, b"")
        if self.state is State.STABLE:
            for each in self.members.values():
                each.answer_sync()
                each.expect_heartbeat(self._expire)
        return waiting

    def heartbeat(self, member: Member) -> None:
        """Extend the session of a member, or refuse with the request to join again."""
        member.expect_heartbeat(self._expire)
        if self.state is State.PREPARING:
            raise RefusedError(Code.REBALANCE_IN_PROGRESS)

    def leave(self, member_id: str, instance_id: str | None) -> None:
        """Remove a member; a static one may be named by its instance alone."""
        if member_id in self._reserved_ids:
            self._reserved_ids.pop(member_id).cancel()
            self._complete_if_all_joined()
            return
        if instance_id is not None and not member_id:
            member_id = self._static.get(instance_id, "")
        self._remove(self.member(member_id, instance_id))

    def member(self, member_id: str, instance_id: str | None = None) -> Member:
        """Return a member, or refuse if it is unknown or was replaced."""
        current = self._static.get(instance_id) if instance_id is not None else None
        if current is not None and current != member_id:
            raise RefusedError(Code.FENCED_INSTANCE_ID)
        member = self.members.get(member_id)
        if member is None:
            raise RefusedError(Code.UNKNOWN_MEMBER_ID)
        return member

    def member_of_generation(
        self, member_id: str, instance_id: str | None, generation: int
    ) -> Member:
        """Return a member of the current generation, or refuse."""
        member = self.member(member_id, instance_id)
        if generation != self.generation:
            raise RefusedError(Code.ILLEGAL_GENERATION)
        return member

    def check_protocol(self, protocol: str | None) -> None:
        """Refuse a member that expects another protocol."""
        if protocol is not None and protocol != self.protocol:
            raise RefusedError(Code.INCONSISTENT_GROUP_PROTOCOL)

    def close(self) -> None:
        """Drop all timers and answers."""
        for member in self.members.values():
            member.forget_deadline()
            member.stop_waiting()
        for timer in self._reserved_ids.values():
            timer.cancel()
        self._stop_rebalance_timer()

    def _join_new(self, application: Application) -> asyncio.Future[Joined]:
        """Admit a member without an id, or let it replace the same instance."""
        instance_id = application.instance_id
        if instance_id is None or instance_id not in self._static:
            return self._admit(_new_id(application), application)
        member = self.members.pop(self._static[instance_id])
        member.refuse(RefusedError(Code.FENCED_INSTANCE_ID))
        leader_before = self.leader
        replaced_id = member.id
        member.id = _new_id(application)
        self._static[instance_id] = member.id
        self.members[member.id] = member
        unchanged = _has_same_protocols(member.application, application)
        member.application = application
        if self.leader == replaced_id:
            self.leader = member.id
        if self.state is State.STABLE and unchanged:
            # With another leader's id the member takes its old assignment and makes no new one.
            joined = Joined(self.generation, self.protocol, leader_before, member.id)
            return self._rejoin_generation(member, joined)
        return self._rebalance_with(member)

    def _admit(self, member_id: str, application: Application) -> asyncio.Future[Joined]:
        """Add a member and rebalance."""
        member = self.members[member_id] = Member(member_id, application)
        if application.instance_id is not None:
            self._static[application.instance_id] = member_id
        self.protocol_type = application.protocol_type
        return self._rebalance_with(member)

    def _join_again(self, member: Member, application: Application) -> asyncio.Future[Joined]:
        """Answer a member that joins again, with a rebalance if something changed."""
        unchanged = _has_same_protocols(member.application, application)
        member.application = application
        repeats = self.state is State.COMPLETING or (
            self.state is State.STABLE and member.id != self.leader
        )
        if unchanged and repeats:
            return self._rejoin_generation(member, self._joined(member))
        return self._rebalance_with(member)

    def _rejoin_generation(self, member: Member, joined: Joined) -> asyncio.Future[Joined]:
        """Answer at once, because the generation stays."""
        waiting = member.wait_to_join()
        member.answer_join(joined)
        member.expect_heartbeat(self._expire)
        return waiting

    def _rebalance_with(self, member: Member) -> asyncio.Future[Joined]:
        """Join *member*, and start a rebalance unless one is running."""
        waiting = member.wait_to_join()
        member.forget_deadline()
        self._start_rebalance()
        return waiting

    def _start_rebalance(self) -> None:
        """Collect joins until all members joined or the longest timeout is over."""
        if self.state is not State.PREPARING:
            self._is_first_join = self.state is State.EMPTY
            self.state = State.PREPARING
            for member in self.members.values():
                if member.syncing is not None:
                    member.refuse(RefusedError(Code.REBALANCE_IN_PROGRESS))
            # An empty group waits a moment for consumers that start together.
            delay = _FIRST_JOIN_DELAY if self._is_first_join else self._slowest()
            self._start_rebalance_timer(delay, self._complete)
        self._complete_if_all_joined()

    def _complete_if_all_joined(self) -> None:
        """Complete the rebalance if all members joined."""
        if self.state is not State.PREPARING or (self._is_first_join and self.members):
            return
        if (
            all(member.joining is not None for member in self.members.values())
            and not self._reserved_ids
        ):
            self._complete()

    def _complete(self) -> None:
        """Start a generation with the members that joined, and remove the others."""
        self._stop_rebalance_timer()
        self._is_first_join = False
        for member in [member for member in self.members.values() if member.joining is None]:
            self._drop(member)
        self.generation += 1
        if not self.members:
            self.state = State.EMPTY
            self.protocol = ""
            self.leader = ""
            return
        self.state = State.COMPLETING
        self.protocol = self._elected_protocol()
        if self.leader not in self.members:
            self.leader = next(iter(self.members))
        for member in self.members.values():
            member.answer_join(self._joined(member))
            member.expect_heartbeat(self._expire)
        self._start_rebalance_timer(self._slowest(), self._give_up_on_leader)

    def _give_up_on_leader(self) -> None:
        """Start again without the members that never asked for their assignment."""
        for member in [member for member in self.members.values() if member.syncing is None]:
            self._drop(member)
        self._start_rebalance()

    def _slowest(self) -> float:
        """Return the longest rebalance timeout of a member, in seconds."""
        timeouts = [member.application.rebalance_timeout for member in self.members.values()]
        return max(timeouts, default=0)

    def _joined(self, member: Member) -> Joined:
        """Return the answer to the join of *member* in this generation."""
        everybody = tuple(self.members.values()) if member.id == self.leader else ()
        return Joined(self.generation, self.protocol, self.leader, member.id, everybody)

    def _elected_protocol(self) -> str:
        """Return the protocol that all members know and most of them prefer."""
        protocols = [member.application.protocols for member in self.members.values()]
        shared = set(protocols[0]).intersection(*protocols)
        votes: Counter[str] = Counter()
        for names in protocols:
            votes[next(name for name in names if name in shared)] += 1
        return votes.most_common(1)[0][0]

    def _expire(self, member: Member) -> None:
        """Remove a member that sent nothing for its session timeout."""
        if member.joining is None and member.syncing is None:
            self._remove(member)

    def _remove(self, member: Member) -> None:
        """Remove a member and rebalance the others."""
        self._drop(member)
        self._start_rebalance()

    def _drop(self, member: Member) -> None:
        """Forget a member."""
        del self.members[member.id]
        member.forget_deadline()
        member.refuse(RefusedError(Code.UNKNOWN_MEMBER_ID))
        if member.application.instance_id is not None:
            self._static.pop(member.application.instance_id, None)

    def _release_id(self, member_id: str) -> None:
        """Forget an id with which nobody joined in time."""
        self._reserved_ids.pop(member_id, None)
        self._complete_if_all_joined()

    def _start_rebalance_timer(self, delay: float, then: Callable[[], None]) -> None:
        """Call *then* after *delay* seconds unless this part of the rebalance ends first."""
        self._stop_rebalance_timer()
        self._rebalance = asyncio.get_running_loop().call_later(delay, then)

    def _stop_rebalance_timer(self) -> None:
        """Cancel the end of this part of the rebalance."""
        if self._rebalance is not None:
            self._rebalance.cancel()
            self._rebalance = None


def _has_same_protocols(before: Application, now: Application) -> bool:
    """Tell whether a member joins again with the protocols it had, in the same order."""
    return list(before.protocols.items()) == list(now.protocols.items())


def _new_id(application: Application) -> str:
    """Return a member id that starts with a readable name, as in Kafka."""
    return f"{application.instance_id or application.client_id}-{uuid.uuid4()}"
