"""The members of a consumer group, with the answers they wait for and their deadlines."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from moose_dagster.embedded.kafka.errors import Code, RefusedError


@dataclass(frozen=True, slots=True)
class Application:
    """A consumer's request to join a group.

    Attributes:
        member_id: The id it was given before, "" for none.
        instance_id: The name of a static member, None for a dynamic one.
        client_id: The name of the client.
        client_host: The address of the client.
        session_timeout: Seconds without a heartbeat after which it is removed.
        rebalance_timeout: Seconds that a rebalance waits for it.
        protocol_type: What it is, such as `consumer`.
        protocols: The metadata of each assignment protocol by name, the preferred one first.
    """

    member_id: str
    instance_id: str | None
    client_id: str
    client_host: str
    session_timeout: float
    rebalance_timeout: float
    protocol_type: str
    protocols: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer to a join.

    Attributes:
        generation: The generation of the group.
        protocol: The assignment protocol of that generation.
        leader: The id of the member that assigns partitions.
        member_id: The id of the member that is answered.
        members: All members for the leader, none for the others.
    """

    generation: int
    protocol: str
    leader: str
    member_id: str
    members: Sequence["Member"] = ()


@dataclass(slots=True)
class Member:
    """A member of a group.

    Attributes:
        id: Its id.
        application: Its last request to join.
        assignment: What the leader assigned to it, b"" for nothing.
        joining: The answer to its join, None if it waits for none.
        syncing: The answer to its sync, None if it waits for none.
    """

    id: str
    application: Application
    assignment: bytes = b""
    joining: asyncio.Future[Joined] | None = None
    syncing: asyncio.Future[bytes] | None = None
    _deadline: asyncio.TimerHandle | None = field(default=None, repr=False)

    def wait_to_join(self) -> asyncio.Future[Joined]:
        """Return the future of a new join, and refuse what the member waited for before."""
        self.refuse(RefusedError(Code.REBALANCE_IN_PROGRESS))
        self.joining = asyncio.get_running_loop().create_future()
        return self.joining

    def wait_to_sync(self) -> asyncio.Future[bytes]:
        """Return the future of a new sync, and refuse what the member waited for before."""
        self.refuse(RefusedError(Code.REBALANCE_IN_PROGRESS))
        self.syncing = asyncio.get_running_loop().create_future()
        return self.syncing

    def answer_join(self, joined: Joined) -> None:
        """Answer the member's join."""
        if self.joining is not None and not self.joining.done():
            self.joining.set_result(joined)
        self.joining = None

    def answer_sync(self) -> None:
        """Answer the member's sync with its assignment."""
        if self.syncing is not None and not self.syncing.done():
            self.syncing.set_result(self.assignment)
        self.syncing = None

    def refuse(self, error: RefusedError) -> None:
        """Answer everything the member waits for with an error."""
        for waiting in (self.joining, self.syncing):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)
        self.joining = None
        self.syncing = None

    def stop_waiting(self) -> None:
        """Cancel the answers the member waits for, because the broker stops."""
        for waiting in (self.joining, self.syncing):
            if waiting is not None:
                waiting.cancel()
        self.joining = None
        self.syncing = None

    def expect_heartbeat(self, expired: Callable[["Member"], None]) -> None:
        """Call *expired* unless the member sends something in time."""
        self.forget_deadline()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self.application.session_timeout, expired, self)

    def forget_deadline(self) -> None:
        """Remove the member's deadline."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
