"""A proxy at which something happens at one chosen statement: to it, or to what it is about."""

import gzip
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import cast
from urllib.parse import parse_qs, urlsplit

from crashes.proxy import Passing, Proxy

_WRITING = ("ALTER", "CREATE", "DROP", "EXCHANGE", "INSERT", "RENAME", "SYSTEM")
_HELD = 0.3


class Fault(Enum):
    """What becomes of a statement on its way."""

    PASSED = "nothing"
    HELD = "it comes late, and its sender waits"
    DUPLICATED = "it comes twice"
    RESET_BEFORE = "the server never gets it"
    RESET_AFTER = "the answer is lost"
    CUT = "half of the answer comes"
    EMPTY = "the answer is an empty 200"
    NONSENSE = "something else answers with bytes, and the server never gets it"
    KILLED_BEFORE = "its sender is dead, and the server never gets it"
    KILLED_AFTER = "the server gets it, and its sender is dead"
    LATE = "its sender is dead, and the server gets it when another run has ended"
    STOPPED = "its sender is stopped until another run has ended, and goes on then"


class TrafficProxy(Proxy):
    """A proxy that knows the statements that write.

    Attributes:
        statements: Those that came, in their order.
        at: The number of the one at which something happens, or a text that is in it and in none
            before; negative for none.
        fault: What happens to it.
        happens: What others do right before it.
        watch: Called with each of them right before the server gets it.
        paused: Whether the sender is stopped.
        resumed: Set when it goes on.
        reached: Set when it is stopped.
        late: What is delivered by `deliver`.
    """

    def __init__(self, upstream: tuple[str, int]) -> None:
        super().__init__(upstream, _Watching)
        self.statements = list[str]()
        self.at: int | str = -1
        self.fault_at = Fault.PASSED
        self.happens: Callable[[], None] = lambda: None
        self.watch: Callable[[str], None] = lambda _statement: None
        self.paused = False
        self.resumed = threading.Event()
        self.reached = threading.Event()
        self.late = list[Callable[[], object]]()
        self._counting = threading.Lock()

    def choose(
        self, at: int | str, fault: Fault, happens: Callable[[], None] = lambda: None
    ) -> None:
        """Let *fault* and *happens* happen at the writing statement number *at* of the next run."""
        self.statements.clear()
        self.late.clear()
        self.watch = lambda _statement: None
        self.at = at
        self.fault_at = fault
        self.happens = happens
        self.refusing = False
        self.paused = False
        self.resumed.clear()
        self.reached.clear()

    def fault_of(self, statement: str) -> Fault:
        """Return what happens to *statement*, which has just come in."""
        with self._counting:
            if not statement.startswith(_WRITING) or ".`lock__" in statement:
                return Fault.PASSED
            self.statements.append(statement)
            is_chosen = self._is_chosen(statement)
        self.watch(statement)
        if not is_chosen:
            return Fault.PASSED
        self.happens()
        return self.fault_at

    def _is_chosen(self, statement: str) -> bool:
        if isinstance(self.at, int):
            return len(self.statements) == self.at + 1
        found = [known for known in self.statements if self.at in known]
        return self.at in statement and len(found) == 1

    def go_on(self) -> None:
        """Let a sender that was stopped go on."""
        self.paused = False
        self.resumed.set()

    def deliver(self) -> None:
        """Let the server have what was late."""
        for send in self.late:
            send()


class _Watching(Passing):
    """Passes each request on, but for the chosen one."""

    def pass_on(self) -> None:
        proxy = cast("TrafficProxy", self.server)
        body = self.body()
        if proxy.paused:
            proxy.resumed.wait(60)
        if proxy.refusing:
            self.reset()
            return
        fault = proxy.fault_of(self._statement(body))
        match fault:
            case Fault.PASSED | Fault.HELD | Fault.DUPLICATED | Fault.CUT:
                time.sleep(_HELD if fault is Fault.HELD else 0)
                answer = self.ask(body)
                if fault is Fault.DUPLICATED:
                    self.ask(body)
                self.answer(*answer, cut=fault is Fault.CUT)
            case Fault.EMPTY:
                self.ask(body)
                self.answer(200, [], b"")
            case Fault.NONSENSE:
                self.answer(200, [], os.urandom(300))
            case Fault.RESET_BEFORE | Fault.KILLED_BEFORE | Fault.LATE:
                proxy.refusing = fault is not Fault.RESET_BEFORE
                if fault is Fault.LATE:
                    proxy.late.append(lambda: self.ask(body))
                self.reset()
            case Fault.RESET_AFTER | Fault.KILLED_AFTER:
                self.ask(body)
                proxy.refusing = fault is Fault.KILLED_AFTER
                self.reset()
            case Fault.STOPPED:
                proxy.paused = True
                proxy.reached.set()
                proxy.resumed.wait(60)
                self.answer(*self.ask(body))

    def _statement(self, body: bytes) -> str:
        query = parse_qs(urlsplit(self.path).query).get("query", [""])[0]
        if query:
            return query
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(body) if is_packed else body[:20_000]).decode("utf8", "replace")


@contextmanager
def watched(host: str, port: int) -> Iterator[TrafficProxy]:
    """Yield a proxy in front of the server at *host*:*port*."""
    with TrafficProxy((host, port)) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.resumed.set()
            proxy.shutdown()
