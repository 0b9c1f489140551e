"""The owner process holds a data directory and runs its servers until it is stopped."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from moose_dagster.embedded.ownership import claim, read_note, remove_note, write_note
from moose_dagster.embedded.ports import HOST, reason_against
from moose_dagster.errors import EmbeddedServerError

_SECONDS_TO_CLAIM = 0.3


class Service(Protocol):
    """A server that the owner process hosts.

    Attributes:
        name: What it is called in `owner.json` and in the options of the command.
        title: What it is called in messages.
        port: The port to listen on, 0 for any free one.
        url: Where clients find it; "" before it listens.
    """

    name: str
    title: str
    port: int
    url: str

    async def start(self, fail: Callable[[str], None]) -> None:
        """Listen, and set `url`.

        Args:
            fail: Ends the owner process with a message; it may be called from any thread.
        """
        ...

    async def stop(self) -> None:
        """Finish or cancel running requests, and close."""
        ...


def own(directory: Path, services: Sequence[Service], *, stop_with_parent: bool) -> None:
    """Serve *directory* until the process is told to stop.

    Args:
        directory: The data directory, made if missing.
        services: The servers, in the order in which they start.
        stop_with_parent: Whether the end of stdin stops them, as SIGTERM and SIGINT do.

    Raises:
        EmbeddedServerError: Another process serves the directory, a server can't start, or a
            server has failed.
    """
    with claim(directory, patience=_SECONDS_TO_CLAIM) as claimed:
        if not claimed:
            owner = read_note(directory) or "another process that is still starting"
            raise EmbeddedServerError(
                f"{directory} is already served by {owner}: use that one, or stop it first"
            )
        remove_note(directory)
        _check_ports(services)
        try:
            asyncio.run(_serve(directory, services, stop_with_parent=stop_with_parent))
        finally:
            remove_note(directory)


def _check_ports(services: Sequence[Service]) -> None:
    """Refuse ports in use before the engine starts, which takes a second and writes files."""
    lines: list[str] = []
    for service in services:
        reason = reason_against(service.port)
        if reason:
            lines.append(
                f"{service.title} can't listen on {HOST}:{service.port}: {reason} "
                f"(--{service.name}-port 0 takes any free port)"
            )
    if lines:
        lines.append("Stop the other server, or choose another port.")
        raise EmbeddedServerError("\n".join(lines))


async def _serve(directory: Path, services: Sequence[Service], *, stop_with_parent: bool) -> None:
    stop = _Stop(asyncio.get_running_loop())
    started: list[Service] = []
    try:
        for service in services:
            await service.start(stop.fail)
            started.append(service)
        stop.listen(with_parent=stop_with_parent)
        write_note(directory, {service.name: service.url for service in services})
        _print_addresses(directory, services)
        await stop.requested.wait()
    finally:
        for service in reversed(started):
            await service.stop()
    if stop.failure:
        raise EmbeddedServerError(
            f"{stop.failure}\n"
            f"The embedded servers have ended. Start the server again: its data is in {directory}."
        )


def _print_addresses(directory: Path, services: Sequence[Service]) -> None:
    """Say what is served where; a reader that has gone does not end it."""
    lines = [f"{service.title:<10}  {service.url}" for service in services]
    lines.append(f"{'Data':<10}  {directory.resolve()}")
    with suppress(OSError):
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()


class _Stop:
    """The request to stop.

    Attributes:
        requested: Set when the servers have to stop.
        failure: Why they have to, "" if somebody wanted it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.requested = asyncio.Event()
        self.failure = ""
        self._loop = loop

    def listen(self, *, with_parent: bool) -> None:
        """Follow SIGTERM, SIGINT and, *with_parent*, the end of stdin."""
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(signal_number, self.requested.set)
        if with_parent:
            threading.Thread(target=self._watch_parent, daemon=True).start()

    def fail(self, message: str) -> None:
        """Stop because of a failure."""
        self.failure = self.failure or message
        self._request()

    def _watch_parent(self) -> None:
        sys.stdin.buffer.read()
        self._request()

    def _request(self) -> None:
        with suppress(RuntimeError):  # the loop may be closed already
            self._loop.call_soon_threadsafe(self.requested.set)
