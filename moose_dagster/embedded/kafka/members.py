"""The members of a consumer group, each with the answers it still waits for and the time it has left."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from moose_dagster.embedded.kafka.errors import Code, RefusedError


@dataclass(frozen=True, slots=True)
class Application:
    """What a consumer says when it wants to join; times are seconds."""

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
    """The answer to a join: who leads a generation and, for the leader, who is in it."""

    generation: int
    protocol: str
    leader: str
    member_id: str
    members: Sequence["Member"] = ()


@dataclass(slots=True)
class Member:
    """A member of a group."""

    id: str
    application: Application
    assignment: bytes = b""
    joining: asyncio.Future[Joined] | None = None
    syncing: asyncio.Future[bytes] | None = None
    _deadline: asyncio.TimerHandle | None = field(default=None, repr=False)

    def wait_to_join(self) -> asyncio.Future[Joined]:
        """Return the answer to a new join; what the member waited for before is refused."""
        self.refuse(RefusedError(Code.REBALANCE_IN_PROGRESS))
        self.joining = asyncio.get_running_loop().create_future()
        return self.joining

    def wait_to_sync(self) -> asyncio.Future[bytes]:
        """Return the answer to a new sync; what the member waited for before is refused."""
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
        """Answer whatever the member waits for with an error."""
        for waiting in (self.joining, self.syncing):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)
        self.joining = self.syncing = None

    def stop_waiting(self) -> None:
        """Drop the answers the member waits for, because the broker stops."""
        for waiting in (self.joining, self.syncing):
            if waiting is not None:
                waiting.cancel()
        self.joining = self.syncing = None

    def expect_heartbeat(self, expired: Callable[["Member"], None]) -> None:
        """Call *expired* unless the member is heard of again in time."""
        self.forget_deadline()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self.application.session_timeout, expired, self)

    def forget_deadline(self) -> None:
        """Let the member take its time."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
