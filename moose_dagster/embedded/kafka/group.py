"""One consumer group: who is in it, in which generation, and the rebalance between two generations.

A group is Empty, or collects joins (PreparingRebalance), or waits for the leader's assignment
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
    """Where a group stands, in Kafka's words."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"


class Group:
    """A consumer group."""

    def __init__(self, group_id: str, protocol_type: str = "") -> None:
        self.id = group_id
        self.state = State.EMPTY
        self.generation = 0
        self.protocol_type = protocol_type
        self.protocol = ""
        self.leader = ""
        self.members: dict[str, Member] = {}
        self._static: dict[str, str] = {}
        self._promised: dict[str, asyncio.TimerHandle] = {}
        self._rebalance: asyncio.TimerHandle | None = None
        self._is_first_join = False

    def check_application(self, application: Application) -> None:
        """Refuse a member that the others could not work with."""
        others = [
            member.application
            for member in self.members.values()
            if member.id != application.member_id
        ]
        shared = set(application.protocols).intersection(*(other.protocols for other in others))
        same_type = all(other.protocol_type == application.protocol_type for other in others)
        if not application.protocol_type or not shared or not same_type:
            raise RefusedError(Code.INCONSISTENT_GROUP_PROTOCOL)

    def promise_id(self, application: Application) -> str:
        """Return an id for a member that has to ask again with it."""
        member_id = _new_id(application)
        loop = asyncio.get_running_loop()
        self._promised[member_id] = loop.call_later(
            application.session_timeout, self._break_promise, member_id
        )
        return member_id

    def join(self, application: Application) -> asyncio.Future[Joined]:
        """Let a member in; the answer comes when the rebalance this may start is over."""
        if not application.member_id:
            return self._join_new(application)
        member = self.members.get(application.member_id)
        if member is None and application.member_id in self._promised:
            self._promised.pop(application.member_id).cancel()
            return self._admit(application.member_id, application)
        return self._join_again(
            self.member(application.member_id, application.instance_id), application
        )

    def sync(self, member: Member, assignments: Mapping[str, bytes]) -> asyncio.Future[bytes]:
        """Answer with the member's assignment once the leader has sent it."""
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
        """Give the member another session, or tell it to join again."""
        member.expect_heartbeat(self._expire)
        if self.state is State.PREPARING:
            raise RefusedError(Code.REBALANCE_IN_PROGRESS)

    def leave(self, member_id: str, instance_id: str | None) -> None:
        """Let a member go, a static one by the name of its instance alone."""
        if member_id in self._promised:
            self._promised.pop(member_id).cancel()
            self._complete_if_all_joined()
            return
        if instance_id is not None and not member_id:
            member_id = self._static.get(instance_id, "")
        self._remove(self.member(member_id, instance_id))

    def member(self, member_id: str, instance_id: str | None = None) -> Member:
        """Return a member, or refuse one that is unknown or was replaced."""
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
        """Return a member that knows the current generation, or refuse."""
        member = self.member(member_id, instance_id)
        if generation != self.generation:
            raise RefusedError(Code.ILLEGAL_GENERATION)
        return member

    def check_protocol(self, protocol: str | None) -> None:
        """Refuse a member that thinks the group speaks another protocol."""
        if protocol is not None and protocol != self.protocol:
            raise RefusedError(Code.INCONSISTENT_GROUP_PROTOCOL)

    def close(self) -> None:
        """Drop all timers and answers."""
        for member in self.members.values():
            member.forget_deadline()
            member.stop_waiting()
        for promise in self._promised.values():
            promise.cancel()
        self._stop_rebalance_timer()

    def _join_new(self, application: Application) -> asyncio.Future[Joined]:
        """Admit a member without an id, or put it in the place of the same instance."""
        instance_id = application.instance_id
        if instance_id is None or instance_id not in self._static:
            return self._admit(_new_id(application), application)
        member = self.members.pop(self._static[instance_id])
        member.refuse(RefusedError(Code.FENCED_INSTANCE_ID))
        led, replaced_id = self.leader, member.id
        member.id = self._static[instance_id] = _new_id(application)
        self.members[member.id] = member
        unchanged = self._wants_same(member, application)
        member.application = application
        if self.leader == replaced_id:
            self.leader = member.id
        if self.state is State.STABLE and unchanged:
            # Under another leader's name the member takes its old assignment instead of making a
            # new one.
            return self._rejoin_generation(
                member, Joined(self.generation, self.protocol, led, member.id)
            )
        return self._rebalance_with(member)

    def _admit(self, member_id: str, application: Application) -> asyncio.Future[Joined]:
        """Add a member and rebalance."""
        member = self.members[member_id] = Member(member_id, application)
        if application.instance_id is not None:
            self._static[application.instance_id] = member_id
        self.protocol_type = application.protocol_type
        return self._rebalance_with(member)

    def _join_again(self, member: Member, application: Application) -> asyncio.Future[Joined]:
        """Answer a member that joins once more: as before, or with a rebalance when something changed."""
        unchanged = self._wants_same(member, application)
        member.application = application
        repeats = self.state is State.COMPLETING or (
            self.state is State.STABLE and member.id != self.leader
        )
        if unchanged and repeats:
            return self._rejoin_generation(member, self._joined(member))
        return self._rebalance_with(member)

    def _rejoin_generation(self, member: Member, joined: Joined) -> asyncio.Future[Joined]:
        """Answer at once: the generation goes on."""
        waiting = member.wait_to_join()
        member.answer_join(joined)
        member.expect_heartbeat(self._expire)
        return waiting

    def _rebalance_with(self, member: Member) -> asyncio.Future[Joined]:
        """Start a rebalance unless one is under way, with *member* joined."""
        waiting = member.wait_to_join()
        member.forget_deadline()
        self._start_rebalance()
        return waiting

    def _start_rebalance(self) -> None:
        """Collect joins until everybody joined or the slowest member's time is up."""
        if self.state is not State.PREPARING:
            self._is_first_join = self.state is State.EMPTY
            self.state = State.PREPARING
            for member in self.members.values():
                if member.syncing is not None:
                    member.refuse(RefusedError(Code.REBALANCE_IN_PROGRESS))
            # A group that starts waits a moment for the consumers started together.
            delay = _FIRST_JOIN_DELAY if self._is_first_join else self._slowest()
            self._start_rebalance_timer(delay, self._complete)
        self._complete_if_all_joined()

    def _complete_if_all_joined(self) -> None:
        """End the rebalance when nobody is missing."""
        if self.state is not State.PREPARING or (self._is_first_join and self.members):
            return
        if (
            all(member.joining is not None for member in self.members.values())
            and not self._promised
        ):
            self._complete()

    def _complete(self) -> None:
        """End the rebalance: whoever did not join is out, the others form a new generation."""
        self._stop_rebalance_timer()
        self._is_first_join = False
        for member in [member for member in self.members.values() if member.joining is None]:
            self._drop(member)
        self.generation += 1
        if not self.members:
            self.state, self.protocol, self.leader = State.EMPTY, "", ""
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
        """Start again without the members that joined but never asked for their assignment."""
        for member in [member for member in self.members.values() if member.syncing is None]:
            self._drop(member)
        self._start_rebalance()

    def _slowest(self) -> float:
        """Return the longest time that a member wants to have for a rebalance."""
        timeouts = [member.application.rebalance_timeout for member in self.members.values()]
        return max(timeouts, default=0)

    def _joined(self, member: Member) -> Joined:
        """Return the answer to the join of *member* in this generation."""
        everybody = tuple(self.members.values()) if member.id == self.leader else ()
        return Joined(self.generation, self.protocol, self.leader, member.id, everybody)

    def _elected_protocol(self) -> str:
        """Return the protocol that all members speak and most of them prefer."""
        spoken = [member.application.protocols for member in self.members.values()]
        shared = {name for name in spoken[0] if all(name in protocols for protocols in spoken)}
        votes = Counter(next(name for name in protocols if name in shared) for protocols in spoken)
        return votes.most_common(1)[0][0]

    def _wants_same(self, member: Member, application: Application) -> bool:
        """Tell whether *member* joins with the protocols it had."""
        return list(member.application.protocols.items()) == list(application.protocols.items())

    def _expire(self, member: Member) -> None:
        """Remove a member that was not heard of for its session timeout."""
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

    def _break_promise(self, member_id: str) -> None:
        """Forget an id whose owner never came back."""
        self._promised.pop(member_id, None)
        self._complete_if_all_joined()

    def _start_rebalance_timer(self, delay: float, then: Callable[[], None]) -> None:
        """Do *then* unless this part of the rebalance is over before."""
        self._stop_rebalance_timer()
        self._rebalance = asyncio.get_running_loop().call_later(delay, then)

    def _stop_rebalance_timer(self) -> None:
        """Forget when the rebalance would end."""
        if self._rebalance is not None:
            self._rebalance.cancel()
            self._rebalance = None


def _new_id(application: Application) -> str:
    """Return a member id, readable as Kafka's are."""
    return f"{application.instance_id or application.client_id}-{uuid.uuid4()}"
