"""The owner process holds a data directory and runs its servers until it is stopped."""

import asyncio
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from moose_dagster.embedded.ownership import claim, read_note, remove_note, write_note
from moose_dagster.errors import EmbeddedServerError

_SECONDS_TO_CLAIM = 0.3


class Service(Protocol):
    """A server that the owner process hosts.

    Attributes:
        name: What it is called in `owner.json`.
        url: Where clients find it; "" before it listens.
    """

    name: str
    url: str

    async def start(self) -> None:
        """Listen, and set `url`."""
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
        EmbeddedServerError: Another process serves the directory, or a server can't start.
    """
    with claim(directory, patience=_SECONDS_TO_CLAIM) as claimed:
        if not claimed:
            owner = read_note(directory) or "another process that is still starting"
            raise EmbeddedServerError(
                f"{directory} is already served by {owner}: use that one, or stop it first"
            )
        remove_note(directory)
        try:
            asyncio.run(_serve(directory, services, stop_with_parent=stop_with_parent))
        finally:
            remove_note(directory)


async def _serve(directory: Path, services: Sequence[Service], *, stop_with_parent: bool) -> None:
    started: list[Service] = []
    try:
        for service in services:
            await service.start()
            started.append(service)
        stop_requested = _event_of_stop(stop_with_parent=stop_with_parent)
        write_note(directory, {service.name: service.url for service in services})
        await stop_requested.wait()
    finally:
        for service in reversed(started):
            await service.stop()


def _event_of_stop(*, stop_with_parent: bool) -> asyncio.Event:
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop_requested.set)
    if stop_with_parent:
        threading.Thread(target=_watch_parent, args=(loop, stop_requested), daemon=True).start()
    return stop_requested


def _watch_parent(loop: asyncio.AbstractEventLoop, stop_requested: asyncio.Event) -> None:
    sys.stdin.buffer.read()
    with suppress(RuntimeError):  # the loop may be closed already
        loop.call_soon_threadsafe(stop_requested.set)
